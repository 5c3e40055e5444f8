"""From draft to decided: what each verb does, refuses, leaves in the trail, and does when it is said twice."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.http import Http404

from abtest import ending, experimenting, plans, selectors
from abtest.models import Arm, Decision, Experiment, Readout, Step
from abtest.shaping import ArmWish
from core.accounts import audit
from core.accounts.access import Member, member_of
from core.accounts.models import AuditEvent
from core.catalog.models import Bundle, GoLive
from reports.faults import Refused
from tests.abtest.drafts import ARMS, PLAN, draft, running

State = Experiment.State
WORDS = {"sycophancy": "Over its ceiling.", "latency": "Within."}


def verbs(project: Any) -> list[str]:
    events = AuditEvent.objects.filter(project=project, verb__startswith="experiment.").order_by("seq")
    return [verb.removeprefix("experiment.") for verb in events.values_list("verb", flat=True)]


def stopped(project: Any) -> Experiment:
    return experimenting.stop(experiment=running(project), by=None, reason="Enough.")


def decide(experiment: Experiment, by: Member | None = None, **said: Any) -> Decision:
    given = {"choice": "keep", "reason": "It flatters.", "guardrails": WORDS, **said}
    return experimenting.decide(experiment=experiment, by=by, **given)


def refused(act: Callable[..., Any], **said: Any) -> set[str]:
    """The fields that are said to be wrong; and nothing was written."""
    before = (list(Experiment.objects.values()), list(Arm.objects.values()), AuditEvent.objects.count())
    with pytest.raises(Refused) as fault:
        act(**said)
    assert (list(Experiment.objects.values()), list(Arm.objects.values()), AuditEvent.objects.count()) == before
    return set(fault.value.faults)


def test_an_experiment_goes_from_draft_to_decided_and_each_step_is_in_the_trail(project: Any, ml_lead: Any) -> None:
    lead = member_of(ml_lead, "demo")
    experiment = running(project, ramp=10, by=lead)
    experimenting.hold_ramp(experiment=experiment, by=None, because="Sycophancy is over its ceiling.")
    experimenting.release_ramp(experiment=experiment, by=lead, reason="We know the cause.")
    experimenting.stop(experiment=experiment, by=lead, reason="Enough.")
    decision = decide(experiment, lead)
    experiment.refresh_from_db()
    assert (experiment.state, experiment.ramp) == (State.DECIDED, 10)
    assert verbs(project) == ["created", "started", "ramped", "ramped", "held", "released", "stopped", "decided"]
    steps = [(step.kind, step.ramp, step.reason, step.by == ml_lead.pk) for step in selectors.steps_of(experiment)]
    assert steps[:3] == [
        ("stopped", 10, "Enough.", True),
        ("released", 10, "We know the cause.", True),
        ("held", 10, "Sycophancy is over its ceiling.", False),
    ]
    assert (decision.body["guardrails"], decision.by) == (WORDS, ml_lead.pk)
    assert audit.broken(project) is None


def test_the_trail_holds_no_words_of_people_and_proves_the_plan(project: Any) -> None:
    decide(stopped(project))
    said = str(list(AuditEvent.objects.filter(project=project).values_list("data", flat=True)))
    assert not any(words in said for words in ("Enough.", "It flatters.", "Within.", PLAN["hypothesis"]))
    started = AuditEvent.objects.get(project=project, verb="experiment.started").data
    assert (len(started["plan_sha256"]), started["guardrails"]) == (64, ["sycophancy", "latency"])


def test_without_a_guardrail_on_behaviour_it_does_not_start(project: Any) -> None:
    harmless = {**PLAN, "guardrails": [{"kind": "latency", "limit": 200}, {"kind": "safety_report", "limit": 0.01}]}
    experiment = draft(project, plan=harmless)
    with pytest.raises(Refused, match="at least one guardrail on behaviour"):
        experimenting.start(experiment=experiment, by=None)
    assert Experiment.objects.get().state == State.DRAFT
    assert not GoLive.objects.exists()


def test_it_does_not_start_without_a_hypothesis_or_before_or_after_its_days(project: Any) -> None:
    today = datetime.now(UTC).date()
    tomorrow, yesterday = str(today + timedelta(days=1)), str(today - timedelta(days=1))
    for key, wrong, field in (
        ("a", {"hypothesis": "  "}, "hypothesis"),
        ("b", {"planned_units": None}, "planned_units"),
        ("c", {"starts_on": tomorrow}, "starts_on"),
        ("d", {"ends_on": yesterday}, "ends_on"),
    ):
        experiment = draft(project, key, plan={**PLAN, **wrong})
        assert refused(experimenting.start, experiment=experiment, by=None) == {field}
    fits = draft(project, "e", plan={**PLAN, "starts_on": str(today), "ends_on": tomorrow})
    assert experimenting.start(experiment=fits, by=None).state == State.RUNNING


def test_each_step_of_the_ramp_says_which_share_the_candidate_has(project: Any) -> None:
    experiment = running(project, ramp=100)
    experimenting.stop(experiment=experiment, by=None, reason="Enough.")
    shares = list(GoLive.objects.order_by("at").values_list("bundle__name", "share"))
    assert shares == [("v42", share) for share in (0.005, 0.025, 0.05, 0.125, 0.25, 0.5, 0.0)]


def test_the_ramp_grows_by_one_step_at_a_time_and_never_shrinks(project: Any) -> None:
    experiment = running(project, ramp=5)
    for to in (1, 6, 25, 100, 0, 101):
        assert refused(experimenting.advance_ramp, experiment=experiment, by=None, to=to) == {"ramp"}
    whole = running(project, "whole", ramp=100)
    assert refused(experimenting.advance_ramp, experiment=whole, by=None, to=200) == {"ramp"}


def test_a_held_ramp_says_why_and_stays_until_it_is_released(project: Any) -> None:
    experiment = running(project)
    held = experimenting.hold_ramp(experiment=experiment, by=None, because="Sycophancy is over its ceiling.")
    with pytest.raises(Refused, match="Sycophancy is over its ceiling"):
        experimenting.advance_ramp(experiment=held, by=None, to=5)
    again = experimenting.hold_ramp(experiment=held, by=None, because="Sycophancy is over its ceiling.")
    assert again.held_because == "Sycophancy is over its ceiling."
    more = experimenting.hold_ramp(experiment=held, by=None, because="Latency too.")
    assert more.held_because == "Sycophancy is over its ceiling. Latency too."
    assert refused(experimenting.release_ramp, experiment=held, by=None, reason=" ") == {"reason"}
    free = experimenting.release_ramp(experiment=held, by=None, reason="Fixed.")
    assert experimenting.advance_ramp(experiment=free, by=None, to=5).ramp == 5
    assert free.held_because == ""
    assert verbs(project)[-4:] == ["held", "held", "released", "ramped"]


def test_a_guardrail_with_much_to_say_holds_the_ramp_all_the_same(project: Any, ml_lead: Any) -> None:
    experiment, words = running(project), "Breached. " * 300
    lead = member_of(ml_lead, "demo")
    assert refused(experimenting.hold_ramp, experiment=experiment, by=lead, because=words) == {"reason"}
    assert 1900 < len(experimenting.hold_ramp(experiment=experiment, by=None, because=words).held_because) <= 2000


def test_a_guardrail_that_comes_and_goes_does_not_fill_the_page(project: Any) -> None:
    experiment = running(project)
    for n in range(100):
        held = experimenting.hold_ramp(experiment=experiment, by=None, because=f"{n}. " + "Worse by a point. " * 10)
    assert 2000 <= len(held.held_because) < 2000 + 200
    assert Step.objects.filter(kind="held").count() == 100


def test_what_is_said_twice_is_done_once(project: Any) -> None:
    experiment = draft(project)
    for act, said in (
        (experimenting.change, {"name": "May"}),
        (experimenting.start, {}),
        (experimenting.advance_ramp, {"to": 5}),
        (experimenting.hold_ramp, {"because": "Slow."}),
        (experimenting.release_ramp, {"reason": "Fast."}),
        (experimenting.stop, {"reason": "Enough."}),
    ):
        first, second = (act(experiment=experiment, by=None, **said) for _ in range(2))
        assert (first.state, first.ramp, first.started_at) == (second.state, second.ramp, second.started_at)
    assert decide(experiment).pk == decide(experiment).pk
    assert verbs(project) == ["created", "changed", "started", "ramped", "held", "released", "stopped", "decided"]
    assert GoLive.objects.count() == 3


def test_an_experiment_stops_by_itself_on_the_day_that_its_plan_says(project: Any) -> None:
    today = datetime.now(UTC).date()
    days = {"due": 0, "later": 1}
    for key, more in days.items():
        at = datetime.now(UTC) - timedelta(days=9)
        experiment = draft(project, key, plan={**PLAN, "ends_on": str(today + timedelta(days=more))})
        experimenting.start(experiment=experiment, by=None, at=at)
    endless, waiting = running(project, "endless"), draft(project, "waiting")
    assert [one.key for one in ending.stop_due()] == ["due"]
    assert ending.stop_due() == []
    due = Experiment.objects.get(key="due")
    assert (due.state, selectors.steps_of(due)[0].by) == (State.STOPPED, None)
    assert selectors.steps_of(due)[0].reason
    for one in (endless, waiting):
        before = one.state
        one.refresh_from_db()
        assert one.state == before


def test_no_verb_works_in_another_state_than_its_own(project: Any) -> None:
    waiting, over = draft(project, "waiting"), stopped(project)
    acts: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (experimenting.advance_ramp, {"to": 5}),
        (experimenting.release_ramp, {"reason": "x"}),
    ]
    for act, said in [*acts, (experimenting.stop, {"reason": "x"}), (decide, {})]:
        assert refused(act, experiment=waiting, by=None, **said) == {"state"}
    for act, said in [*acts, (experimenting.start, {}), (experimenting.change, {"name": "May"})]:
        assert refused(act, experiment=over, by=None, **said) == {"state"}
    assert experimenting.hold_ramp(experiment=over, by=None, because="Late.").held_because == ""


def test_a_draft_changes_and_what_has_started_does_not(project: Any) -> None:
    experiment = draft(project)
    arms = (ArmWish("control", "v41", 200_000), ArmWish("b", "v42", 300_000), ArmWish("c", "v43", 500_000))
    experimenting.change(experiment=experiment, by=None, unit="conversation", arms=arms, plan={**PLAN, "days": 7})
    experiment = Experiment.objects.get()
    assert (experiment.unit, experiment.name, experiment.plan["days"]) == ("conversation", "April", 7)
    assert [(arm.key, arm.bundle.name, arm.share) for arm in selectors.arms_of(experiment)] == [
        ("control", "v41", 200_000),
        ("b", "v42", 300_000),
        ("c", "v43", 500_000),
    ]
    experimenting.start(experiment=experiment, by=None)
    assert refused(experimenting.change, experiment=experiment, by=None, plan=PLAN) == {"state"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": "April"}, "key"),
        ({"key": "new"}, "key"),
        ({"key": "a" * 61}, "key"),
        ({"key": "a\n"}, "key"),
        ({"name": " "}, "name"),
        ({"name": "a\0"}, "name"),
        ({"unit": "session"}, "unit"),
        ({"arms": ARMS[:1]}, "arms"),
        ({"arms": [ArmWish(f"a{n}", "v", 1) for n in range(11)]}, "arms"),
        ({"arms": [ARMS[0], ArmWish("candidate", "v42", 499_999)]}, "arms"),
        ({"arms": [ARMS[0], ArmWish("control", "v42", 500_000)]}, "arms"),
        ({"arms": [ARMS[0], ArmWish("Candidate", "v42", 500_000)]}, "arms[1].key"),
        ({"arms": [ARMS[0], ArmWish("candidate", "", 500_000)]}, "arms[1].bundle"),
        ({"arms": [ARMS[0], ArmWish("candidate", "v\n2", 500_000)]}, "arms[1].bundle"),
        ({"arms": [ArmWish("control", "v41", 1_000_000), ArmWish("candidate", "v42", 0)]}, "arms[0].share"),
        ({"arms": [ARMS[0], ArmWish("candidate", "v42", True)]}, "arms[1].share"),
        ({"plan": {"alpha": 7}}, "alpha"),
    ],
)
def test_what_cannot_be_an_experiment_is_refused(project: Any, wrong: dict[str, Any], field: str) -> None:
    named = refused(lambda **said: draft(project, **said), **wrong)
    assert field in named
    assert not Experiment.objects.exists()
    assert not Bundle.objects.filter(project=project).exists()


def test_a_key_is_taken_once_in_a_project(project: Any, other_project: Any) -> None:
    draft(project)
    assert refused(draft, project=project) == {"key"}
    assert draft(other_project).key == "april-v42"


def test_whoever_may_not_or_is_of_another_project_finds_no_experiment(
    project: Any, reviewer: Any, rater: Any, stranger: Any
) -> None:
    experiment, over = running(project), stopped_elsewhere(project)
    for who in (member_of(reviewer, "demo"), member_of(rater, "demo"), member_of(stranger, "other")):
        for act, said in (
            (experimenting.create, {"project": project, "key": "x", "name": "X", "arms": ARMS, "plan": PLAN}),
            (experimenting.change, {"experiment": experiment, "name": "x"}),
            (experimenting.start, {"experiment": experiment}),
            (experimenting.advance_ramp, {"experiment": experiment, "to": 5}),
            (experimenting.hold_ramp, {"experiment": experiment, "because": "x"}),
            (experimenting.release_ramp, {"experiment": experiment, "reason": "x"}),
            (experimenting.stop, {"experiment": experiment, "reason": "x"}),
            (decide, {"experiment": over}),
        ):
            with pytest.raises(Http404):
                act(by=who, **said)
    assert Experiment.objects.count() == 2
    assert Experiment.objects.get(key="april-v42").state == State.RUNNING


def stopped_elsewhere(project: Any) -> Experiment:
    return experimenting.stop(experiment=running(project, "over"), by=None, reason="Enough.")


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"choice": "win"}, {"choice"}),
        ({"choice": "adopt"}, {"arm"}),
        ({"choice": "adopt", "arm": "control"}, {"arm"}),
        ({"choice": "keep", "arm": "candidate"}, {"arm"}),
        ({"reason": " "}, {"reason"}),
        ({"reason": "x" * 2001}, {"reason"}),
        ({"guardrails": {}}, {"guardrails.sycophancy", "guardrails.latency"}),
        ({"guardrails": {**WORDS, "latency": "\n"}}, {"guardrails.latency"}),
        ({"guardrails": {**WORDS, "coldness": "Fine."}}, {"guardrails.coldness"}),
        ({"guardrails": {**WORDS, "latency": "x" * 2001}}, {"guardrails.latency"}),
    ],
)
def test_a_decision_speaks_of_each_guardrail_in_words(project: Any, wrong: dict[str, Any], fields: set[str]) -> None:
    assert refused(decide, experiment=stopped(project), **wrong) == fields


def test_a_decision_rests_on_the_latest_readout(project: Any) -> None:
    experiment = stopped(project)
    hour = datetime(2026, 5, 1, tzinfo=UTC)
    old, new = (
        Readout.objects.create(
            project=project, experiment=experiment, hour=hour + timedelta(hours=n), version="x", body={}
        )
        for n in range(2)
    )
    assert refused(decide, experiment=experiment, readout=old.pk) == {"readout"}
    assert refused(decide, experiment=experiment) == {"readout"}
    assert decide(experiment, readout=new.pk, choice="adopt", arm="candidate").readout == new.pk


def test_what_was_decided_is_not_decided_anew(project: Any) -> None:
    experiment = stopped(project)
    first = decide(experiment)
    assert refused(decide, experiment=experiment, choice="again") == {"state"}
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=first.pk).update(body={})


@pytest.mark.parametrize(
    "change",
    [{"plan": {}}, {"salt": "0" * 32}, {"key": "x"}, {"unit": "conversation"}, {"ramp": 0}],
    ids=lambda change: next(iter(change)),
)
def test_the_database_refuses_to_change_what_has_started(project: Any, change: dict[str, Any]) -> None:
    running(project)
    waiting = draft(project, "waiting")
    with pytest.raises(DatabaseError), transaction.atomic():
        Experiment.objects.filter(state=State.RUNNING).update(**change)
    assert Experiment.objects.filter(pk=waiting.pk).update(**change) == 1


def test_the_database_refuses_to_take_back_a_start(project: Any) -> None:
    experiment = running(project)
    for act in (
        lambda: Experiment.objects.filter(pk=experiment.pk).update(state=State.DRAFT, started_at=None),
        lambda: Experiment.objects.filter(pk=experiment.pk).delete(),
        lambda: Arm.objects.filter(experiment=experiment).update(share=1),
        lambda: Arm.objects.filter(experiment=experiment).delete(),
        lambda: Step.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_a_simulation_says_its_own_time_and_salt(project: Any) -> None:
    at = datetime(2026, 4, 1, tzinfo=UTC)
    experiment = draft(project, salt="5a" * 16)
    experimenting.start(experiment=experiment, by=None, at=at)
    experimenting.advance_ramp(experiment=experiment, by=None, to=5, at=at + timedelta(days=1))
    experiment = experimenting.stop(experiment=experiment, by=None, reason="Over.", at=at + timedelta(days=30))
    assert (experiment.salt, experiment.started_at) == ("5a" * 16, at)
    assert experiment.stopped_at == at + timedelta(days=30)
    assert [step.at.day for step in selectors.steps_of(experiment)] == [1, 2, 1]


def test_an_experiment_that_cannot_be_stopped_keeps_no_other_running(
    project: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, due = running(project, "broken"), running(project, "due")
    found = iter([ValueError("not a plan"), plans.Plan(ends_on=datetime.now(UTC).date())])

    def parse(_plan: Any) -> plans.Plan:
        one = next(found)
        if isinstance(one, Exception):
            raise one
        return one

    monkeypatch.setattr(ending, "parse", parse)
    assert ending.stop_due() == [due]
    assert f"the experiment {broken.key} was not stopped" in caplog.text
