"""The clock by which answers are shown."""

from hypothesis import given
from hypothesis import strategies as st

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
