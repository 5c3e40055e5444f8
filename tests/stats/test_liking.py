"""How responses were liked, and how good labels are, by hand."""

import numpy as np
import pytest

from stats.keeping import LEAST_BOTH, Kept, kept
from stats.liking import ups, wins


def test_a_response_scores_the_weighted_share_of_its_comparisons_that_it_won() -> None:
    first, second = np.array([0, 0, 1]), np.array([1, 2, 2])
    found = wins(first, second, np.array([1.0, 0.5, 0.0]), np.array([1.0, 1.0, 2.0]), 4)
    assert found == pytest.approx([1.5 / 2, 0.0, 2.5 / 3, np.nan], nan_ok=True)


def test_a_response_scores_the_weighted_share_of_its_thumbs_that_were_up() -> None:
    found = ups(np.array([0, 0, 1]), np.array([1.0, -1.0, -1.0]), np.array([3.0, 1.0, 1.0]), 3)
    assert found == pytest.approx([0.75, 0.0, np.nan], nan_ok=True)


def test_labels_keep_sensitivity_and_specificity_less_one_of_a_difference() -> None:
    gold = np.repeat([1.0, 1.0, 0.0, 0.0], [80, 20, 90, 10])
    other = np.repeat([1.0, 0.0, 0.0, 1.0], [80, 20, 90, 10])
    blank = np.array([np.nan, 1.0])
    assert kept(np.r_[gold, blank], np.r_[other, blank[::-1]]) == Kept(pytest.approx(0.8 + 0.9 - 1), 200)


@pytest.mark.parametrize("gold", [np.arange(LEAST_BOTH - 1) % 2.0, np.ones(LEAST_BOTH)])
def test_few_labels_or_labels_all_alike_say_nothing_of_the_others(gold: np.ndarray) -> None:
    assert kept(gold, gold) is None
