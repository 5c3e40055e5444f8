from typing import Any

import pytest

from abtest import experimenting, selectors
from abtest.models import Experiment, Readout, Step
from core.accounts.models import AuditEvent
from core.catalog.models import GoLive
from reports.faults import Refused
from tests.abtest.drafts import PLAN, draft, running


def verbs(project: Any) -> list[str]:
    return list(AuditEvent.objects.filter(project=project).order_by("seq").values_list("verb", flat=True))


def test_an_experiment_goes_from_draft_to_decided_and_each_step_is_in_the_trail(project: Any) -> None:
    experiment = running(project, ramp=10)
    experiment = experimenting.stop(experiment=experiment, by=None, reason="Enough.")
    decision = experimenting.decide(
        experiment=experiment,
        by=None,
        choice="keep",
        reason="It flatters.",
        guardrails={"sycophancy": "Over its ceiling.", "latency": "Within."},
    )
    experiment.refresh_from_db()
    assert (experiment.state, experiment.ramp) == (Experiment.State.DECIDED, 10)
    assert verbs(project)[-6:] == [
        f"experiment.{verb}" for verb in ("created", "started", "ramped", "ramped", "stopped", "decided")
    ]
    assert decision.body["guardrails"]["sycophancy"] == "Over its ceiling."
    assert [step.kind for step in selectors.steps_of(experiment)] == ["stopped", "ramped", "ramped", "started"]


def test_without_a_guardrail_on_behaviour_it_does_not_start(project: Any) -> None:
    harmless = {**PLAN, "guardrails": [{"kind": "latency", "limit": 200}, {"kind": "safety_report", "limit": 0.01}]}
    with pytest.raises(Refused, match="at least one guardrail on behaviour"):
        experimenting.start(experiment=draft(project, plan=harmless), by=None)
    assert Experiment.objects.get(project=project).state == Experiment.State.DRAFT
    assert not GoLive.objects.exists()


def test_each_step_of_the_ramp_says_which_share_the_candidate_has(project: Any) -> None:
    experiment = running(project, ramp=100)
    experimenting.stop(experiment=experiment, by=None, reason="Enough.")
    shares = list(GoLive.objects.order_by("at").values_list("bundle__name", "share"))
    assert shares == [("v42", share) for share in (0.005, 0.025, 0.05, 0.125, 0.25, 0.5, 0.0)]
    assert not Readout.objects.exists()
    assert Step.objects.count() == 7
