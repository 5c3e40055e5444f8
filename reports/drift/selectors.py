"""What a member sees of monitors and alarms, and what other apps ask of them; another project's do not exist.

Each function with a Member takes one that `core.accounts.access.member_of` made with `Right.SEE_REPORTS`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from core.accounts.access import Member
from core.accounts.models import Project
from reports.drift.declaring import default_of
from reports.models import Alarm, AlarmAction, DriftEvent, Monitor
from stats.monitoring.declared import KEYS


@dataclass(frozen=True, slots=True)
class Window:
    """Thumbs said from `start` on, until `end` if there is one, are in doubt because of this alarm."""

    alarm: UUID
    monitor: str
    start: datetime
    end: datetime | None
    blocked: bool


def monitors_of(member: Member) -> list[Monitor]:
    """All ten monitors in their order; one that has not been started is made up, as it would be, and not saved."""
    stored = {one.key: one for one in Monitor.objects.filter(project=member.project).select_related("owner")}
    return [stored.get(key) or _not_yet(member.project, key) for key in KEYS]


def monitor_for(member: Member, key: str) -> Monitor:
    """The monitor with this key, as `monitors_of` has it. Raises Http404."""
    if key not in KEYS:
        raise Http404("No such monitor.")
    stored = Monitor.objects.filter(project=member.project, key=key).select_related("owner").first()
    return stored or _not_yet(member.project, key)


def alarms_of(member: Member, key: str | None = None) -> "QuerySet[Alarm]":
    """The project's alarms, of one monitor if a key is given, the newest first."""
    alarms = Alarm.objects.filter(project=member.project).select_related("monitor").order_by("-pk")
    return alarms if key is None else alarms.filter(monitor__key=key)


def alarm_for(member: Member, pk: UUID) -> Alarm:
    """An alarm of the project. Raises Http404."""
    found = alarms_of(member).filter(pk=pk).first()
    if found is None:
        raise Http404("No such alarm.")
    return found


def actions_of(alarm: Alarm) -> "QuerySet[AlarmAction]":
    """What was done about an alarm, the newest first; whoever has the alarm may see it."""
    return AlarmAction.objects.filter(alarm=alarm).order_by("-pk")


def events_of(member: Member, numbers: list[int]) -> list[DriftEvent]:
    """The events with these numbers, in the order of the numbers."""
    found = DriftEvent.objects.filter(project=member.project, number__in=numbers)
    place = {number: at for at, number in enumerate(numbers)}
    return sorted(found, key=lambda event: place[event.number or 0])


def standing_alarm(project: Project, key: str) -> Alarm | None:
    """The monitor's alarm that is not closed, None if there is none."""
    return Alarm.objects.filter(project=project, monitor__key=key, closed_at=None).order_by("-pk").first()


def blocked_windows(project: Project) -> list[Window]:
    """From when to when users' thumbs are kept out of exports, oldest first.

    While an alarm of M1 stands, and for good where a person blocked an alarm's exports.
    """
    block = AlarmAction.objects.filter(alarm=OuterRef("pk"), kind=AlarmAction.Kind.BLOCK_EXPORTS)
    alarms = Alarm.objects.filter(project=project).select_related("monitor").annotate(blocked=Exists(block))
    alarms = alarms.filter(Q(monitor__key="M1", closed_at=None) | Q(blocked=True)).order_by("suspect_from")
    return [Window(one.pk, one.monitor.key, one.suspect_from, one.closed_at, one.blocked) for one in alarms]


def thumbs_switched_off(project: Project) -> AlarmAction | None:
    """The action that took users' thumbs out of the recipes, while its alarm stands; None if there is none."""
    off = AlarmAction.objects.filter(project=project, kind=AlarmAction.Kind.THUMBS_OFF, alarm__closed_at=None)
    return off.select_related("alarm__monitor").order_by("-pk").first()


def incidents_asked(project: Project) -> list[AlarmAction]:
    """The actions that ask for an incident, the newest first; nothing here answers them."""
    asked = AlarmAction.objects.filter(project=project, kind=AlarmAction.Kind.ASK_INCIDENT)
    return list(asked.select_related("alarm__monitor").order_by("-pk"))


def _not_yet(project: Project, key: str) -> Monitor:
    return Monitor(project=project, key=key, declared=default_of(key).as_json())
