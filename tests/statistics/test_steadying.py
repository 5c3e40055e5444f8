"""Intervals of an alpha in a small seeded form; the full form is `python -m tests.statistics.steadying`."""

import numpy as np

from tests.statistics.steadying import won


def test_the_win_rates_of_ten_people_hold_the_truth() -> None:
    """300 worlds: 0.9 is four standard errors below 0.95."""
    assert won(10, worlds=300, rng=np.random.default_rng(5)).held >= 0.9
