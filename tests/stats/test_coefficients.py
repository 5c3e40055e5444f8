"""Monitors of coefficients in small worlds of known truth; at full length in benchmarks/_drift_promises.py."""

import json
from dataclasses import replace

import numpy as np
import pytest

from scenarios.driftworlds import UNLIKE, World, series, stream
from stats.drift import BETS, Detector
from stats.monitoring.all import MONITORS
from stats.monitoring.coefficients import Watched
from stats.monitoring.declared import MOST_POINTS, MOST_STATE, Declared, State, Unusable
from stats.monitoring.scoring import FARTHEST, MOST_LEVELS, fitted
from stats.thumbed import Codes, Thumbed

REFERENCE = 8000
BIAS = Declared("M1", "bias")


@pytest.fixture(scope="module")
def reference() -> Thumbed:
    return stream(UNLIKE, REFERENCE, np.random.default_rng(11))


@pytest.fixture(scope="module")
def begun(reference: Thumbed) -> dict[str, State]:
    return {key: MONITORS[key].start(Declared(key, "anything"), reference) for key in ("M1", "M5", "M9")}


@pytest.fixture
def started(begun: dict[str, State]) -> State:
    return begun["M1"]


def after(key: str, begun: dict[str, State], events: Thumbed) -> State:
    return MONITORS[key].step(Declared(key, "anything"), begun[key], events, REFERENCE + 1)


