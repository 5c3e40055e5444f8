"""Scores of another scale are told from those that only happen to differ much or little."""

import numpy as np
import pytest

from stats.spreads import out_of_scale, spreads, typical


def test_a_spread_is_the_standard_deviation_whatever_the_size_of_the_scores() -> None:
    found = spreads([[1, 3], [5, 5, 5], [0.1, 0.1, 0.1], [1e308, -1e308], [1e-300, 3e-300], [0, 0]])
    assert found == pytest.approx([1, 0, 0, 1e308, 1e-300, 0], rel=1e-12)


def test_the_typical_spread_is_not_moved_by_a_few_of_another_scale_nor_by_zeros() -> None:
    assert typical(np.array([0.0, 0.0, 1.0, 2.0, 3.0, 1e9])) == 2.5
    assert typical(np.zeros(3)) is None
    assert typical(np.array([])) is None


def test_a_spread_over_a_hundred_times_the_usual_one_is_out_of_scale() -> None:
    assert out_of_scale(np.array([0.0, 0.001, 99.0, 101.0]), 1.0).tolist() == [False, False, False, True]


def test_small_spreads_are_out_of_scale_only_together() -> None:
    assert not out_of_scale(np.array([0.001] * 4), 1.0).any()
    assert out_of_scale(np.array([0.001] * 5 + [0.0, 1.0]), 1.0).tolist() == [True] * 5 + [False] * 2
    assert out_of_scale(np.array([1000.0] * 5 + [50.0, 1.0]), 1.0).tolist() == [True] * 6 + [False]
    assert not out_of_scale(np.array([0.001, 0.9, 1.1, 1.0, 0.8]), 1.0).any()


def test_scores_of_one_scale_are_never_out_of_it() -> None:
    rng = np.random.default_rng(7)
    found = spreads(rng.normal(3.0, 2.0, (4000, 4)).tolist())
    usual = typical(found)
    assert usual is not None
    assert not out_of_scale(found, usual).any()
    for factor in (1e-4, 1e4):
        assert np.mean(out_of_scale(found * factor, usual)) > 0.999
