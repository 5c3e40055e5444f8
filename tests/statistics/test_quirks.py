"""Quirk cards in worlds of known truth: a small form of tests.statistics.quirks.

Of 100 runs, 0.95 of intervals hold the truth with a standard error of 0.022.
"""

import numpy as np
import pytest

from tests.pair_worlds import SELECTIONS, People
from tests.statistics.quirks import as_it_must_be, attenuation, recovery, selection

LARGE = 200_000


def test_cards_find_the_populations_coefficients() -> None:
    found = recovery(People(), runs=100, rng=np.random.default_rng(5), pairs=1500, large=LARGE)
    assert np.abs(found.bias).max() < 0.03
    assert found.ours.min() >= 0.88
    side = found.names.index("position")
    assert found.naive[side] < found.ours[side]


def test_a_few_people_who_choose_most_fool_naive_errors_but_not_ours() -> None:
    found = recovery(People(pareto=True), runs=100, rng=np.random.default_rng(5), pairs=1500, large=LARGE)
    liking = found.names.index("sycophantic")
    assert found.naive[liking] < 0.8
    assert found.plain[liking] < found.ours[liking]
    assert found.ours.min() >= 0.86


@pytest.mark.parametrize("differential", [False, True], ids=["independent", "differential"])
def test_noisy_labels_are_put_right_by_a_random_part_with_gold(differential: bool) -> None:
    found = attenuation(runs=60, rng=np.random.default_rng(7), differential=differential, pairs=3000, large=LARGE)
    assert found.noisy_held < 0.3
    assert found.corrected == pytest.approx(found.truth, abs=0.06)
    assert found.spread < found.gold_spread
    assert found.held >= 0.88


@pytest.mark.parametrize("rule", SELECTIONS)
def test_who_leaves_a_thumb_shows_where_it_should_and_only_there(rule: str) -> None:
    assert as_it_must_be(rule, selection(rule, turns=80_000, rng=np.random.default_rng(3), asked=0.1))
