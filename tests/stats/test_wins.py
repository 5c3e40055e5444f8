"""Win rates of people who choose several times."""

import numpy as np
import pytest

from stats.proportions import Clusters, proportion
from stats.sufficiency import InsufficientData
from stats.wins import win_rate


def test_without_ties_it_is_the_share_of_wins() -> None:
    rng = np.random.default_rng(2)
    person = np.repeat(np.arange(25), 3)
    # People of strong tastes, so that their choices are far from independent.
    points = (rng.random(75) < np.where(person % 2, 0.95, 0.2)).astype(float)
    found = win_rate(points, person)
    theirs = proportion(Clusters.of("people", [(3, int(points[person == g].sum()), 1) for g in range(25)]))
    assert (found.estimate, found.low, found.high) == pytest.approx((theirs.estimate, theirs.low, theirs.high))
    assert (found.n, found.won + found.lost, found.tied, found.people) == (75, 75, 0, 25)


def test_a_tie_is_half_a_win_and_says_more_than_a_coin() -> None:
    ties = np.array([0.5] * 30 + [1.0, 0.0] * 5)
    coins = np.array([1.0, 0.0] * 20)
    tied, decided = (win_rate(points, np.arange(40)) for points in (ties, coins))
    assert tied.estimate == decided.estimate == 0.5
    assert (tied.won, tied.tied, tied.lost) == (5, 30, 5)
    assert tied.high - tied.low < decided.high - decided.low


def test_exchanging_the_two_turns_the_interval_around() -> None:
    points = np.array([1.0, 1.0, 0.5, 0.0, 1.0, 1.0, 0.5, 1.0, 1.0, 0.0, 1.0, 1.0] * 3)
    person = np.arange(36) // 2
    one, other = win_rate(points, person), win_rate(1 - points, person)
    assert (1 - other.high, 1 - other.low) == pytest.approx((one.low, one.high))


def test_one_person_who_chooses_often_is_one_person() -> None:
    points = np.array([1.0] * 6 + [0.0] * 6 + [1.0] * 38)
    crowd = win_rate(points, np.arange(50))
    with pytest.raises(InsufficientData) as refused:
        win_rate(points, np.array([*range(12), *[12] * 38]))
    assert refused.value.unit == "people"
    assert refused.value.needed >= 1
    assert crowd.low > 0.5


def test_all_wins_of_a_few_have_a_wide_interval() -> None:
    found = win_rate(np.ones(8), np.arange(8))
    assert found.high == 1.0
    assert 0.5 < found.low < 0.75


def test_two_people_are_not_enough() -> None:
    with pytest.raises(InsufficientData) as refused:
        win_rate(np.array([1.0, 0.0]), np.array([0, 1]))
    assert refused.value.needed == 1
    with pytest.raises(ValueError, match="a half"):
        win_rate(np.array([0.3, 0.0, 1.0]), np.array([0, 1, 2]))
