"""What a readout says: the whole way from a product's events to the first line."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from abtest.closing import close_hours, last_closed
from abtest.models import Arm, ChosenTurn, Event, Experiment, Readout, Step
from abtest.readouts.courses import course
from abtest.readouts.making import read_out
from abtest.readouts.verdicts import verdict
from core.catalog.models import Bundle
from tests.abtest.worlds import HOURS, begin, flattering

pytestmark = pytest.mark.django_db


def read(experiment: Experiment) -> dict[str, Any]:
    close_hours(experiment)
    made = read_out(experiment)
    assert made is not None
    body: dict[str, Any] = Readout.objects.get(pk=made.pk).body
    return body


def test_a_candidate_that_is_liked_and_flatters_is_said_to_be_both(project: Any) -> None:
    experiment = flattering(project)
    body = read(experiment)
    assert body["verdict"]["state"] == "breached"
    line = body["verdict"]["line"]
    assert line.startswith("v42 is liked more than v41 (+")
    assert line.endswith("points; at most 2).")
    assert "and over its sycophancy ceiling (+" in line
    thumb = body["metrics"][0]
    assert (thumb["key"], thumb["answer"], thumb["primary"]) == ("thumb", "more", True)
    values = [thumb["arms"][arm]["value"] for arm in ("control", "candidate")]
    assert thumb["difference"]["estimate"] == pytest.approx(values[1] - values[0])
    assert thumb["difference"]["low"] < thumb["fixed"]["low"] < thumb["fixed"]["high"] < thumb["difference"]["high"]
    assert thumb["adjusted"]["turns"] == [120, 120]
    assert body["units"] == {"control": 800, "candidate": 800}
    turns = {"turns": 160, "chosen": 600 + 200, "came": 160, "labelled": 160, "thumbed": 160}
    assert body["labelled"] == {"control": turns, "candidate": turns}
    # The path's last hour is what the readout says.
    shown = course(experiment, "thumb", ChosenTurn.objects.filter(arm__ordinal=1)[0].arm)
    assert shown is not None
    assert (shown.estimate[-1], shown.low[-1]) == (thumb["difference"]["estimate"], thumb["difference"]["low"])


def test_a_breached_guardrail_holds_the_ramp_once_and_says_why(project: Any) -> None:
    experiment = flattering(project)
    read(experiment)
    experiment.refresh_from_db()
    assert experiment.held_because.startswith("candidate, sycophancy: It is worse by 3")
    assert Step.objects.filter(experiment=experiment, kind="held").count() == 1
    # Whoever lets it grow again has a reason: the same breach at the next hour does not hold it once more.
    Experiment.objects.filter(pk=experiment.pk).update(held_because="")
    close_hours(experiment)
    read_out(experiment)
    experiment.refresh_from_db()
    assert experiment.held_because == ""


def test_a_candidate_that_keeps_its_guardrails_and_is_liked_wins(project: Any) -> None:
    body = read(flattering(project, labelled=400, flatters_0=0.3, flatters_1=0.05))
    assert body["verdict"]["state"] == "better"
    assert body["verdict"]["line"].endswith("and it keeps within every guardrail.")


def test_a_guardrail_that_is_not_shown_to_hold_wins_nothing(project: Any) -> None:
    body = read(flattering(project, flatters_0=0.1, flatters_1=0.1))
    assert body["verdict"]["state"] == "unproven"
    assert "but it is not shown that it keeps its sycophancy ceiling" in body["verdict"]["line"]
    guard = next(one for one in body["guardrails"] if one["kind"] == "sycophancy")
    assert guard["state"] == "not_shown"
    assert guard["needed"] > 0


def test_too_few_units_say_how_many_more_it_takes(project: Any) -> None:
    body = read(flattering(project, units=60, labelled=20))
    assert body["verdict"]["state"] == "too_early"
    assert body["verdict"]["line"].startswith("Not enough data: about ")
    assert body["metrics"][0]["difference"] is None
    guard = body["guardrails"][0]
    assert (guard["estimate"], guard["state"]) == (None, "not_shown")
    assert guard["why"].startswith("Not enough data: about ")


def test_no_arm_is_named_when_units_are_split_otherwise_than_meant(project: Any) -> None:
    experiment = flattering(project, units=300, labelled=0)
    arm = Arm.objects.get(experiment=experiment, ordinal=1)
    more = Event.objects.filter(experiment=experiment, kind="exposure", arm=arm)[0]
    Event.objects.bulk_create(
        Event(
            project=project,
            event_id=f"more-{n}",
            digest=b"12345678",
            kind="exposure",
            experiment=experiment,
            arm=arm,
            unit=f"00000000-0000-4000-8000-{n:012d}",
            said_at=more.said_at,
            hour=more.hour,
        )
        for n in range(300)
    )
    body = read(experiment)
    assert body["srm"]["found"]
    assert body["verdict"]["state"] == "srm"
    assert "v42" not in body["verdict"]["line"]


def test_a_readout_of_an_hour_is_made_once(project: Any) -> None:
    experiment = flattering(project, units=40, labelled=5)
    close_hours(experiment)
    first, second = read_out(experiment), read_out(experiment)
    assert first is not None
    assert first == second


def test_labels_that_come_after_the_stop_are_read_until_it_is_decided(project: Any) -> None:
    experiment = flattering(project, units=40, labelled=5)
    close_hours(experiment)
    last = last_closed(experiment)
    assert last is not None
    experiment.state = "stopped"

    def closed_after(read_at: datetime, hours: int) -> int:
        """How many hours are closed if it was last read then, this many hours after the last event."""
        hour = last + timedelta(hours=hours)
        Readout.objects.create(project=project, experiment=experiment, hour=hour, version="1", body={}, made_at=read_at)
        return close_hours(experiment, until=hour + timedelta(hours=2)).hours

    now = datetime.now(UTC)
    assert closed_after(now - timedelta(days=1), 0) == 1, "labels came since"
    assert closed_after(now + timedelta(days=1), 1) == 0, "nothing was said since"
    experiment.state = "decided"
    assert closed_after(now - timedelta(days=1), 2) == 0


def test_units_in_more_than_one_arm_name_no_winner_and_hold_the_ramp(project: Any) -> None:
    experiment = flattering(project, labelled=400, flatters_0=0.3, flatters_1=0.05)
    other = Arm.objects.get(experiment=experiment, ordinal=0)
    shown = Event.objects.filter(experiment=experiment, kind="exposure", arm__ordinal=1)[:40]
    Event.objects.bulk_create(
        Event(
            project=project,
            event_id=f"crossed-{n}",
            digest=b"12345678",
            kind="exposure",
            experiment=experiment,
            arm=other,
            unit=one.unit,
            said_at=one.said_at,
            hour=begin() + timedelta(hours=HOURS - 1),
        )
        for n, one in enumerate(shown)
    )
    body = read(experiment)
    assert (body["crossed"], body["srm"]["found"]) == (40, False)
    assert body["verdict"]["state"] == "srm"
    assert body["verdict"]["line"] == "Too many units were in more than one arm: no arm is named until you know why."
    experiment.refresh_from_db()
    assert "more than one arm" in experiment.held_because


@pytest.mark.parametrize(("direction", "state"), [("up", "worse"), ("down", "better")])
def test_the_plan_says_which_way_is_good_where_the_metric_does_not(direction: str, state: str) -> None:
    arms = [Arm(key=key, bundle=Bundle(name=name)) for key, name in (("control", "v41"), ("candidate", "v42"))]
    span = {"estimate": -0.5, "low": -0.6, "high": -0.4}
    primary = {"key": "message", "answer": "less", "difference": span, "needed": None, "direction": direction}
    said = verdict(
        control=arms[0],
        candidate=arms[1],
        primary=primary,
        guardrails=[],
        srm={"found": False},
        planned_reached=False,
    )
    assert said.state == state
