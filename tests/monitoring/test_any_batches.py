"""What every monitor of this kind must do: the same state for any batches, small, untouched by a way through JSON."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.driftworlds import UNLIKE, stream
from stats.monitoring.all import MONITORS
from stats.monitoring.declared import FOR_DISPLAY, MOST_POINTS, MOST_STATE, Declared, Monitor, State
from stats.thumbed import FACTORS, Codes, Thumbed

OURS = ("M2", "M3", "M4", "M6", "M8", "M10")
N = 9000
WORLD = replace(UNLIKE, users=90, unlabelled=0.05, experts=0.05, per_day=400.0)


def declared(key: str, run_length: int = 20_000) -> Declared:
    return Declared(key, "what it watches", run_length=run_length, direction="both", alarms=key not in FOR_DISPLAY)


@cache
def world() -> tuple[Thumbed, Thumbed]:
    """A reference and events after it that drift, know little of some, and go back in time now and then."""
    rng = np.random.default_rng(8)
    reference = stream(WORLD, 8000, rng)
    events = stream(WORLD.drifting(0.8).shared("solicited", no=0.5, yes=0.5), N, rng, began=8000 * 216.0)
    factors = {
        name: Codes(codes.levels, np.where(rng.random(N) < 0.02, -1, codes.code).astype(np.int16))
        for name, codes in events.factors.items()
    }
    at = events.at - np.where(rng.random(N) < 0.01, 90_000.0, 0.0)
    delay = 3600.0 * rng.gamma(2.0, size=N + 8000)
    reference = replace(reference, said=reference.at - delay[:8000])
    return reference, replace(events, factors=factors, at=at, said=at - 1.2 * delay[8000:])


@cache
def started(key: str) -> str:
    """The state after the reference, as it is stored."""
    return json.dumps(MONITORS[key].start(declared(key), world()[0]))


@cache
def whole(key: str) -> str:
    """The state after all events at once, as it is stored."""
    return json.dumps(MONITORS[key].step(declared(key), json.loads(started(key)), world()[1], 8001))


def stepped(monitor: Monitor, sizes: list[int]) -> State:
    _, events = world()
    state, start = json.loads(started(monitor.key)), 0
    for size in [*sizes, N]:
        part = events.part(start, min(N, start + size))
        state = monitor.step(declared(monitor.key), json.loads(json.dumps(state)), part, 8001 + start)
        start = min(N, start + size)
    return state


@pytest.mark.parametrize("key", OURS)
@pytest.mark.parametrize("size", [7, 500, 4096])
def test_batches_of_one_size_end_in_the_same_state(key: str, size: int) -> None:
    assert json.dumps(stepped(MONITORS[key], [size] * (2000 // size + 2))) == whole(key)


@pytest.mark.parametrize("key", OURS)
def test_events_one_by_one_end_in_the_same_state(key: str) -> None:
    assert json.dumps(stepped(MONITORS[key], [1100] + [1] * 120)) == whole(key)


@settings(deadline=None, max_examples=10)
@given(key=st.sampled_from(OURS), sizes=st.lists(st.integers(0, 2500), max_size=6))
def test_any_batches_end_in_the_same_state(key: str, sizes: list[int]) -> None:
    assert json.dumps(stepped(MONITORS[key], sizes)) == whole(key)


@pytest.mark.parametrize("key", OURS)
def test_a_step_leaves_the_state_it_was_given(key: str) -> None:
    state = json.loads(started(key))
    MONITORS[key].step(declared(key), state, world()[1], 8001)
    assert json.dumps(state) == started(key)


@pytest.mark.parametrize("key", OURS)
def test_events_that_were_seen_are_refused(key: str) -> None:
    state = json.loads(whole(key))
    with pytest.raises(ValueError, match=f"event {8000 + N} has been seen"):
        MONITORS[key].step(declared(key), state, world()[1].part(0, 5), 8000 + N)
    assert MONITORS[key].step(declared(key), state, world()[1].part(0, 5), 8001 + N)["events"] == N + 5


@pytest.mark.parametrize("key", OURS)
def test_a_reading_is_json_and_its_state_is_small(key: str) -> None:
    state = json.loads(whole(key))
    reading = MONITORS[key].reading(declared(key), state)
    assert len(whole(key)) <= MOST_STATE
    assert reading.events == N
    assert 0 < len(reading.path) <= MOST_POINTS
    assert all(set(point) >= {"event", "at", "value", "statistic", "warning"} for point in reading.path)
    assert [point["event"] for point in reading.path] == sorted(point["event"] for point in reading.path)
    assert json.loads(json.dumps(reading.segments, allow_nan=False)) == reading.segments
    assert (reading.value is None) == (reading.needed is not None)
    if reading.value is not None:
        assert reading.value.low <= reading.value.estimate <= reading.value.high
        assert all(type(number) is float for number in (reading.value.estimate, reading.value.low, reading.value.high))


@pytest.mark.parametrize("key", [key for key in OURS if key in FOR_DISPLAY])
def test_what_is_for_display_never_alarms(key: str) -> None:
    assert MONITORS[key].reading(declared(key), json.loads(whole(key))).standing != "alarm"


@pytest.mark.parametrize("key", OURS)
def test_right_after_the_reference_nothing_is_said(key: str) -> None:
    reading = MONITORS[key].reading(declared(key), json.loads(started(key)))
    assert (reading.standing, reading.since, reading.value, reading.events) == ("ok", None, None, 0)


def test_the_world_has_what_makes_it_hard() -> None:
    _, events = world()
    assert all((events.factors[name].code < 0).any() for name in FACTORS)
    assert (np.diff(events.at) < 0).any()
    assert np.isnan(events.warm).any()
