"""What people do about an alarm: each act is recorded once and for good, with an audit event, and tells who and why.

Each verb takes the Member who acts and an alarm of their project; who may not act finds no alarm (Http404). Done twice,
an act changes nothing and the first one is returned.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from core.accounts import audit
from core.accounts.access import Member, Right
from core.accounts.models import User
from core.tables import locks
from reports.drift import sparing
from reports.drift.restarting import restart
from reports.faults import Refused
from reports.models import Alarm, AlarmAction

RIGHT = Right.MANAGE_RECIPES
LONGEST_REASON = 2000
Kind = AlarmAction.Kind
_VERBS: dict[str, str] = {
    Kind.TRIAGE: "drift.triaged",
    Kind.THUMBS_OFF: "drift.thumbs_off",
    Kind.BLOCK_EXPORTS: "drift.exports_blocked",
    Kind.RAISE_GOLD: "drift.gold_raised",
    Kind.ASK_INCIDENT: "drift.incident_asked",
    Kind.RESET: "drift.reset",
    Kind.OVERRIDE: "drift.overridden",
}


def triage(*, alarm: Alarm, member: Member, verdict: str, reason: str = "") -> AlarmAction:
    """Say what the alarm is; a later verdict stands in the place of an earlier one. Raises Refused."""
    if verdict not in AlarmAction.Verdict.values:
        raise Refused({"verdict": _("Choose what the alarm is.")})
    with transaction.atomic():
        locked = _locked(alarm, member, reason)
        last = _last(locked, Kind.TRIAGE)
        if last is not None and (last.verdict, last.reason) == (verdict, reason.strip()):
            return last
        return _record(locked, member, Kind.TRIAGE, reason, verdict=verdict)


def switch_thumbs_off(*, alarm: Alarm, member: Member, reason: str = "") -> AlarmAction:
    """Give users' thumbs the weight 0 in a new version of every recipe that has some; the other weights grow alike.

    The action's `data` is {"recipes": {name: the new version's number}, "only_thumbs": [names]}: a recipe that is made
    of thumbs alone stays as it is. Done again, it is recorded again if recipes had come to weigh thumbs in between.
    Raises Refused where the alarm is closed.
    """
    with transaction.atomic():
        locked = _locked(alarm, member, reason)
        done = _last(locked, Kind.THUMBS_OFF)
        if done is not None and locked.closed_at is not None:
            return done
        _standing(locked)
        spared = sparing.spare_recipes(project=locked.project, who=member.user, note=_note(locked))
        if done is not None and not spared["recipes"]:
            return done
        return _record(locked, member, Kind.THUMBS_OFF, reason, data=spared)


def block_exports(*, alarm: Alarm, member: Member, reason: str = "") -> AlarmAction:
    """Keep the thumbs of the alarm's window out of exports for good, also once the alarm is closed."""
    with transaction.atomic():
        locked = _locked(alarm, member, reason)
        return _last(locked, Kind.BLOCK_EXPORTS) or _record(locked, member, Kind.BLOCK_EXPORTS, reason)


def raise_gold(*, alarm: Alarm, member: Member, reason: str = "") -> AlarmAction:
    """Have raters get more tasks with a known answer while the alarm stands. Raises Refused where it is closed."""
    with transaction.atomic():
        locked = _locked(alarm, member, reason)
        done = _last(locked, Kind.RAISE_GOLD)
        if done is not None:
            return done
        _standing(locked)
        return _record(locked, member, Kind.RAISE_GOLD, reason)


def ask_incident(*, alarm: Alarm, member: Member, reason: str = "") -> AlarmAction:
    """Ask for an incident to be opened about the alarm."""
    with transaction.atomic():
        locked = _locked(alarm, member, reason)
        return _last(locked, Kind.ASK_INCIDENT) or _record(locked, member, Kind.ASK_INCIDENT, reason)


def reset(*, alarm: Alarm, member: Member, reason: str, wanted: Mapping[str, Any] | None = None) -> AlarmAction:
    """Close the alarm and give its monitor a new reference, which begins with the next event. Raises Refused.

    `wanted` changes what the monitor is told (see `restarting.restart`).
    """
    if not reason.strip():
        raise Refused({"reason": _("Say why the monitor gets a new reference.")})
    with transaction.atomic():
        # Whoever steps the monitors holds this lock when it changes an alarm, so it comes before the alarm's own.
        locks.wait_for(f"drift {alarm.project_id}")
        locked = _locked(alarm, member, reason)
        done = _last(locked, Kind.RESET)
        if done is not None:
            return done
        _standing(locked)
        restart(monitor=locked.monitor, who=member.user, reason=reason.strip(), wanted=dict(wanted or {}) or None)
        return _record(locked, member, Kind.RESET, reason)


def note_override(*, alarm: Alarm, by: User | None, reason: str, data: Mapping[str, Any]) -> AlarmAction:
    """Record that thumbs of the alarm's window were exported all the same; in the transaction that publishes them."""
    return _write(alarm, by, Kind.OVERRIDE, reason, data=data)


def _locked(alarm: Alarm, member: Member, reason: str) -> Alarm:
    """The alarm as it is now, until the transaction ends nobody else's to act on. Raises Http404 and Refused."""
    if not member.may(RIGHT) or alarm.project_id != member.project.pk:
        raise Http404("No such alarm.")
    if len(reason) > LONGEST_REASON:
        words = _("This has %(length)d characters; shorten it to %(longest)d.")
        raise Refused({"reason": words % {"length": len(reason), "longest": LONGEST_REASON}})
    alarms = Alarm.objects.select_for_update(of=("self",), no_key=True).select_related("monitor", "project")
    return alarms.get(pk=alarm.pk)


def _standing(alarm: Alarm) -> None:
    if alarm.closed_at is not None:
        raise Refused({"alarm": _("This alarm is closed: its monitor has a new reference.")})


def _last(alarm: Alarm, kind: str) -> AlarmAction | None:
    return AlarmAction.objects.filter(alarm=alarm, kind=kind).order_by("-pk").first()


def _record(
    alarm: Alarm, member: Member, kind: Kind, reason: str, *, verdict: str = "", data: Mapping[str, Any] | None = None
) -> AlarmAction:
    return _write(alarm, member.user, kind, reason, verdict=verdict, data=data)


def _write(
    alarm: Alarm, by: User | None, kind: Kind, reason: str, *, verdict: str = "", data: Mapping[str, Any] | None = None
) -> AlarmAction:
    action = AlarmAction.objects.create(
        project=alarm.project,
        alarm=alarm,
        kind=kind,
        verdict=verdict,
        reason=reason.strip(),
        data=dict(data or {}),
        by=by.pk if by else None,
    )
    # The reason stays out of the trail, which nobody can change: people write names into reasons.
    said = {"action": str(action.pk), "monitor": alarm.monitor.key, **({"verdict": verdict} if verdict else {})}
    audit.record(project=alarm.project, who=by, verb=_VERBS[kind], object=str(alarm.pk), data={**said, **action.data})
    return action


def _note(alarm: Alarm) -> str:
    return _("Users' thumbs switched off after the alarm of %(monitor)s on %(day)s.") % {
        "monitor": alarm.monitor.key,
        "day": alarm.at.date().isoformat(),
    }
