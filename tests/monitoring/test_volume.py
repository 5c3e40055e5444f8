"""Days: limits by hand, days off that are ordinary, days out, clocks that go back, and what is not labelled."""

import math
from dataclasses import replace

import numpy as np
import pytest

from scenarios.driftworlds import UNLIKE, stream
from stats.monitoring.declared import Declared, Reading, State
from stats.monitoring.volume import CLOCK, DAY, LEAST_DAYS, MOST_DAYS, SHARES, Volume
from stats.thumbed import Codes, Thumbed

M8 = Volume()
SAYS = Declared("M8", "volume", alarms=False)


def days(counts: list[int]) -> Thumbed:
    """So many events on each day, evenly over it."""
    at = np.concatenate([(day + (np.arange(k) + 0.5) / max(k, 1)) * DAY for day, k in enumerate(counts)])
    return replace(stream(UNLIKE, sum(counts), np.random.default_rng(0)), at=at)


def run(reference: list[int], after: list[int], change: object = None) -> tuple[State, Reading]:
    """The last day of the reference is open after it; the last of all stays open."""
    events = days([*reference, *after])
    if callable(change):
        events = change(events)
    state = M8.step(SAYS, M8.start(SAYS, events.part(0, sum(reference))), events.part(sum(reference), len(events)), 1)
    return state, M8.reading(SAYS, state)


STEADY = [100 + 3 * (day % 7) for day in range(LEAST_DAYS + 1)]


def test_the_limits_are_those_by_hand() -> None:
    state, reading = run([*STEADY, 110], [100, 1])
    roots = sorted(2 * math.sqrt(n + 3 / 8) for n in [*STEADY[1:]])
    centre = (roots[6] + roots[7]) / 2
    off = sorted(abs(root - centre) for root in roots)
    deviation = max(1.0, 1.4826 * (off[6] + off[7]) / 2)
    assert len(state["reference"]) == LEAST_DAYS
    assert reading.segments["events a day"]["high"] == pytest.approx(((centre + 3 * deviation) / 2) ** 2 - 3 / 8)
    assert reading.segments["events a day"]["low"] == pytest.approx(((centre - 3 * deviation) / 2) ** 2 - 3 / 8)
    assert reading.statistic == pytest.approx(abs(2 * math.sqrt(100 + 3 / 8) - centre) / deviation)
    assert [point["value"] for point in reading.path] == [110, 100]
    assert reading.standing == "ok"


def test_the_first_day_is_cut_and_the_last_one_open() -> None:
    state, reading = run([7, *STEADY[1:], 100], [103, 5])
    assert state["reference"][0][1] == STEADY[1]
    assert [day[1] for day in state["days"]] == [100, 103]
    assert reading.events == 108
    assert state["open"][0] == 5


def test_a_day_with_few_events_or_many_is_out_and_a_good_one_ends_it() -> None:
    assert run([*STEADY, 100], [30, 1])[1].standing == "watch"
    assert run([*STEADY, 100], [300, 1])[1].standing == "watch"
    state, reading = run([*STEADY, 100], [30, 105, 1])
    assert reading.standing == "ok"
    assert reading.since == 30 + 105 + 1


def test_days_without_events_are_out_unless_the_reference_has_them_too() -> None:
    silent, reading = run([*STEADY, 100], [0, 1])
    assert [day[1] for day in silent["days"]] == [100, 0]
    assert reading.standing == "watch"
    weeks = [0 if day % 7 >= 5 else 100 for day in range(28)]
    working, reading = run([100, *weeks, 100], [0, 0, 101, 1])
    assert reading.standing == "ok"
    assert reading.segments["events a day"]["rests"] is True
    assert reading.segments["events a day"]["low"] > 50
    assert reading.value is not None
    assert reading.value.estimate == pytest.approx(100, abs=2)
    assert run([100, *weeks, 100], [0, 0, 20, 1])[1].standing == "watch"


def test_one_odd_day_in_the_reference_does_not_widen_the_limits() -> None:
    odd = [*STEADY]
    odd[5] = 5000
    assert run([*odd, 100], [300, 1])[1].standing == "watch"


def test_clocks_that_go_back_are_counted_and_change_nothing_else() -> None:
    def back(events: Thumbed) -> Thumbed:
        at = events.at.copy()
        at[-60] -= 3 * DAY
        return replace(events, at=at)

    state, reading = run([*STEADY, 100], [103, 1], back)
    assert reading.left_out == {CLOCK: 1}
    assert [day[1] for day in state["days"]] == [100, 102]
    assert reading.standing == "ok"


@pytest.mark.parametrize("what", SHARES)
def test_labels_that_are_missing_are_seen(what: str) -> None:
    def blanked(events: Thumbed) -> Thumbed:
        lost = (np.arange(len(events)) % 10 == 0) | ((events.at >= 16 * DAY) & (np.arange(len(events)) % 2 == 0))
        if what == SHARES[0]:
            return replace(events, warm=np.where(lost, np.nan, events.warm))
        if what == SHARES[2]:
            return replace(events, said=events.at - np.where(lost, 9000.0, 600.0) - np.arange(len(events)) % 10)
        codes = events.factors["arm"]
        unknown = Codes(codes.levels, np.where(lost, -1, codes.code).astype(np.int16))
        return replace(events, factors={**events.factors, "arm": unknown})

    before, reading = run([*STEADY, 100], [1], blanked)
    assert reading.standing == "ok"
    _, reading = run([*STEADY, 100], [103, 1], blanked)
    assert reading.standing == "watch"
    assert reading.segments[what]["before"] == pytest.approx(0.1, abs=0.01)
    assert reading.segments[what]["days"][-1][1] == pytest.approx(0.5, abs=0.06)


def test_where_it_is_not_known_when_thumbs_were_given_nothing_is_late() -> None:
    _, reading = run([*STEADY, 100], [103, 1])
    assert set(reading.segments) == {"events a day", *SHARES[:2]}


def test_a_label_is_late_that_takes_longer_than_nine_of_ten_in_the_reference() -> None:
    def delayed(events: Thumbed) -> Thumbed:
        return replace(events, said=events.at - 60.0 * (1 + np.arange(len(events)) % 100))

    state, reading = run([*STEADY, 100], [103, 1], delayed)
    assert reading.segments[SHARES[2]]["late_after"] == pytest.approx(60 * 90, abs=60)
    assert state["days"][0][4] == pytest.approx(10, abs=2)
    assert reading.standing == "ok"


def test_a_reference_of_few_days_is_filled_by_the_days_after_it() -> None:
    state, reading = run(STEADY[:6], STEADY[6:12])
    assert not state["full"]
    assert reading.value is None
    assert reading.needed is not None
    assert 4 * 100 < reading.needed < 5 * 120
    state, reading = run(STEADY[:6], [*STEADY[6:], 104, 1])
    assert state["full"]
    assert [day[1] for day in state["days"]] == [104]


def test_a_long_silence_does_not_swell_the_state() -> None:
    state, _ = run([*STEADY, 100], [*[0] * 400, 1])
    assert len(state["days"]) == MOST_DAYS + 1
    assert [day[1] for day in state["days"]] == [100] + [0] * MOST_DAYS
