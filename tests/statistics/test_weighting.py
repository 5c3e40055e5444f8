"""The gates of the reward-weighting report in worlds of known truth: a small form of tests.statistics.weighting."""

import numpy as np
import pytest

from scenarios.worlds import APRIL, NO_LOADING
from tests.statistics.weighting import aprils, coverage, gate, releases


def test_each_change_alone_is_within_and_all_three_are_over() -> None:
    found = aprils(seeds=20, rounds=100)
    assert min(found.alone, found.together, found.steps) >= 0.95
    assert found.all_of_it >= 0.95


def test_five_small_releases_are_stopped_by_the_cumulative_budget() -> None:
    found = releases(seeds=3, prompts=1000, large=30_000)
    assert np.diff([0.0, *found.truths]) == pytest.approx([0.03] * 5, abs=0.005)
    assert found.steps == 1
    assert found.over[0] == 0
    assert min(found.over[1:]) == 1


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    for held in coverage(pools=60, large=60_000):
        assert 0.9 <= held.bootstrap <= 0.99, held


def test_where_nothing_rises_the_gate_passes() -> None:
    found = gate("null", NO_LOADING, 0.01, datasets=10, prompts=4000, large=60_000)
    assert abs(found.truth) < 0.001
    assert found.within >= 0.9
    assert found.over == 0


def test_at_the_ceiling_the_gate_seldom_passes() -> None:
    found = gate("edge", APRIL, None, datasets=40, prompts=400, large=60_000)
    assert found.within <= 0.05
    assert found.unsure >= 0.9
