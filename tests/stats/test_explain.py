"""The explanation of an alarm as a whole: what it says is JSON, always the same, and right in worlds of known truth."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scenarios.driftworlds import DAY, UNLIKE, World, series, stream
from stats.explaining.explain import SETTLED, explain
from stats.monitoring.coefficients import BIAS, CONFLATION, Coefficient
from stats.monitoring.declared import Declared, Reading, State
from stats.thumbed import Thumbed

REFERENCE, QUIET = 6000, 1500


def told(
    world: World, after: int = 4500, *, monitor: Coefficient = BIAS, before: World = UNLIKE, **given: Any
) -> dict[str, Any]:
    """The explanation of a stream that becomes `world` after QUIET events, as if it had alarmed at its last one."""
    rng = np.random.default_rng(11)
    reference = stream(before, REFERENCE, rng)
    since = series([(before, QUIET), (world, after)], rng)
    declared = Declared(monitor.key, "a coefficient")
    numbers = np.arange(101 + REFERENCE, 101 + REFERENCE + len(since))
    state = json.loads(json.dumps(monitor.start(declared, reference)))
    given = {"numbers": numbers, "alarmed": int(numbers[-1]), "reference": reference, "since": since, **given}
    return explain(monitor, declared, state, **given)


@pytest.fixture(scope="module")
def with_memory() -> dict[str, Any]:
    return told(UNLIKE.drifting(1.2, ("memory", "on")))


def test_the_same_events_are_explained_alike(with_memory: dict[str, Any]) -> None:
    assert json.loads(json.dumps(with_memory)) == with_memory
    assert told(UNLIKE.drifting(1.2, ("memory", "on"))) == with_memory


def test_a_rise_with_memory_on_is_explained(with_memory: dict[str, Any]) -> None:
    said = with_memory
    point, changed = said["change_point"], 101 + REFERENCE + QUIET
    assert point["low"] <= changed <= point["high"]
    assert abs(point["event"] - changed) < 400
    assert point["low_at"] <= point["at"] <= point["high_at"]
    assert point["at"] == pytest.approx((point["event"] - 101 - REFERENCE) * DAY / UNLIKE.per_day)
    first = said["attribution"][0]
    assert set(first) == {"factor", "level", "delta", "se", "p_adjusted", "n"}
    assert (first["factor"], first["level"]) == ("memory", "on")
    assert first["p_adjusted"] < 0.05
    assert said["change"]["low"] < 0.6 < said["change"]["high"]
    gaps = said["kitagawa"]
    assert gaps["mix"] + gaps["coefficient"] == pytest.approx(gaps["gap_after"] - gaps["gap_before"], abs=1e-12)
    assert gaps["coefficient"] > abs(gaps["mix"])
    assert said["suspected"] == "bias_drift"


def test_the_thumbs_that_contributed_most_are_of_the_changed_level_and_after_the_change(
    with_memory: dict[str, Any],
) -> None:
    said = with_memory
    rng = np.random.default_rng(11)
    stream(UNLIKE, REFERENCE, rng)
    since = series([(UNLIKE, QUIET), (UNLIKE.drifting(1.2, ("memory", "on")), 4500)], rng)
    places = np.array([one["event"] for one in said["contributors"]]) - 101 - REFERENCE
    scores = [one["score"] for one in said["contributors"]]
    assert len(places) == len(set(places.tolist())) == 20
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0.3
    assert places.min() >= said["change_point"]["event"] - 101 - REFERENCE
    assert set(since.factors["memory"].names()[places]) == {"on"}
    # Thumbs up for flattery, or down for its absence, that the reference did not foretell.
    assert (since.sycophantic[places] == since.up[places]).all()


def test_a_rise_everywhere_is_named_as_everywhere() -> None:
    said = told(UNLIKE.drifting(1.0))
    first = said["attribution"][0]
    assert (first["factor"], first["level"]) == ("everywhere", "all")
    assert said["change"]["estimate"] == first["delta"]
    assert abs(first["delta"] - 1.0) < 3 * first["se"]


def test_it_is_provisional_until_4000_events_have_come_since_the_change() -> None:
    drifting = UNLIKE.drifting(1.2)
    early = told(drifting, SETTLED - 500)
    assert early["provisional"]
    late = told(drifting, SETTLED + 500)
    assert not late["provisional"]
    assert abs(early["change_point"]["event"] - late["change_point"]["event"]) < 300


def test_no_change_is_looked_for_after_the_alarm() -> None:
    said = told(UNLIKE.drifting(1.2), alarmed=101 + REFERENCE + 1000)
    assert said["change_point"]["event"] <= 101 + REFERENCE + 1001


def test_raters_who_changed_in_the_window_make_it_label_drift() -> None:
    assert told(UNLIKE.drifting(1.2), raters=[1.0 * DAY])["suspected"] == "label_drift"


def test_labels_that_no_longer_come_make_it_a_data_fault() -> None:
    assert told(replace(UNLIKE.drifting(1.2), unlabelled=0.7))["suspected"] == "data_fault"


def test_answers_that_a_monitor_does_not_ask_about_are_no_fault() -> None:
    said = told(replace(UNLIKE, warmer=0.9), monitor=CONFLATION)
    assert said["suspected"] == "bias_drift"
    assert said["kitagawa"] is None
    assert said["attribution"][0]["factor"] == "everywhere"


def test_another_mix_alone_makes_it_a_mix_shift() -> None:
    said = told(UNLIKE.shared("memory", off=0.1, on=0.9))
    assert said["suspected"] == "mix_shift"
    assert said["kitagawa"]["mix"] > abs(said["kitagawa"]["coefficient"])


class Counting:
    """A monitor without scores, whose statistic is lowest for the last time at the event `lowest`."""

    key = "M3"

    def __init__(self, lowest: int) -> None:
        self._lowest = lowest

    def start(self, declared: Declared, reference: Thumbed) -> State:
        return {}

    def step(self, declared: Declared, state: State, events: Thumbed, first: int) -> State:
        return state

    def reading(self, declared: Declared, state: State) -> Reading:
        path = [{"event": 500 * n, "at": 0.0, "statistic": abs(500.0 * n - self._lowest)} for n in range(10, 30)]
        return Reading("alarm", None, 1.0, 1.0, None, None, 0, path=path)


def test_of_a_monitor_without_scores_only_the_time_is_said() -> None:
    rng = np.random.default_rng(1)
    since = stream(UNLIKE, 3000, rng)
    numbers = np.arange(6001, 9001)
    said = explain(Counting(7500), Declared("M3", "x"), {}, reference=since, since=since, numbers=numbers, alarmed=8800)
    assert said["change_point"]["event"] == 7501
    assert (said["change_point"]["low"], said["change_point"]["high"]) == (6001, 8800)
    assert said["change_point"]["at"] == since.at[1500]
    assert said["attribution"] == said["contributors"] == []
    assert said["suspected"] is None
    assert said["provisional"]
    # What the statistic does after the alarm tells nothing of what came before.
    said = explain(Counting(8900), Declared("M3", "x"), {}, reference=since, since=since, numbers=numbers, alarmed=8800)
    assert said["change_point"]["event"] == 8501


def test_the_raw_gap_is_explained_by_what_flattery_does() -> None:
    rng = np.random.default_rng(2)
    reference, since = stream(UNLIKE, 4000, rng), stream(UNLIKE.drifting(1.2), 3000, rng)
    gap = Counting(7500)
    gap.key = "M2"
    said = explain(
        gap, Declared("M2", "x"), {}, reference=reference, since=since, numbers=np.arange(3000), alarmed=2999
    )
    assert said["attribution"][0]["factor"] == "everywhere"
    assert said["kitagawa"]["coefficient"] > 0.1


def test_nothing_since_the_reference_is_no_explanation() -> None:
    reference = stream(UNLIKE, 3000, np.random.default_rng(1))
    nothing = reference.part(0, 0)
    said = told(UNLIKE, since=nothing, numbers=np.arange(0), alarmed=1)
    assert said["change_point"] is None
    assert said["attribution"] == []
    assert said["provisional"]
