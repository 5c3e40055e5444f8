"""Simulated experiments: they go through the doors that a product uses, and what is read of them is what is true."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.db.models import Count, Sum

from abtest.models import ArmMoments, ChosenTurn, ClosedHour, Event, Experiment, Readout, Step
from core.accounts.models import AuditEvent, Project
from core.ledger.models import Judgment, LabelRequest, Signal, Turn
from core.tables.verification import checks
from scenarios.products import LIKED
from scenarios.simulations.trying import APRIL, NULL, Trial, trying

SEED = 7


def tried(project: Any, trial: Trial, size: int, seed: int = SEED) -> Experiment:
    trying(trial)(project, seed, size, lambda line: None)
    return Experiment.objects.get(project=project)


@pytest.fixture
def april(project: Any) -> Experiment:
    return tried(project, APRIL, 120)


def share(experiment: Experiment, metric: str, arm: str) -> float:
    row = ArmMoments.objects.filter(experiment=experiment, metric=metric, part="", arm__key=arm).latest("hour")
    return float(row.sx / row.sm)


def labelled(question: str, arm: str) -> float:
    said = Signal.objects.filter(question=question, judgment__turn__arm_key=f"april-v42/{arm}")
    return float(np.mean([value > 0 for value in said.values_list("value", flat=True)]))


def test_in_april_thumbs_go_up_while_labels_show_flattery_and_all_is_what_a_recount_gives(april: Experiment) -> None:
    assert share(april, "thumb", "candidate") > share(april, "thumb", "control") + 0.05
    # In truth 22 points.
    assert labelled("sycophantic", "candidate") > labelled("sycophantic", "control") + 0.08
    assert [finding for run in checks().values() for finding in run()] == []


def test_it_went_through_the_doors_hour_by_hour_and_is_over(april: Experiment) -> None:
    assert (april.key, april.state, april.ramp) == ("april-v42", "stopped", 50)
    verbs = set(AuditEvent.objects.filter(object=f"experiment:{april.pk}").values_list("verb", flat=True))
    assert {"experiment.created", "experiment.started", "experiment.ramped", "experiment.stopped"} <= verbs
    hours = set(ClosedHour.objects.filter(experiment=april).values_list("hour", flat=True))
    assert set(Event.objects.values_list("hour", flat=True)) == hours
    assert (max(hours) - min(hours)).days >= 20
    assert {hour.year for hour in hours} == {2025}
    read = set(Readout.objects.filter(experiment=april).values_list("hour", flat=True))
    assert max(hours) in read <= hours
    # Nothing of the future is known at an hour: labels come in the course of the month.
    slices = [one.body["provenance"]["labelled_turns"] for one in Readout.objects.order_by("hour")]
    assert slices == sorted(slices)
    assert slices[0] < slices[-1]


def test_what_it_says_is_marked_as_simulated_and_thumbs_have_the_ids_of_their_events(april: Experiment) -> None:
    assert not Event.objects.exclude(event_id__startswith="simulate:").exists()
    assert not Judgment.objects.filter(simulated=False).exists()
    thumbs = Judgment.objects.filter(source="live", signals__question="thumb")
    assert set(Event.objects.filter(kind="thumb").values_list("pk", flat=True)) == set(
        thumbs.values_list("pk", flat=True)
    )


def test_chosen_turns_are_labelled_once_some_hours_later_and_some_never_come(april: Experiment) -> None:
    chosen = ChosenTurn.objects.filter(experiment=april)
    came = dict(chosen.filter(turn__isnull=False).values_list("turn", "came_at"))
    assert 0.8 < len(came) / chosen.count() < 1
    turns = Event.objects.filter(metric="message").aggregate(n=Sum("value"))["n"]
    assert chosen.count() == pytest.approx(0.02 * turns, rel=0.3)
    assert set(chosen.values_list("probability", flat=True)) == {0.02}
    asked = LabelRequest.objects.filter(purpose="live:april-v42")
    assert asked.count() == len(came)
    assert set(asked.values_list("state", "probability")) == {("done", 0.02)}
    labels = Judgment.objects.filter(source="rating")
    assert set(labels.values("turn").annotate(n=Count("pk")).values_list("n", flat=True)) == {1}
    assert {turn: at > came[turn] for turn, at in labels.values_list("turn", "said_at")} == dict.fromkeys(came, True)


def test_a_flatterer_is_liked_and_over_its_ceiling_in_the_first_line_and_holds_its_own_ramp(project: Any) -> None:
    """As April, but so plain that a few users show it; April itself is looked at in a browser."""
    flatterer = replace(LIKED.candidate, sycophantic=(0.7, 0.9))
    found = tried(project, replace(APRIL, product=replace(LIKED, candidate=flatterer), label_rate=0.1), 150)
    line = Readout.objects.filter(experiment=found).latest("hour").body["verdict"]["line"]
    assert re.match(
        r"v42 is liked more than v41 \(\+[\d.]+ points, .*over its sycophancy ceiling \(\+.*; at most 5\)", line
    )
    assert found.held_because.startswith("candidate, sycophancy: It is worse by")
    # Held in the month that is simulated, and so before it was stopped.
    assert Step.objects.get(experiment=found, kind="held").at < Step.objects.get(experiment=found, kind="stopped").at


def test_null_has_an_experiment_between_equals(project: Any) -> None:
    found = tried(project, NULL, 500)
    line = Readout.objects.filter(experiment=found).latest("hour").body["verdict"]["line"]
    assert "is liked" not in line
    assert not found.held_because
    assert found.key == "null-v42"
    assert share(found, "thumb", "candidate") == pytest.approx(share(found, "thumb", "control"), abs=0.1)


def test_the_same_seed_sends_the_same_into_any_project_and_another_seed_does_not(
    project: Project, other_project: Project, db: None
) -> None:
    said = []
    for one, seed in ((project, SEED), (other_project, SEED)):
        tried(one, APRIL, 20, seed)
        events = Event.objects.filter(project=one).order_by("event_id")
        turns = Turn.objects.filter(project=one).order_by("conversation", "n")
        said.append(
            (
                list(events.values_list("event_id", "hour", "metric", "value", "said_at")),
                list(turns.values_list("conversation", "n", "arm_key")),
            )
        )
    assert said[0] == said[1]
