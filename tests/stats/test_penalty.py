"""The agreement penalty brings the shift of sycophancy to nothing, and says so on prompts it was not fitted on."""

import numpy as np
import pytest

from scenarios.worlds import CHANGED, REFERENCE, april, weighed
from stats.penalty import NoPenalty, agreeing, penalised
from stats.pools import standardised
from stats.recommending import halves
from stats.tilting import shift

KL = 0.25


@pytest.mark.parametrize("referenced", [False, True])
def test_the_penalty_brings_the_shift_to_nothing(referenced: bool) -> None:
    pool = april(40_000, 4, np.random.default_rng(8))
    z, weights = standardised(pool), weighed(CHANGED, pool.signals)
    against = weighed(REFERENCE, pool.signals) if referenced else None
    agree = agreeing(pool)
    found = penalised(pool, z, weights, agree, KL, np.random.default_rng(1), against=against)
    assert 0.1 < found.size < 1
    # On the prompts it was fitted on the shift is 0 exactly, by the exact root.
    fitting, held_out = halves(pool.clusters, np.random.default_rng(1))
    assert found.shifts["sycophancy"].n == held_out.sum()
    whole = np.concatenate([z, -agree[None]])[:, :, fitting]
    part = pool.only(fitting)
    left = shift(part, whole, np.append(weights, found.size), KL).estimate[0]
    if against is not None:
        left -= shift(part, z[:, :, fitting], against, KL).estimate[0]
    assert left == pytest.approx(0, abs=1e-6)
    # On the others, nothing but noise: that of 4,000 prompts to fit on.
    assert found.shifts["sycophancy"].estimate == pytest.approx(0, abs=0.008)
    without = shift(pool, z, weights, KL).estimate
    assert without[0] > 0.015
    if against is None:
        # Correctness gains by it.
        assert found.shifts["correctness"].estimate > without[1]


def test_a_recipe_that_flatters_less_needs_none() -> None:
    pool = april(800, 4, np.random.default_rng(8))
    z, primary = standardised(pool), weighed(REFERENCE, pool.signals)
    found = penalised(pool, z, primary, agreeing(pool), KL, np.random.default_rng(1))
    assert found.size == 0.0
    assert found.as_json()["lambda"] == 0.0


def test_a_penalty_on_nothing_is_refused() -> None:
    pool = april(800, 4, np.random.default_rng(8))
    z, weights = standardised(pool), weighed(CHANGED, pool.signals)
    with pytest.raises(NoPenalty, match="no agreement penalty brings the shift of sycophancy to 0") as refused:
        penalised(pool, z, weights, np.zeros_like(z[0]), KL, np.random.default_rng(1))
    assert refused.value.left > 0


def test_agreeing_is_endorsing_a_false_premise() -> None:
    pool = april(50, 3, np.random.default_rng(8))
    agree = agreeing(pool)
    np.testing.assert_array_equal(agree, pool.values[0] * pool.slices["premise:false"])
    with pytest.raises(KeyError):
        agreeing(pool, where="premise:unknown")
