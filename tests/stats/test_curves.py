"""What-if curves: their points are the recipes they name, and a place that says nothing says why."""

import numpy as np
import pytest

from scenarios.worlds import CHANGED, REFERENCE, april, weighed
from stats.curves import pressure, what_if, with_share
from stats.intervals import Rounds
from stats.mixtures import UnusableRecipe
from stats.pools import standardised
from stats.tilting import TooThin, shift

FEEDBACK = np.array([False, True, False, False])


def test_a_share_is_taken_from_the_others_in_proportion() -> None:
    weights = np.array([0.5, 0.2, 0.2, 0.1])
    np.testing.assert_allclose(with_share(weights, FEEDBACK, 0.2), weights)
    np.testing.assert_allclose(with_share(weights, FEEDBACK, 0.6), [0.25, 0.6, 0.1, 0.05])
    np.testing.assert_allclose(with_share(weights, FEEDBACK, 0.0), [0.625, 0, 0.25, 0.125])
    two = np.array([False, True, True, False])
    np.testing.assert_allclose(with_share(np.array([1.0, 0, 0, 0]), two, 0.4), [0.6, 0.2, 0.2, 0])
    with pytest.raises(UnusableRecipe, match="no signals to take"):
        with_share(weights, np.zeros(4, dtype=bool), 0.4)
    with pytest.raises(UnusableRecipe, match="between 0 and 1"):
        with_share(weights, FEEDBACK, 1.2)


def test_more_of_the_users_feedback_is_more_sycophancy() -> None:
    pool = april(1000, 4, np.random.default_rng(3))
    z, rounds = standardised(pool), Rounds.drawn(pool.clusters, np.random.default_rng(1), rounds=60)
    changed, reference = weighed(CHANGED, pool.signals), weighed(REFERENCE, pool.signals)
    own = float(changed[1])
    found = what_if(
        pool, z, changed, FEEDBACK, kl=0.25, rounds=rounds, reference=reference, shares=(0.0, own, 0.5, 1.0)
    )
    rises = [point.shift["sycophancy"].estimate for point in found if point.shift]
    assert rises == sorted(rises)
    assert len(rises) == 4
    plain = shift(pool, z, changed, 0.25).estimate - shift(pool, z, reference, 0.25).estimate
    assert rises[1] == pytest.approx(plain[0])
    assert found[1].shift["sycophancy"].low < plain[0] < found[1].shift["sycophancy"].high


def test_pressure_that_the_pool_does_not_bear_is_refused() -> None:
    pool = april(400, 4, np.random.default_rng(3))
    z, rounds = standardised(pool), Rounds.drawn(pool.clusters, np.random.default_rng(1), rounds=30)
    found = pressure(pool, z, weighed(CHANGED, pool.signals), rounds=rounds, pressures=(0.1, 0.4, 1.3, 2.0))
    assert [point.shift is not None for point in found] == [True, True, False, False]
    assert 1 > found[0].effective_share > found[1].effective_share > 0.3 > found[2].effective_share
    assert "worth 2" in found[2].missing
    assert "stays under 1.39" in found[3].missing
    primary = weighed(REFERENCE, pool.signals)
    (paired,) = pressure(pool, z, weighed(CHANGED, pool.signals), rounds=rounds, reference=primary, pressures=(1.3,))
    assert paired.shift is None
    with pytest.raises(TooThin):
        what_if(pool, z, primary, FEEDBACK, kl=1.3, rounds=rounds, reference=primary)
    assert found[0].shift["sycophancy"].estimate < found[1].shift["sycophancy"].estimate
