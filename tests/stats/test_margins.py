"""A coefficient for each signal is all that a pair's margin needs."""

import numpy as np
import pytest

from scenarios.worlds import april
from stats.margins import coefficients
from stats.pools import UnusableSignal, standardised


def test_margins_by_coefficients_are_those_of_standardised_scores() -> None:
    pool = april(200, 4, np.random.default_rng(3))
    weights = np.array([0.6, 0.2, -0.1, 0.1])
    centred = pool.scores - pool.scores.mean(axis=1, keepdims=True)
    made = coefficients(
        pool.signals,
        weights,
        np.full(4, 800.0),
        (centred**2).sum(axis=(1, 2)),
        np.abs(pool.scores).max(axis=(1, 2)),
    )
    raw = np.tensordot(made, pool.scores, 1)
    rewards = np.tensordot(weights, standardised(pool), 1)
    assert raw[0] - raw[1] == pytest.approx(rewards[0] - rewards[1])


@pytest.mark.parametrize("squares", [0.0, 1e-20])
def test_a_signal_that_says_nothing_is_named(squares: float) -> None:
    ones = np.ones(1)
    with pytest.raises(UnusableSignal) as error:
        coefficients(("flat",), ones, 8 * ones, squares * ones, 5 * ones)
    assert (error.value.signal, error.value.why) == ("flat", "constant")
