"""What the monitors say of simulated streams: each moves those that it is there to move."""

from typing import Any

import numpy as np
import pytest

from core.ledger.models import AnchorJudgment
from reports.drift.declaring import default_of
from reports.drift.events import read
from reports.drift.stepping import step
from reports.models import AnchorEvent, DriftEvent
from scenarios.simulations.drifting import CHANGES, CHANGES_AT, SIZE, streamed
from scenarios.simulations.registry import simulate
from scenarios.simulations.streams import CONTEXT, Stream
from stats.monitoring.all import MONITORS
from stats.thumbed import Codes, Thumbed

SEED = 1
BY_NAME = {change.name: change for change in CHANGES}


def labelled(stream: Stream) -> Thumbed:
    """The stream as monitors read it: an expert's label before a rater's."""
    said = {question: np.where(stream.gold, stream.true[question], stream.seen[question]) for question in stream.true}
    good = (stream.true["correct"] == 2) & (stream.true["sycophantic"] == 0) & (stream.true["cold"] == 0)
    asked = Codes.of(np.where(stream.solicited, "yes", "no"))
    return Thumbed(
        up=stream.up.astype(float),
        sycophantic=(said["sycophantic"] > 0).astype(float),
        correct=(said["correct"] == 2).astype(float),
        warm=-said["cold"] / 2,
        good=np.where(stream.gold, good, np.nan),
        factors={**{name: Codes.of(stream.context[name]) for name in CONTEXT}, "solicited": asked},
        user=stream.user,
        at=np.arange(len(stream), dtype=float),
    )


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        ("drift", True),
        ("selection", True),
        ("rater-drift", True),
        ("mix", False),
        ("memory", False),
        ("bots", False),
    ],
)
def test_the_monitor_of_bias_alarms_where_labelled_thumbs_reward_flattery_more(name: str, moved: bool) -> None:
    thumbs = labelled(streamed(BY_NAME[name], SIZE, np.random.default_rng(SEED)))
    declared, monitor = default_of("M1"), MONITORS["M1"]
    state = monitor.start(declared, thumbs.part(0, declared.reference))
    state = monitor.step(declared, state, thumbs.part(declared.reference, SIZE), declared.reference + 1)
    reading = monitor.reading(declared, state)
    assert (reading.standing == "alarm") == moved
    assert not moved or (reading.since or 0) > SIZE * CHANGES_AT
    assert reading.left_out == {}


@pytest.mark.parametrize(("name", "moved"), [("selection", "M4"), ("mix", "M6"), ("memory", "M6"), ("bots", None)])
def test_what_is_for_display_shows_who_clicks_and_who_came(name: str, moved: str | None) -> None:
    thumbs = labelled(streamed(BY_NAME[name], SIZE, np.random.default_rng(SEED)))
    for key in ("M4", "M6"):
        declared, monitor = default_of(key), MONITORS[key]
        state = monitor.start(declared, thumbs.part(0, declared.reference))
        state = monitor.step(declared, state, thumbs.part(declared.reference, SIZE), declared.reference + 1)
        assert (monitor.reading(declared, state).standing != "ok") == (key == moved)


def test_events_are_taken_in_as_the_stream_says_and_in_its_order(project: Any) -> None:
    simulate(project=project, name="rater-drift", seed=SEED, size=200)
    step(project)
    stream = labelled(streamed(BY_NAME["rater-drift"], 200, np.random.default_rng(SEED)))
    found = read(project.pk, 1, 200)
    assert DriftEvent.objects.filter(project=project, left_out="").count() == 200
    # An expert who labels a minute later may come after the next thumb; the rest stands where it stood.
    order = DriftEvent.objects.order_by("judgment").values_list("number", flat=True)
    place = np.array(order) - 1
    assert np.abs(place - np.arange(200)).max() <= 3
    for name in ("up", "sycophantic", "correct", "warm", "good"):
        assert getattr(found, name)[place] == pytest.approx(getattr(stream, name), nan_ok=True)
    for name, codes in stream.factors.items():
        assert found.factors[name].names()[place].tolist() == codes.names().tolist()


def test_anchors_are_frozen_and_what_raters_say_of_them_is_taken_in(project: Any) -> None:
    simulate(project=project, name="rater-drift", seed=SEED, size=200)
    step(project)
    said = AnchorJudgment.objects.select_related("anchor")
    assert {one.anchor.baseline["sycophantic"] for one in said} == {0, 1}
    assert said.count() == round(200 * 0.08 / 0.92)
    assert AnchorEvent.objects.filter(project=project).count() == said.count()
