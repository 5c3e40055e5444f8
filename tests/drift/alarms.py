"""Alarms as the engine leaves them, without the eight thousand thumbs before each."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.accounts.access import Member
from reports.drift.declaring import monitors_for
from reports.models import Alarm, Monitor

CHANGE = datetime(2026, 5, 1, tzinfo=UTC)


def alarm_of(project: Any, key: str = "M1", *, suspect_from: datetime = CHANGE, **fields: Any) -> Alarm:
    """A standing alarm of this monitor, which thinks that something changed at `suspect_from`."""
    monitors_for(project)
    monitor = Monitor.objects.get(project=project, key=key)
    alarm = Alarm.objects.create(
        project=project,
        monitor=monitor,
        run=monitor.run,
        number=9_000,
        at=suspect_from + timedelta(days=3),
        suspect_from=suspect_from,
        body={"statistic": 20_001.0, "threshold": 20_000.0},
        **fields,
    )
    Monitor.objects.filter(pk=monitor.pk).update(
        standing="ALARM", state={"n": 1}, first_number=1, last_number=9_000, since=alarm.at
    )
    return Alarm.objects.select_related("monitor", "project").get(pk=alarm.pk)


def member(user: Any, project: Any, role: str) -> Member:
    return Member(user=user, project=project, roles=frozenset({role}))
