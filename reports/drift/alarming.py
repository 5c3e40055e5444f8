"""What is behind an alarm, as far as the events tell: found when it is raised, and again until it is settled.

An explanation is of the events until the alarm, then until PACE more, and so on: the last of them is the first that is
no longer provisional. So it does not matter in which steps the events came.
"""

import logging
from typing import Any

import numpy as np
from django.db import DatabaseError

from core.accounts.models import Project
from core.catalog.models import GoLive
from reports.drift import anchors, events
from reports.models import Alarm, DriftEvent, Monitor
from stats.explaining import suspecting
from stats.explaining.explain import explain
from stats.monitoring.all import MONITORS
from stats.monitoring.declared import Declared
from stats.thumbed import Thumbed

logger = logging.getLogger(__name__)

PACE = 1000
"""Events after which an explanation that is provisional is made again."""

FURTHEST = 100_000
"""Events before the alarm that are read; five times what a monitor runs for without a change says where it was."""

_MOMENTS = ("at", "low_at", "high_at")


def explain_standing(project: Project) -> None:
    """Explain the project's standing alarms that are not settled yet, and say what is suspected of each.

    In the caller's transaction.
    """
    raters = _raters(project)
    standing = Alarm.objects.select_related("monitor").filter(project=project, closed_at=None).order_by("pk")
    for alarm in standing:
        before = (alarm.body, alarm.provisional, alarm.suspected)
        if alarm.provisional:
            _settle(alarm, events.last_number(project.pk), raters)
        alarm.suspected = _suspected(alarm, raters)
        if before != (alarm.body, alarm.provisional, alarm.suspected):
            alarm.save(update_fields=["body", "provisional", "suspected", "suspect_from"])
        if alarm.monitor.suspected != alarm.suspected:
            Monitor.objects.filter(pk=alarm.monitor_id).update(suspected=alarm.suspected)


def _settle(alarm: Alarm, newest: int, raters: list[float]) -> None:
    """Explain the alarm from the events until its next round of them, and further while it stays provisional."""
    monitor = alarm.monitor
    if monitor.key not in MONITORS:
        alarm.provisional = False
        return
    reach = alarm.body.get("until")
    until = alarm.number if reach is None else reach + PACE
    if until > newest:
        return
    assert monitor.reference_last is not None
    reference = events.read(alarm.project_id, monitor.first_number, monitor.reference_last)
    while alarm.provisional and until <= newest:
        begin = max(monitor.reference_last + 1, alarm.number - FURTHEST)
        since = events.read(alarm.project_id, begin, until)
        try:
            found = _found(alarm, reference, since, begin, raters)
        except DatabaseError:
            raise
        except Exception as error:
            logger.exception("alarm %s is not explained", alarm.pk)
            found = {"fault": f"It could not be explained ({type(error).__name__}: {error}).", "provisional": True}
        _write(alarm, found, until)
        until += PACE


def _found(alarm: Alarm, reference: Thumbed, since: Thumbed, begin: int, raters: list[float]) -> dict[str, Any]:
    monitor = alarm.monitor
    assert monitor.state is not None
    return explain(
        MONITORS[monitor.key],
        Declared.from_json(monitor.declared),
        monitor.state,
        reference=reference,
        since=since,
        numbers=np.arange(len(since), dtype=np.int64) + begin,
        alarmed=alarm.number,
        raters=raters,
    )


def _write(alarm: Alarm, found: dict[str, Any], until: int) -> None:
    kept = {name: alarm.body[name] for name in ("statistic", "threshold") if name in alarm.body}
    alarm.provisional = found.pop("provisional")
    point = found.get("change_point")
    if point is not None:
        alarm.suspect_from = _said_at(alarm, point["event"])
        found["go_lives"] = _go_lives(alarm, point["at"])
        found["change_point"] = {
            name: events.time_of(value).isoformat() if name in _MOMENTS else value for name, value in point.items()
        }
        found["window"] = {"from": point["low_at"], "to": float(alarm.at.timestamp())}
    alarm.body = {**kept, **found, "until": until}


def _said_at(alarm: Alarm, number: int) -> Any:
    return DriftEvent.objects.values_list("said_at", flat=True).get(project=alarm.project_id, number=number)


def _go_lives(alarm: Alarm, change: float) -> list[dict[str, Any]]:
    """What went live near the change, the nearest first."""
    rows = list(GoLive.objects.filter(project=alarm.project_id).select_related("bundle").order_by("at", "pk"))
    places = suspecting.near([row.at.timestamp() for row in rows], change)
    near = [rows[place] for place in places]
    return [
        {"at": row.at.isoformat(), "share": row.share, "bundle": row.bundle.name, "source": row.source} for row in near
    ]


def _raters(project: Project) -> list[float]:
    """When raters changed on the anchors (seconds): alarms of their monitor that are not closed."""
    alarms = Alarm.objects.filter(project=project, monitor__key=anchors.KEY, closed_at=None)
    return [at.timestamp() for at in alarms.values_list("at", flat=True)]


def _suspected(alarm: Alarm, raters: list[float]) -> str:
    """What the explanation suspects, unless raters have been found to have changed in its window since."""
    if alarm.monitor.key == anchors.KEY:
        return Monitor.Suspected.LABEL_DRIFT
    suspected: str = alarm.body.get("suspected") or alarm.suspected
    window = alarm.body.get("window")
    if window is None or suspected == Monitor.Suspected.DATA_FAULT:
        return suspected
    changed = suspecting.in_window(raters, change=window["from"], now=max([window["to"], *raters]))
    return Monitor.Suspected.LABEL_DRIFT if changed else suspected
