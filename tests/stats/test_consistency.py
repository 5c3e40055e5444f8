"""The variance within conversations: an obvious loop's, unmoved by what it should not see, and how often it covers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.consistency import LEAST_PEOPLE, Within, ratio, spread, swing, within
from stats.sufficiency import InsufficientData


def world(people: int, rng: np.random.Generator, *, deviation: float = 0.12, uneven: float = 0.0) -> Within:
    """One to three conversations each, of two to six turns around a mean of their own."""
    scores, series, person = [], [], []
    for g in range(people):
        own = deviation * np.exp(uneven * rng.normal())
        for _ in range(rng.integers(1, 4)):
            turns = rng.integers(2, 7)
            code = series[-1] + 1 if series else 0
            scores += list(np.clip(0.5 + 0.1 * rng.normal() + own * rng.normal(size=turns), 0, 1))
            series += [code] * turns
            person += [g] * turns
    return within(np.array(scores), np.array(series), np.array(person))


def test_the_variance_is_that_of_an_obvious_loop() -> None:
    scores = [0.1, 0.5, 0.3, 0.9, 0.2, 0.4, 0.4, 0.7]
    series = [1, 1, 1, 2, 3, 3, 4, 4]
    found = within(np.array(scores), np.array(series), np.array([5, 5, 5, 5, 6, 6, 5, 5]))
    squares, freedom = 0.0, 0
    for code in (1, 3, 4):
        mine = [score for score, one in zip(scores, series, strict=True) if one == code]
        mean = sum(mine) / len(mine)
        squares += sum((score - mean) ** 2 for score in mine)
        freedom += len(mine) - 1
    assert found.variance == pytest.approx(squares / freedom)
    # The lone turn of series 2 says nothing.
    assert (found.turns, found.series, set(found.freedom)) == (7, 3, {5, 6})


def test_how_warm_a_conversation_is_does_not_matter() -> None:
    """Only what moves within it does: each conversation may lie anywhere."""
    steady = within(np.repeat([0.1, 0.9, 0.5, 0.3, 0.7, 0.2], 3), np.repeat(range(6), 3), np.repeat(range(6), 3))
    found = swing(steady)
    assert found.estimate == 0.0
    assert 0 < found.high < 0.7


def test_a_jagged_voice_swings_more_than_a_steady_one() -> None:
    rng = np.random.default_rng(4)
    jagged, steady = world(40, rng, deviation=0.25), world(40, rng, deviation=0.08)
    assert swing(jagged).low > swing(steady).high
    found = ratio(jagged, steady)
    assert found.low > 1
    assert found.estimate == pytest.approx(swing(jagged).estimate / swing(steady).estimate)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.1, 1.0))
def test_the_interval_scales_with_the_scores(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    scores, person = rng.random(60), np.repeat(np.arange(15), 4)
    one, other = (within(scale * scores, person, person) for scale in (1.0, factor))
    try:
        found = swing(one)
    except InsufficientData:
        return
    scaled = swing(other)
    for name in ("estimate", "low", "high"):
        assert getattr(scaled, name) == pytest.approx(factor * getattr(found, name))
    assert found.low < found.estimate < found.high


def test_few_people_are_not_enough_and_how_many_more_is_said() -> None:
    scores = np.array([0.1, 0.9, 0.4, 0.6])
    with pytest.raises(InsufficientData) as refused:
        swing(within(scores, np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])))
    assert (refused.value.needed, refused.value.unit) == (LEAST_PEOPLE - 2, "people")
    nobody = within(np.array([]), np.array([], dtype=int), np.array([], dtype=int))
    with pytest.raises(InsufficientData):
        swing(nobody)
    assert spread(np.array([0.5])) is None


def test_one_person_who_holds_all_that_varies_is_no_answer() -> None:
    people = np.repeat(np.arange(8), 2)
    scores = np.where(people == 3, np.tile([0.0, 1.0], 8), 0.5)
    with pytest.raises(InsufficientData) as refused:
        swing(within(scores, people, people))
    assert refused.value.needed == 8


def test_people_who_are_all_alike_show_nothing_of_how_they_differ() -> None:
    people = np.repeat(np.arange(8), 2)
    with pytest.raises(InsufficientData):
        swing(within(np.tile([0.2, 0.6], 8), people, people))


def test_one_persons_many_conversations_are_worth_less_than_many_peoples() -> None:
    rng = np.random.default_rng(8)
    scores, series = rng.random(240), np.repeat(np.arange(60), 4)
    many = swing(within(scores, series, series))
    own = np.minimum(series, 9)  # person 9 holds 51 of the 60 conversations
    with pytest.raises(InsufficientData):
        swing(within(scores, series, own))
    few = swing(within(scores, series, series % 8))
    assert few.high / few.low > many.high / many.low


def test_scores_outside_of_the_scale_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        within(np.array([0.2, 1.2]), np.array([0, 0]), np.array([0, 0]))


def test_the_interval_covers_what_is_so() -> None:
    """300 worlds of 20 people: within three standard errors of 95 %. More are in docs/statistics.md."""
    rng = np.random.default_rng(11)
    truth = world(4000, rng).variance ** 0.5
    found = [swing(world(20, rng)) for _ in range(300)]
    share = sum(one.low <= truth <= one.high for one in found) / len(found)
    assert 0.912 <= share <= 0.988
