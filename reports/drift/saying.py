"""What the API, the command and the pages say of monitors: one JSON object each."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import ngettext

from core.ledger import anchoring, thumbs
from core.ledger.models import DirtyBucket
from reports.drift import anchors, events
from reports.drift.taking import CLOCK
from reports.models import Alarm, DriftEvent, Monitor

STALE = "STALE"
_NEEDED = ("events", "sycophantic", "others")
_EXPLAINED = ("change_point", "change", "attribution", "kitagawa", "contributors", "fault")


def monitor_json(monitor: Monitor, alarm: Alarm | None, *, stale: bool) -> dict[str, Any]:
    """One monitor and its standing alarm, if there is one. The timeline and segments are in `timeline_json`."""
    reading = monitor.reading or {}
    body = alarm.body if alarm else {}
    return {
        "state": STALE if stale else monitor.standing,
        "since": monitor.since.isoformat() if monitor.since else None,
        "since_event": reading.get("since"),
        "events": reading.get("events", 0),
        "last_event": monitor.last_number,
        "needed": monitor.needed or None,
        "fault": monitor.fault or None,
        "value": reading.get("value"),
        "statistic": reading.get("statistic"),
        "threshold": reading.get("threshold"),
        "warning": reading.get("warning"),
        "alarm": str(alarm.pk) if alarm else None,
        "change_point": body.get("change_point"),
        "attribution": body.get("attribution", []),
        "provisional": alarm.provisional if alarm else False,
        "suspected": (alarm.suspected if alarm else monitor.suspected) or None,
        "left_out": reading.get("left_out", {}),
        "declared": monitor.declared,
        "stepped_at": monitor.stepped_at.isoformat() if monitor.stepped_at else None,
    }


def timeline_json(monitor: Monitor) -> dict[str, Any]:
    """The points of a monitor's timeline, and what it says by segment."""
    reading = monitor.reading or {}
    return {"path": reading.get("path", []), "segments": reading.get("segments", {})}


def alarm_json(alarm: Alarm, *, named: bool) -> dict[str, Any]:
    """Everything an alarm says; with `named` false for those who may not see which bundle went live."""
    lives = alarm.body.get("go_lives") or []
    return {
        "id": str(alarm.pk),
        "monitor": alarm.monitor.key,
        "run": alarm.run,
        "event": alarm.number,
        "at": alarm.at.isoformat(),
        "raised_at": alarm.raised_at.isoformat(),
        "suspect_from": alarm.suspect_from.isoformat(),
        "closed_at": alarm.closed_at.isoformat() if alarm.closed_at else None,
        "provisional": alarm.provisional,
        "suspected": alarm.suspected or None,
        "statistic": alarm.body.get("statistic"),
        "threshold": alarm.body.get("threshold"),
        "go_lives": [{**one, "bundle": one["bundle"] if named else "", "source": ""} for one in lives],
        **{name: alarm.body.get(name) for name in _EXPLAINED},
    }


def line(key: str, said: dict[str, Any]) -> str:
    """One monitor's `monitor_json` in a line for a terminal."""
    words = f"{key} {said['state']}"
    if said["needed"]:
        missing = [f"{said['needed'][kind]} more {kind}" for kind in _NEEDED if said["needed"].get(kind)]
        words += f": {', '.join(missing)} needed"
    elif said["statistic"] is not None:
        words += f": {said['statistic']:.4g} of {said['threshold']:.4g} after {said['events']} thumbs"
    if said["suspected"]:
        words += f"; {said['suspected'].replace('_', ' ')} suspected"
    return f"{words}. {said['fault']}" if said["fault"] else f"{words}."


def monitors_json(monitors: list[Monitor]) -> dict[str, dict[str, Any]]:
    """{key: `monitor_json`} of the monitors of one project."""
    stored = [one.pk for one in monitors if not one._state.adding]
    standing = Alarm.objects.filter(monitor__in=stored, closed_at=None).order_by("pk")
    alarms = {alarm.monitor_id: alarm for alarm in standing}
    late = stale(monitors)
    found = {one.key: monitor_json(one, alarms.get(one.pk), stale=one.key in late) for one in monitors}
    back, wrong = _clock(monitors[0].project_id) if monitors else (0, False)
    for key, said in found.items() if back else ():
        if key != anchors.KEY:
            said["left_out"] = {**said["left_out"], CLOCK: back}
            said["fault"] = said["fault"] or (_clock_back(back) if wrong else None)
    return found


def stale(monitors: list[Monitor]) -> set[str]:
    """The keys of those that have not been stepped for three intervals although something waits in their log."""
    before = timezone.now() - timedelta(seconds=3 * settings.DRIFT_STEP_SECONDS)
    asleep = [one for one in monitors if one.stepped_at is None or one.stepped_at < before]
    of_anchors = [one for one in asleep if one.key == anchors.KEY]
    of_thumbs = [one for one in asleep if one.key != anchors.KEY]
    return {
        *_behind(of_anchors, anchoring.SCOPE, anchors.last_number, before),
        *_behind(of_thumbs, thumbs.SCOPE, events.last_number, before),
    }


def _behind(asleep: list[Monitor], scope: str, newest: Callable[[UUID], int], before: datetime) -> set[str]:
    """The keys of those for which something waits in the log that they read."""
    if not asleep:
        return set()
    project = asleep[0].project_id
    # Nobody has taken in what was said: who knows what is in it.
    if DirtyBucket.objects.filter(scope=scope, project=project, marked_at__lt=before).exists():
        return {one.key for one in asleep}
    started = [one for one in asleep if one.state is not None]
    last = newest(project) if started else 0
    return {one.key for one in started if one.last_number < last}


def _clock(project: UUID) -> tuple[int, bool]:
    """How many events have no number because a clock went back, and whether none has got one since."""
    log = DriftEvent.objects.filter(project=project)
    back = log.filter(number=None).aggregate(count=Count("pk"), last=Max("taken_at"))
    if not back["count"]:
        return 0, False
    right = log.filter(number__isnull=False).order_by("-number").values_list("taken_at", flat=True).first()
    return back["count"], right is None or right <= back["last"]


def _clock_back(count: int) -> str:
    return ngettext(
        "%(count)d labelled thumb was ready more than a day before others that had been read: a clock went back, or it "
        "came late. It is left out.",
        "%(count)d labelled thumbs were ready more than a day before others that had been read: a clock went back, or "
        "they came late. They are left out.",
        count,
    ) % {"count": count}
