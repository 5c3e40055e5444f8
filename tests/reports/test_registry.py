"""Signals are registered once, under a key that stays; what is wrong is named by its field."""

from typing import Any

import pytest

from core.accounts.models import AuditEvent
from reports.faults import Refused
from reports.models import RewardSignal
from reports.registry import change_signal, register_signal

GOOD: dict[str, Any] = {"key": "primary", "name": "Primary", "kind": "reward_model"}


def test_a_signal_is_registered_and_leaves_a_trace(project: Any, ml_lead: Any) -> None:
    made = register_signal(project=project, who=ml_lead, **GOOD, direction=-1, unit="logits", is_brake=True)
    made.refresh_from_db()
    assert (made.key, made.direction, made.unit, made.is_brake) == ("primary", -1, "logits", True)
    event = AuditEvent.objects.get(project=project, verb="signal.registered")
    assert (event.who, event.object) == (ml_lead.pk, "primary")
    assert event.data == {"kind": "reward_model", "direction": -1, "is_brake": True}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", ""),
        ("key", "Primary"),
        ("key", "a.b"),
        ("key", "x" * 61),
        ("name", "  "),
        ("name", "x" * 121),
        ("kind", "magic"),
        ("direction", 0),
        ("source", "x" * 201),
        ("unit", "x" * 61),
    ],
)
def test_what_is_wrong_with_a_signal_is_named_by_its_field(project: Any, field: str, value: Any) -> None:
    with pytest.raises(Refused) as refused:
        register_signal(project=project, who=None, **{**GOOD, field: value})
    assert list(refused.value.faults) == [field]
    assert not RewardSignal.objects.exists()
    assert not AuditEvent.objects.filter(verb="signal.registered").exists()


def test_a_key_is_taken_once_in_a_project(project: Any, other_project: Any) -> None:
    register_signal(project=project, who=None, **GOOD)
    with pytest.raises(Refused, match="key: There is a signal"):
        register_signal(project=project, who=None, **GOOD)
    register_signal(project=other_project, who=None, **GOOD)
    assert RewardSignal.objects.count() == 2


def test_what_may_change_of_a_signal_changes_with_a_trace(project: Any, ml_lead: Any) -> None:
    signal = register_signal(project=project, who=None, **GOOD)
    changed = change_signal(signal=signal, who=ml_lead, name="Primary", unit="nats", is_brake=True)
    assert (changed.unit, changed.is_brake) == ("nats", True)
    event = AuditEvent.objects.get(project=project, verb="signal.changed")
    assert event.data == {"fields": ["is_brake", "unit"], "is_brake": True}
    change_signal(signal=signal, who=ml_lead, unit="nats")
    assert AuditEvent.objects.filter(verb="signal.changed").count() == 1
    with pytest.raises(Refused, match="name"):
        change_signal(signal=signal, who=None, name="")
    with pytest.raises(TypeError, match="direction"):
        change_signal(signal=signal, who=None, direction=-1)
