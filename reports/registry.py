"""The register of reward signals: what a trainer may reward, under which key."""

from collections.abc import Collection
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.accounts import audit
from core.accounts.models import Project, User
from core.catalog.pools import SIGNAL_KEY
from reports.faults import Refused
from reports.models import RewardSignal

_CHANGEABLE = frozenset({"name", "source", "unit", "is_brake", "note"})
_LONGEST = {"name": 120, "source": 200, "unit": 60}


def register_signal(
    *,
    project: Project,
    who: User | None,
    key: str,
    name: str,
    kind: str,
    source: str = "",
    direction: int = 1,
    unit: str = "",
    is_brake: bool = False,
    note: str = "",
) -> RewardSignal:
    """A new signal of the project. Its key, kind and direction stay as they are. Raises Refused."""
    faults = _faults_of(name=name, source=source, unit=unit)
    if not SIGNAL_KEY.fullmatch(key):
        faults["key"] = _(
            "%(key)r cannot be a signal's key: use up to 60 lower-case letters, digits, hyphens and underscores, "
            "with a letter or digit first and last."
        ) % {"key": key}
    if kind not in RewardSignal.Kind.values:
        faults["kind"] = _not_one_of(kind, RewardSignal.Kind.values)
    if direction not in RewardSignal.Direction.values:
        faults["direction"] = _not_one_of(direction, RewardSignal.Direction.values)
    if faults:
        raise Refused(faults)
    signal = RewardSignal(project=project, key=key, name=name, kind=kind, source=source, direction=direction)
    signal.unit, signal.is_brake, signal.note = unit, is_brake, note
    try:
        with transaction.atomic():
            signal.save(force_insert=True)
            data = {"kind": kind, "direction": direction, "is_brake": is_brake}
            audit.record(project=project, who=who, verb="signal.registered", object=key, data=data)
    except IntegrityError:
        if not RewardSignal.objects.filter(project=project, key=key).exists():
            raise
        taken = _("There is a signal with the key %(key)r already; choose another key.") % {"key": key}
        raise Refused({"key": taken}) from None
    return signal


def change_signal(*, signal: RewardSignal, who: User | None, **fields: Any) -> RewardSignal:
    """Change a signal's name, source, unit, note or whether it is a brake; returns it as it now is. Raises Refused."""
    unknown = fields.keys() - _CHANGEABLE
    if unknown:
        raise TypeError(f"fields of a signal that cannot be changed: {', '.join(sorted(unknown))}")
    faults = _faults_of(**{name: value for name, value in fields.items() if name in _LONGEST})
    if faults:
        raise Refused(faults)
    with transaction.atomic():
        locked = RewardSignal.objects.select_for_update().select_related("project").get(pk=signal.pk)
        changed = sorted(name for name, value in fields.items() if getattr(locked, name) != value)
        if changed:
            for name in changed:
                setattr(locked, name, fields[name])
            locked.save(update_fields=changed)
            data: dict[str, Any] = {"fields": changed}
            if "is_brake" in changed:
                data["is_brake"] = locked.is_brake
            audit.record(project=locked.project, who=who, verb="signal.changed", object=locked.key, data=data)
    return locked


def _faults_of(**texts: str) -> dict[str, str]:
    faults = {}
    for field, text in texts.items():
        if len(text) > _LONGEST[field]:
            faults[field] = _("This has %(length)d characters; shorten it to %(longest)d.") % {
                "length": len(text),
                "longest": _LONGEST[field],
            }
    if "name" in texts and not texts["name"].strip():
        faults["name"] = _("A signal needs a name.")
    return faults


def _not_one_of(value: object, allowed: Collection[object]) -> str:
    return _("%(value)r is not one of %(allowed)s.") % {"value": value, "allowed": ", ".join(map(str, allowed))}
