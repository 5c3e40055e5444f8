"""What the pages of monitors and alarms show: the bodies that pictures and sentences are made of.

A body is `saying.monitor_json` with the monitor's `key`, its timeline, what happened, and what it is measured against.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from core.accounts.access import RIGHTS, Member, Right
from core.accounts.models import Membership, User
from core.catalog.models import GoLive
from core.charts.chart import Provenance
from core.version import code_version
from reports.drift import saying, selectors
from reports.models import Alarm, Monitor

Body = dict[str, Any]

MAIN = "M1"
"""The monitor whose answer is the project's."""

MOST_WATCHES = 4
"""So many warnings are marked at most, the latest."""


def strip(member: Member) -> list[Body]:
    """All ten monitors as they stand, in their order, without their timelines."""
    monitors = selectors.monitors_of(member)
    said = saying.monitors_json(monitors)
    return [_with(one, said[one.key]) for one in monitors]


def monitor_body(member: Member, monitor: Monitor) -> Body:
    """One monitor with its timeline, its alarms and warnings, and what went live."""
    body = _with(monitor, saying.monitors_json([monitor])[monitor.key]) | saying.timeline_json(monitor)
    alarms = [] if monitor._state.adding else list(selectors.alarms_of(member, monitor.key))
    standing = next((one for one in alarms if one.closed_at is None), None)
    body["change"] = standing.body.get("change") if standing else None
    return body | around(member, body, alarms)


def around(member: Member, body: Mapping[str, Any], alarms: Sequence[Alarm]) -> Body:
    """What happened while a monitor watched: warnings, alarms, and what went live."""
    path = body.get("path") or ()
    marks = [{"kind": "watch", "at": at} for at in _watches(path)[-MOST_WATCHES:]]
    marks += [{"kind": "alarm", "at": alarm.at.isoformat()} for alarm in alarms if _within(alarm.at, path)]
    return {"marks": marks, "go_lives": go_lives(member)}


def go_lives(member: Member) -> list[Body]:
    """When which share of traffic a bundle got, in order; who may not see bundles is not told which."""
    rows = GoLive.objects.filter(project=member.project).select_related("bundle").order_by("at", "pk")
    named = member.may(Right.SEE_BUNDLES)
    return [{"at": row.at.isoformat(), "share": row.share, "bundle": row.bundle.name if named else ""} for row in rows]


def owners_of(member: Member) -> list[User]:
    """Who may own a monitor of the project: whoever sees its reports, by name."""
    roles = [role for role, rights in RIGHTS.items() if Right.SEE_REPORTS in rights]
    held = Membership.objects.filter(project=member.project, role__in=roles, ended_at=None, user__is_active=True)
    return list(User.objects.filter(pk__in=held.values("user")).order_by("name", "pk"))


def provenance(bodies: Sequence[Mapping[str, Any]]) -> Provenance:
    """Where the numbers come from: as of the last step."""
    stepped = [one["stepped_at"] for one in bodies if one.get("stepped_at")]
    return Provenance(as_of=datetime.fromisoformat(max(stepped)) if stepped else timezone.now(), code=code_version())


def _with(monitor: Monitor, said: Mapping[str, Any]) -> Body:
    needed = said["needed"]
    if monitor.standing == Monitor.Standing.WARMING_UP and not needed:
        needed = {"events": monitor.declared["reference"]}
    return {
        **said,
        "key": monitor.key,
        "standing": monitor.standing,
        # Thumbs that were left out because a clock went back are told as such: they are no reason to doubt the rest.
        "fault": monitor.fault or None,
        "needed": needed,
        "reference": (monitor.reading or {}).get("reference"),
        "lacks": (monitor.reading or {}).get("needed"),
        "owner": str(monitor.owner) if monitor.owner else "",
    }


def _watches(path: Sequence[Mapping[str, Any]]) -> list[float]:
    """When the early warning began, each time."""
    above = [(point.get("warning") or 0.0) >= 1.0 for point in path]
    return [point["at"] for point, was, now in zip(path, [False, *above], above, strict=False) if now and not was]


def _within(at: datetime, path: Sequence[Mapping[str, Any]]) -> bool:
    return bool(path) and path[0]["at"] <= at.timestamp()
