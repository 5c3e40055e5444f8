"""Two people press the same button at the same moment: each step is done once, on a real database."""

from collections import Counter
from typing import Any

import pytest

from abtest import experimenting
from abtest.models import Arm, Decision, Experiment, Step
from core.accounts import audit
from core.accounts.models import AuditEvent
from core.catalog.models import GoLive
from reports.faults import Refused
from tests.abtest.drafts import draft, running
from tests.annotate.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 6


def trail(project: Any) -> Counter[str]:
    return Counter(AuditEvent.objects.filter(project=project).values_list("verb", flat=True))


def test_an_experiment_is_made_once_under_one_key(project: Any) -> None:
    made = at_once(*[lambda: draft(project)] * MANY)
    assert Counter(type(one) for one in made) == {Experiment: 1, Refused: MANY - 1}
    assert (Experiment.objects.count(), Arm.objects.count()) == (1, 2)
    assert trail(project)["experiment.created"] == 1


def test_starting_and_ramping_at_once_is_done_once(project: Any) -> None:
    experiment = draft(project)
    started = at_once(*[lambda: experimenting.start(experiment=experiment, by=None)] * MANY)
    assert len({one.started_at for one in started}) == 1  # type: ignore[attr-defined]
    at_once(*[lambda: experimenting.advance_ramp(experiment=experiment, by=None, to=5)] * MANY)
    assert (Step.objects.count(), GoLive.objects.count(), trail(project)["experiment.ramped"]) == (2, 2, 1)
    assert audit.broken(project) is None


def test_a_guardrail_that_holds_and_a_person_who_ramps_do_not_pass_each_other(project: Any) -> None:
    """Either the ramp grew before it was held, or it is held where it was; it never grows afterwards."""
    for n in range(4):
        experiment = running(project, f"e{n}")
        at_once(
            lambda one=experiment: experimenting.hold_ramp(experiment=one, by=None, because="Breached."),
            lambda one=experiment: experimenting.advance_ramp(experiment=one, by=None, to=5),
        )
        kinds = [step.kind for step in Step.objects.filter(experiment=experiment).order_by("pk")]
        assert kinds in (["started", "held"], ["started", "ramped", "held"])


def test_of_two_decisions_at_once_one_stands(project: Any) -> None:
    experiment = experimenting.stop(experiment=running(project), by=None, reason="Enough.")

    def deciding(choice: str) -> Any:
        words = {"sycophancy": "Over.", "latency": "Within."}
        return lambda: experimenting.decide(
            experiment=experiment, by=None, choice=choice, reason="So.", guardrails=words
        )

    made = at_once(*[deciding(choice) for choice in ("keep", "again") * 3])
    stands = Decision.objects.get()
    assert {one.pk for one in made if isinstance(one, Decision)} == {stands.pk}
    assert sum(isinstance(one, Refused) for one in made) == 3


def test_stopping_and_changing_at_once_leave_one_story(project: Any) -> None:
    experiment = draft(project)
    at_once(
        lambda: experimenting.start(experiment=experiment, by=None),
        lambda: experimenting.change(experiment=experiment, by=None, name="May"),
    )
    verbs = [verb for verb in AuditEvent.objects.order_by("seq").values_list("verb", flat=True) if "experiment" in verb]
    started = Experiment.objects.get()
    assert (started.name == "May") == ("experiment.changed" in verbs)
    assert verbs[-1] == "experiment.started"
