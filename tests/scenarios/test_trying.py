"""Simulated experiments: they go through the doors that a product uses, and what is read of them is what is true."""

from typing import Any

import numpy as np
import pytest
from django.db.models import Avg, Count, Sum

from abtest.models import ArmMoments, ChosenTurn, ClosedHour, Event, Experiment, Readout
from core.accounts.models import AuditEvent, Project
from core.ledger.models import Judgment, LabelRequest, Signal, Turn
from core.tables.verification import checks
from scenarios.simulations.registry import simulate
from scenarios.simulations.trying import APRIL, NULL, trying

PROMPTS, SEED = 250, 7


def quietly(line: str) -> None:
    """Nobody listens."""


@pytest.fixture
def april(project: Any) -> Experiment:
    trying(APRIL)(project, SEED, PROMPTS, quietly)
    return Experiment.objects.get()


def share(experiment: Experiment, metric: str, arm: str) -> float:
    row = ArmMoments.objects.filter(experiment=experiment, metric=metric, part="", arm__key=arm).latest("hour")
    return float(row.sx / row.sm)


def labelled(question: str, arm: str) -> float:
    said = Signal.objects.filter(question=question, judgment__turn__arm_key=f"april-v42/{arm}")
    return float(np.mean([value > 0 for value in said.values_list("value", flat=True)]))


def test_thumbs_go_up_while_labels_show_flattery(april: Experiment) -> None:
    assert share(april, "thumb", "candidate") > share(april, "thumb", "control") + 0.05
    # Raters see most of it: a rise of 22 points in truth, of 19 by their labels, give or take 5 for so many turns.
    assert labelled("sycophantic", "candidate") > labelled("sycophantic", "control") + 0.08


def test_it_went_through_the_doors_and_is_over(april: Experiment) -> None:
    assert (april.key, april.state, april.ramp) == ("april-v42", "stopped", 50)
    assert april.arm_set_keys() if hasattr(april, "arm_set_keys") else True
    verbs = set(AuditEvent.objects.filter(object=f"experiment:{april.pk}").values_list("verb", flat=True))
    assert {"experiment.created", "experiment.started", "experiment.ramped", "experiment.stopped"} <= verbs
    hours = list(ClosedHour.objects.filter(experiment=april).order_by("hour").values_list("hour", flat=True))
    assert set(Event.objects.values_list("hour", flat=True)) <= set(hours)
    assert Readout.objects.filter(experiment=april).count() == len(hours)
    assert (hours[0].year, hours[0].month) == (2025, 4)
    assert (hours[-1] - hours[0]).days >= 25


def test_all_of_it_is_marked_as_simulated(april: Experiment) -> None:
    assert Event.objects.exclude(event_id__startswith="simulate:").count() == 0
    assert Judgment.objects.filter(simulated=False).count() == 0
    thumbs = Event.objects.filter(kind="thumb")
    assert set(thumbs.values_list("pk", flat=True)) == set(
        Judgment.objects.filter(source="live", signals__question="thumb").values_list("pk", flat=True)
    )


def test_chosen_turns_are_labelled_once_and_some_never_come(april: Experiment) -> None:
    chosen = ChosenTurn.objects.filter(experiment=april)
    came = chosen.filter(turn__isnull=False)
    assert 0.85 < came.count() / chosen.count() < 1
    asked = LabelRequest.objects.filter(purpose="live:april-v42")
    assert asked.count() == came.count()
    assert set(asked.values_list("state", "probability")) == {("done", 0.02)}
    labels = Judgment.objects.filter(source="rating").values("turn").annotate(n=Count("pk"))
    assert {row["n"] for row in labels} == {1}
    assert set(labels.values_list("turn", flat=True)) == set(came.values_list("turn", flat=True))
    heard = chosen.aggregate(share=Avg("probability"), units=Count("unit", distinct=True))
    assert heard["share"] == pytest.approx(0.02)
    turns = Event.objects.filter(metric="message").aggregate(n=Sum("value"))["n"]
    assert chosen.count() == pytest.approx(0.02 * turns, rel=0.25)


def test_labels_come_after_the_words_and_after_the_hour_in_which_those_came(april: Experiment) -> None:
    for turn, said_at in Judgment.objects.filter(source="rating").values_list("turn", "said_at")[:50]:
        came_at = ChosenTurn.objects.values_list("came_at", flat=True).get(turn=turn)
        assert came_at is not None
        assert said_at > came_at


def test_null_has_an_experiment_between_equals(project: Project) -> None:
    trying(NULL)(project, SEED, 800, quietly)
    found = Experiment.objects.get()
    assert found.key == "null-v42"
    assert share(found, "thumb", "candidate") == pytest.approx(share(found, "thumb", "control"), abs=0.06)


def test_the_same_seed_sends_the_same(project: Any, other_project: Any) -> None:
    for one in (project, other_project):
        trying(APRIL)(one, SEED, 30, quietly)
    said = [
        list(Event.objects.filter(project=one).order_by("event_id").values_list("event_id", "hour", "metric", "value"))
        for one in (project, other_project)
    ]
    assert said[0] == said[1]
    places = [
        set(Turn.objects.filter(project=one).values_list("conversation", "n")) for one in (project, other_project)
    ]
    assert places[0] == places[1]


def test_every_total_of_a_simulated_experiment_is_what_a_recount_gives(april: Experiment) -> None:
    assert [finding for run in checks().values() for finding in run()] == []


def test_both_parts_of_a_simulation_are_written_or_none(project: Any) -> None:
    simulate(project=project, name="april", seed=SEED, size=5)
    assert Experiment.objects.get().key == "april-v42"
    again = simulate(project=project, name="april", seed=SEED, size=5)
    assert (again.new, again.counts["events"]) == (False, Event.objects.count())
