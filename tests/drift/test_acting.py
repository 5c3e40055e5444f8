"""What people do about an alarm: once each, recorded for good, by those who may."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import Http404

from core.accounts import audit
from core.accounts.models import AuditEvent
from reports import acts
from reports.drift import acting, selectors
from reports.faults import Refused
from reports.models import Alarm, AlarmAction, Monitor, RecipeVersion
from reports.recipes import add_version
from reports.registry import register_signal
from stats.mixtures import Change
from tests.drift.alarms import CHANGE, alarm_of, member

pytestmark = pytest.mark.django_db
VERBS: dict[str, Callable[..., AlarmAction]] = {
    "triage": lambda **given: acting.triage(verdict="bias_drift", **given),
    "thumbs_off": acting.switch_thumbs_off,
    "block_exports": acting.block_exports,
    "raise_gold": acting.raise_gold,
    "ask_incident": acting.ask_incident,
    "reset": acting.reset,
}


@pytest.fixture
def alarm(project: Any) -> Alarm:
    return alarm_of(project)


@pytest.fixture
def lead(ml_lead: Any, project: Any) -> Any:
    return member(ml_lead, project, "ml_lead")


@pytest.fixture
def recipes(project: Any) -> None:
    for key, kind, direction in (
        ("primary", "reward_model", 1),
        ("length", "rule", -1),
        ("thumbs", "thumbs", 1),
        ("hearts", "thumbs", 1),
    ):
        register_signal(project=project, who=None, key=key, name=key, kind=kind, direction=direction)
    add_version(project=project, who=None, recipe="old", weights={"primary": 1.0})
    add_version(
        project=project,
        who=None,
        recipe="mixed",
        weights={"primary": 0.4, "length": -0.2, "thumbs": 0.3, "hearts": 0.1},
        changes=[Change("thumbs", ("thumbs", "hearts"))],
    )
    add_version(project=project, who=None, recipe="only", weights={"thumbs": 1.0})


def newest(name: str) -> RecipeVersion:
    return RecipeVersion.objects.filter(recipe__name=name).latest("number")


@pytest.mark.parametrize("kind", VERBS)
def test_an_act_is_recorded_once_with_who_and_why_and_an_audit_event(kind: str, alarm: Alarm, lead: Any) -> None:
    first = VERBS[kind](alarm=alarm, member=lead, reason=" because ")
    again = VERBS[kind](alarm=alarm, member=lead, reason="because")
    assert first.pk == again.pk
    action = AlarmAction.objects.get()
    assert (action.kind, action.by, action.reason, action.alarm_id) == (kind, lead.user.pk, "because", alarm.pk)
    events = AuditEvent.objects.filter(project=alarm.project, verb__startswith="drift.")
    assert [(event.object, event.who) for event in events] == [(str(alarm.pk), lead.user.pk)]
    assert events[0].data["action"] == str(action.pk)
    assert "because" not in str(events[0].data)
    assert audit.broken(alarm.project) is None


@pytest.mark.parametrize("kind", VERBS)
@pytest.mark.parametrize("role", ["reviewer", "expert", "rater", "volunteer"])
def test_who_may_not_act_finds_no_alarm(kind: str, role: str, alarm: Alarm, make_member: Any) -> None:
    with pytest.raises(Http404):
        VERBS[kind](alarm=alarm, member=member(make_member(role), alarm.project, role), reason="because")
    assert not AlarmAction.objects.exists()


@pytest.mark.parametrize("kind", VERBS)
def test_another_projects_alarm_does_not_exist(kind: str, alarm: Alarm, stranger: Any, other_project: Any) -> None:
    with pytest.raises(Http404):
        VERBS[kind](alarm=alarm, member=member(stranger, other_project, "owner"), reason="because")
    assert not AlarmAction.objects.exists()


@pytest.mark.parametrize("kind", VERBS)
def test_a_reason_that_is_too_long_is_refused(kind: str, alarm: Alarm, lead: Any) -> None:
    with pytest.raises(Refused, match="reason"):
        VERBS[kind](alarm=alarm, member=lead, reason="x" * 2_001)
    assert not AlarmAction.objects.exists()


def test_the_last_verdict_stands_and_those_before_it_stay(alarm: Alarm, lead: Any, owner: Any) -> None:
    acting.triage(alarm=alarm, member=lead, verdict="bias_drift")
    acting.triage(alarm=alarm, member=member(owner, alarm.project, "owner"), verdict="known_launch", reason="v43")
    acting.triage(alarm=alarm, member=lead, verdict="bias_drift")
    said = AlarmAction.objects.filter(kind="triage").order_by("pk")
    assert [one.verdict for one in said] == ["bias_drift", "known_launch", "bias_drift"]


def test_a_verdict_that_does_not_exist_is_refused(alarm: Alarm, lead: Any) -> None:
    with pytest.raises(Refused, match="verdict"):
        acting.triage(alarm=alarm, member=lead, verdict="whatever")


def test_thumbs_weigh_nothing_in_the_next_version_of_each_recipe_that_has_them(
    alarm: Alarm, lead: Any, recipes: None
) -> None:
    action = acting.switch_thumbs_off(alarm=alarm, member=lead)
    mixed = newest("mixed")
    assert mixed.number == 2
    assert mixed.weights == pytest.approx({"primary": 2 / 3, "length": -1 / 3, "thumbs": 0, "hearts": 0})
    assert mixed.changes == [{"name": "thumbs", "signals": ["thumbs", "hearts"]}]
    assert mixed.made_by == lead.user.pk
    assert "M1" in mixed.note
    assert (newest("old").number, newest("only").number) == (1, 1)
    assert action.data == {"recipes": {"mixed": 2}, "only_thumbs": ["only"]}
    acting.switch_thumbs_off(alarm=alarm, member=lead)
    assert newest("mixed").number == 2
    off = selectors.thumbs_switched_off(alarm.project)
    assert off is not None
    assert off.pk == action.pk


def test_thumbs_that_a_recipe_took_up_again_are_switched_off_again(alarm: Alarm, lead: Any, recipes: None) -> None:
    project = alarm.project
    first = acting.switch_thumbs_off(alarm=alarm, member=lead)
    assert offered(alarm, lead) == (False, [])
    add_version(project=project, who=None, recipe="mixed", weights={"primary": 0.5, "thumbs": 0.5})
    assert offered(alarm, lead) == (True, ["Recipes that weigh users' thumbs again since then: mixed."])
    again = acting.switch_thumbs_off(alarm=alarm, member=lead)
    assert again.pk != first.pk
    assert again.data["recipes"] == {"mixed": 4}
    assert newest("mixed").weights["thumbs"] == 0
    assert offered(alarm, lead) == (False, [])


def offered(alarm: Alarm, lead: Any) -> tuple[bool, list[str]]:
    """Whether the page offers to switch thumbs off, and what it says of recipes that weigh them again."""
    kinds = {one.kind for one in acts.acts_of(lead, alarm, {})}
    return "thumbs_off" in kinds, [note for note in acts.notes_of(lead) if "again" in note]


def test_a_recipe_whose_newest_version_has_no_thumbs_gets_no_other(alarm: Alarm, lead: Any, recipes: None) -> None:
    project = alarm.project
    add_version(project=project, who=None, recipe="mixed", weights={"primary": 1.0, "thumbs": 0.0})
    assert acting.switch_thumbs_off(alarm=alarm, member=lead).data["recipes"] == {}
    assert newest("mixed").number == 2


def test_a_block_outlasts_the_alarm_and_its_window_ends_with_it(alarm: Alarm, lead: Any) -> None:
    acting.block_exports(alarm=alarm, member=lead)
    acting.reset(alarm=alarm, member=lead, reason="new launch")
    [window] = selectors.blocked_windows(alarm.project)
    alarm.refresh_from_db()
    assert (window.start, window.end, window.blocked) == (CHANGE, alarm.closed_at, True)


def test_without_a_block_the_window_ends_with_the_alarm(alarm: Alarm, lead: Any) -> None:
    assert len(selectors.blocked_windows(alarm.project)) == 1
    acting.reset(alarm=alarm, member=lead, reason="new launch")
    assert selectors.blocked_windows(alarm.project) == []


def test_asked_incidents_are_a_state_for_those_above_which_outlasts_the_alarm(alarm: Alarm, lead: Any) -> None:
    assert selectors.incidents_asked(alarm.project) == []
    asked = acting.ask_incident(alarm=alarm, member=lead, reason="seen on a customer's site")
    acting.reset(alarm=alarm, member=lead, reason="over")
    assert selectors.incidents_asked(alarm.project) == [asked]


def test_a_reset_closes_the_alarm_and_starts_its_monitor_anew(alarm: Alarm, lead: Any) -> None:
    acting.reset(alarm=alarm, member=lead, reason="new launch", wanted={"tolerance": 0.1})
    alarm.refresh_from_db()
    monitor = Monitor.objects.get(pk=alarm.monitor_id)
    assert alarm.closed_at is not None
    assert (monitor.standing, monitor.state, monitor.run) == ("WARMING_UP", None, 2)
    assert monitor.declared["tolerance"] == 0.1
    acting.reset(alarm=alarm, member=lead, reason="new launch")
    monitor.refresh_from_db()
    assert monitor.run == 2


def test_a_reset_needs_a_reason(alarm: Alarm, lead: Any) -> None:
    with pytest.raises(Refused, match="reason"):
        acting.reset(alarm=alarm, member=lead, reason="  ")
    alarm.refresh_from_db()
    assert alarm.closed_at is None


@pytest.mark.parametrize("kind", ["thumbs_off", "raise_gold", "reset"])
def test_what_only_a_standing_alarm_asks_for_is_refused_once_it_is_closed(kind: str, alarm: Alarm, lead: Any) -> None:
    Alarm.objects.filter(pk=alarm.pk).update(closed_at=alarm.at)
    with pytest.raises(Refused, match="closed"):
        VERBS[kind](alarm=alarm, member=lead, reason="because")
    assert not AlarmAction.objects.exists()