@pytest.mark.parametrize("batch", [1, 7, 500, 4096])
@pytest.mark.parametrize("key", ["M1", "M5", "M9"])
def test_batches_and_a_way_through_json_change_no_bit(key: str, batch: int, begun: dict[str, State]) -> None:
    declared, monitor = Declared(key, "anything", run_length=50), MONITORS[key]
    n = {1: 40, 7: 300, 500: 4000, 4096: 9000}[batch]
    events = series(
        [(replace(UNLIKE, unlabelled=0.1), n // 2), (UNLIKE.drifting(1.0), n // 2)], np.random.default_rng(1)
    )
    state = begun[key]
    kept = json.dumps(state)
    whole = monitor.step(declared, state, events, REFERENCE + 1)
    for start in range(0, n, batch):
        part = events.part(start, min(start + batch, n))
        state = json.loads(json.dumps(monitor.step(declared, state, part, REFERENCE + 1 + start)))
    assert state == whole
    assert json.dumps(begun[key]) == kept


def test_a_rise_where_memory_is_on_alarms_and_names_it(begun: dict[str, State]) -> None:
    events = series([(UNLIKE, 3000), (UNLIKE.drifting(0.8, ("memory", "on")), 6000)], np.random.default_rng(2))
    state = after("M1", begun, events)
    reading = MONITORS["M1"].reading(BIAS, state)
    assert reading.standing == "alarm"
    assert reading.since is not None
    assert REFERENCE + 3000 < reading.since < REFERENCE + 9000
    assert abs(state["alarm"]["zero"] - (REFERENCE + 3000)) < 1500
    assert [name for name, level in reading.segments.items() if level["named"]] == ["memory:on"]
    assert reading.value is not None
    assert reading.reference is not None
    assert reading.value.low > reading.reference.estimate
    assert reading.value.estimate - reading.reference.estimate == pytest.approx(0.4, abs=0.2)


def test_what_moves_m5_and_m9_is_what_they_watch(begun: dict[str, State]) -> None:
    changed = {
        "M9": (UNLIKE.drifting(0.8, ("memory", "on")), UNLIKE.drifting(0.8, ("segment", "companion"))),
        "M5": (replace(UNLIKE, warmer=1.0), replace(UNLIKE, warmth=0.3)),
    }
    for key, (watched, other) in changed.items():
        for world, standing in ((watched, "alarm"), (other, None)):
            state = after(key, begun, stream(world, 8000, np.random.default_rng(3)))
            found = MONITORS[key].reading(Declared(key, "anything"), state).standing
            assert (found == "alarm") == (standing == "alarm"), (key, world)


def test_a_change_that_was_known_before_alarms_nobody(begun: dict[str, State]) -> None:
    for world in (UNLIKE, UNLIKE.shared("segment", adult=0.25, teen=0.15, companion=0.6)):
        state = after("M1", begun, stream(world, 5000, np.random.default_rng(4)))
        assert state["alarm"] is None


def test_a_tolerance_is_in_log_odds(started: State, reference: Thumbed) -> None:
    tolerant = MONITORS["M1"].start(replace(BIAS, tolerance=0.3), reference)
    more = tolerant["overall"]["epsilon"] - started["overall"]["epsilon"]
    assert more == pytest.approx(0.3 * started["reference"]["information"])
    assert tolerant["allowance"] > started["allowance"]


def test_a_tolerance_that_hides_every_rise_is_refused(reference: Thumbed) -> None:
    with pytest.raises(Unusable, match="smaller tolerance") as refused:
        MONITORS["M1"].start(replace(BIAS, tolerance=20.0), reference)
    assert refused.value.which == "tolerance"


def test_the_lowest_score_there_can_be_is_one_that_can_be_bet_on(reference: Thumbed) -> None:
    most = 1 / max(BETS) - FARTHEST
    one = Watched(0.5 * most, 0.499 * most, 400, Detector.fresh())
    assert one.after(np.array([-FARTHEST]))[0][0] > 0
    scorer = fitted(MONITORS["M5"].question, reference)  # type: ignore[attr-defined]
    strange = replace(scorer, projection=replace(scorer.projection, constant=-5.0))
    assert np.abs(strange.part(strange.rows(reference))).max() == FARTHEST


def test_intervals_know_that_a_user_who_says_all_twice_says_it_once(reference: Thumbed) -> None:
    alone = replace(reference, user=np.arange(len(reference)))
    twice = Thumbed.joined(alone, alone)
    widths = []
    for thumbs in (alone, twice):
        state = MONITORS["M1"].start(BIAS, thumbs)
        events = thumbs.part(0, 4000)
        reading = MONITORS["M1"].reading(BIAS, MONITORS["M1"].step(BIAS, state, events, len(thumbs) + 1))
        assert reading.reference is not None
        assert reading.value is not None
        widths.append((reading.reference.high - reading.reference.low, reading.value.high - reading.value.low))
    assert widths[1][0] == pytest.approx(widths[0][0], rel=0.03)
    assert widths[1][1] == pytest.approx(2**0.5 * widths[0][1], rel=0.03)


def test_of_very_many_levels_the_most_frequent_are_told_apart() -> None:
    plain, rng = spoilt(n=6000), np.random.default_rng(14)
    many = {
        name: Codes.of(np.array([f"{name} {i:02}" for i in rng.permutation(np.arange(6000) ** 2 // 600_000)]))
        for name in ("segment", "arm")
    }
    reference = replace(plain, factors={**plain.factors, **many})
    state = MONITORS["M1"].start(BIAS, reference)
    assert len(state["scorer"]["levels"]["segment"]) == MOST_LEVELS
    assert state["reference"]["left_out"].keys() == {"unseen_segment", "unseen_arm"}
    assert state["reference"]["used"] > 3000


def test_an_alarm_stands_when_the_rise_is_over(begun: dict[str, State]) -> None:
    pulse = series([(UNLIKE.drifting(1.2), 3000), (UNLIKE.drifting(-0.5), 8000)], np.random.default_rng(5))
    reading = MONITORS["M1"].reading(BIAS, after("M1", begun, pulse))
    assert reading.standing == "alarm"
    assert reading.warning is not None
    assert reading.warning < 1


def test_a_warning_ends_when_the_cusum_is_back_at_0(begun: dict[str, State]) -> None:
    silent = replace(BIAS, alarms=False)
    monitor, rng = MONITORS["M1"], np.random.default_rng(6)
    state = monitor.step(silent, begun["M1"], stream(UNLIKE.drifting(1.2), 3000, rng), 8001)
    assert monitor.reading(silent, state).standing == "watch"
    state = monitor.step(silent, state, stream(UNLIKE.drifting(-1.0), 6000, rng), 11_001)
    assert monitor.reading(silent, state).standing == "ok"


def test_events_that_cannot_be_used_are_counted_and_change_nothing(started: State) -> None:
    monitor, events = MONITORS["M1"], stream(UNLIKE, 400, np.random.default_rng(7))
    bad = stream(UNLIKE, 50, np.random.default_rng(8))
    strange = replace(bad, factors={**bad.factors, "segment": Codes.of(["robot"] * 50)})
    unlabelled = replace(bad, sycophantic=np.full(50, np.nan))
    unknown = replace(bad, factors={**bad.factors, "arm": Codes(("control",), np.full(50, -1, dtype=np.int16))})
    cold = replace(bad, warm=np.full(50, np.nan))
    state, number = started, REFERENCE + 1
    for part in (events, strange, unlabelled, unknown, cold):
        state = monitor.step(BIAS, state, part, number)
        number += len(part)
    alone = monitor.step(BIAS, started, events, REFERENCE + 1)
    expected = {"unlabelled": 50, "unseen_arm": 50, "unseen_segment": 50, "unseen_warmth": 50}
    assert state["left_out"] == expected
    assert state["events"] == 600
    assert (state["overall"], state["levels"], state["cusum"]) == (alone["overall"], alone["levels"], alone["cusum"])


def test_levels_come_by_name_and_not_by_place(started: State) -> None:
    events = stream(UNLIKE, 300, np.random.default_rng(9))
    turned = replace(events, factors={name: Codes.of(codes.names()) for name, codes in events.factors.items()})
    one, other = (MONITORS["M1"].step(BIAS, started, each, REFERENCE + 1) for each in (events, turned))
    assert one == other


def test_a_state_is_small_and_its_timeline_short(started: State) -> None:
    state = MONITORS["M1"].step(BIAS, started, stream(UNLIKE, 60_000, np.random.default_rng(10)), REFERENCE + 1)
    reading = MONITORS["M1"].reading(BIAS, state)
    assert len(json.dumps(state)) <= MOST_STATE
    assert 100 <= len(reading.path) <= MOST_POINTS
    assert reading.path[-1]["event"] > REFERENCE + 58_000


def test_a_fall_is_not_watched_for(reference: Thumbed) -> None:
    with pytest.raises(Unusable, match="a rise only"):
        MONITORS["M1"].start(replace(BIAS, direction="both"), reference)


def test_an_event_that_was_seen_is_refused(started: State) -> None:
    events = stream(UNLIKE, 10, np.random.default_rng(12))
    state = MONITORS["M1"].step(BIAS, started, events, REFERENCE + 1)
    with pytest.raises(ValueError, match="has been seen"):
        MONITORS["M1"].step(BIAS, state, events, REFERENCE + 10)


def spoilt(world: World = UNLIKE, n: int = 4000) -> Thumbed:
    return stream(world, n, np.random.default_rng(13))


def test_references_that_cannot_be_used_say_which_fault_they_have() -> None:
    plain = spoilt()
    flattering = plain.sycophantic == 1
    parted = replace(plain, up=flattering.astype(float))
    faults = {
        "no_variation": replace(plain, sycophantic=np.zeros(4000)),
        "one_outcome": replace(plain, up=np.ones(4000)),
        "separation": parted,
        "too_few": spoilt(n=1500),
    }
    for which, reference in faults.items():
        with pytest.raises(Unusable) as refused:
            MONITORS["M1"].start(BIAS, reference)
        assert refused.value.which == which
    with pytest.raises(Unusable) as refused:
        MONITORS["M1"].start(BIAS, spoilt(UNLIKE.flattering(0.03)))
    assert refused.value.which == "too_few"
    off = replace(plain, factors={**plain.factors, "memory": Codes.of(["off"] * 4000)})
    with pytest.raises(Unusable) as refused:
        MONITORS["M9"].start(Declared("M9", "memory"), off)
    assert refused.value.which == "no_level"


def test_factors_that_say_the_same_or_nothing_do_not_matter() -> None:
    plain = spoilt()
    same = replace(plain, factors={**plain.factors, "domain": plain.factors["segment"]})
    nothing = Codes(("x",), np.full(4000, -1, dtype=np.int16))
    bare = replace(plain, factors={**plain.factors, "domain": nothing, "language": nothing})
    for reference in (same, bare, replace(plain, warm=np.full(4000, np.nan))):
        state = MONITORS["M1"].start(BIAS, reference)
        assert MONITORS["M1"].step(BIAS, state, reference, 4001)["left_out"] == {}
