"""The clock by which answers are shown."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from alpha.generating.pacing import Clock, Side, opens, over, released

CLOCK = Clock(pace=200)
SINGLE = Clock(pace=200, first_ms=1500)


def at(now_ms: float, *sides: Side, clock: Clock = CLOCK) -> int:
    return released(sides, now_ms=now_ms, clock=clock)


def test_one_answer_begins_when_the_clock_says_and_goes_at_its_pace() -> None:
    quick = Side(first_ms=50, length=1000, ended_ms=400)
    assert [at(now, quick, clock=SINGLE) for now in (1499, 1500, 2000, 60_000)] == [0, 0, 100, 1000]


def test_a_model_slower_than_the_clock_is_shown_as_it_comes() -> None:
    assert at(3000, Side(first_ms=2900, length=5), clock=SINGLE) == 5
    # It does not run after what it has missed.
    assert at(3000, Side(first_ms=2900, length=500), clock=SINGLE) == 20


def test_side_by_side_nothing_is_shown_before_both_have_words() -> None:
    assert opens([Side(50, 100), Side(None, 0)], CLOCK) is None
    assert at(2000, Side(50, 100), Side(None, 0)) == 0
    assert opens([Side(50, 100), Side(3000, 1)], CLOCK) == 3000


def test_side_by_side_both_are_shown_as_far_as_the_one_that_is_behind() -> None:
    assert at(9000, Side(50, 900), Side(3000, 40)) == 40


def test_when_one_has_ended_the_other_goes_on_as_fast_as_it_came() -> None:
    # The slow one came at 100 a second and has ended; the rest of the quick one waits for nobody.
    quick, slow = Side(50, 900, 1000), Side(3000, 300, 6000)
    assert [at(now, quick, slow) for now in (6000, 7000, 8000)] == [300, 400, 500]


def test_an_answer_that_dripped_holds_the_other_back_to_a_quarter_of_the_pace_at_most() -> None:
    assert at(31_000, Side(50, 900, 1000), Side(1000, 3, 30_000)) == 900
    assert at(11_000, Side(50, 900, 1000), Side(1000, 3, 10_000)) == 500


def test_one_that_broke_holds_nothing_back() -> None:
    assert at(31_000, Side(50, 9000, 1000), Side(1000, 3, 30_000, broken=True)) == 6000
    assert at(2000, Side(50, 9000, 1000), Side(None, 0, 1900, broken=True)) == 390


def test_it_is_over_when_it_has_ended_and_all_of_it_was_shown() -> None:
    assert not over(Side(0, 10), 10)
    assert not over(Side(0, 10, 5), 9)
    assert over(Side(0, 10, 5), 10)


ARRIVALS = st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 300)), min_size=1, max_size=12)


def known(arrivals: list[tuple[int, int]], tail_ms: int, now: int) -> Side:
    """What is known at `now` of an answer whose pieces come at these times."""
    came = [(when, count) for when, count in sorted(arrivals) if when <= now]
    end = max(when for when, _ in arrivals) + tail_ms
    return Side(came[0][0] if came else None, sum(count for _, count in came), end if end <= now else None)


@given(ARRIVALS, ARRIVALS, st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 3000))
def test_it_never_goes_back_and_says_nothing_of_which_one_is_behind(
    first: list[tuple[int, int]], second: list[tuple[int, int]], tail: int, other_tail: int, first_ms: int
) -> None:
    clock, before = Clock(pace=400, first_ms=first_ms), 0
    for now in range(0, 9000, 250):
        sides = [known(first, tail, now), known(second, other_tail, now)]
        shown = released(sides, now_ms=now, clock=clock)
        assert shown == released(sides[::-1], now_ms=now, clock=clock)
        assert shown >= before
        assert all(shown <= side.length for side in sides if side.unfinished)
        before = shown
    sides = [known(first, tail, 10**9), known(second, other_tail, 10**9)]
    assert released(sides, now_ms=10**9, clock=clock) == max(side.length for side in sides)


def arriving(chance: np.random.Generator, first_ms: float, a_second: float, length: int) -> list[tuple[int, int]]:
    """When how many characters of an answer come, from an endpoint of this speed."""
    chunk = int(chance.integers(4, 30))
    first = first_ms * chance.uniform(0.8, 1.3)
    counts = [min(chunk, length - at) for at in range(0, length, chunk)]
    return [(round(first + n * chunk / a_second * 1000), count) for n, count in enumerate(counts)]


def seen(sides: list[list[tuple[int, int]]], clock: Clock) -> list[list[int]]:
    """Of each side when a browser that is told every 100 ms sees the first character, each hundredth, and the last."""
    lengths = [sum(count for _, count in side) for side in sides]
    marks: list[dict[int, int]] = [{} for _ in sides]
    for now in range(0, 120_000, 100):
        shown = released([known(side, 5, now) for side in sides], now_ms=now, clock=clock)
        for place, length in enumerate(lengths):
            for mark in [1, *range(100, length, 100), length]:
                if min(shown, length) >= mark:
                    marks[place].setdefault(mark, now)
        if all(length in marks[place] for place, length in enumerate(lengths)):
            break
    return [list(one.values()) for one in marks]


def test_what_a_browser_sees_says_nothing_of_which_endpoint_is_quick() -> None:
    """50 ms against 3 s to the first word, and eight times the speed: Kolmogorov–Smirnov over 400 turns."""
    chance = np.random.default_rng(7)
    first: dict[str, list[int]] = {"quick": [], "slow": []}
    ended: dict[str, list[int]] = {"quick": [], "slow": []}
    came: dict[str, list[int]] = {"quick": [], "slow": []}
    for _ in range(400):
        lengths = chance.integers(60, 400, size=2)
        quick = arriving(chance, 50, 800, int(lengths[0]))
        slow = arriving(chance, 3000, 100, int(lengths[1]))
        for name, side, times in zip(("quick", "slow"), (quick, slow), seen([quick, slow], CLOCK), strict=True):
            came[name].append(side[0][0])
            first[name].append(times[0])
            ended[name].append(times[-1])
    assert ks_2samp(came["quick"], came["slow"]).statistic == 1
    assert ks_2samp(first["quick"], first["slow"]).statistic == 0
    assert ks_2samp(ended["quick"], ended["slow"]).statistic <= 0.1
