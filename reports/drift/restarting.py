"""Giving a monitor a new reference."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.accounts import audit
from core.accounts.models import User
from core.tables import locks
from reports.drift import anchors, events
from reports.drift.declaring import changed
from reports.faults import Refused
from reports.models import Alarm, Monitor
from stats.monitoring.declared import Declared


def restart(
    *,
    monitor: Monitor,
    who: User | None,
    reason: str,
    first: int | None = None,
    wanted: dict[str, Any] | None = None,
) -> Monitor:
    """Begin a new run of the monitor, which warms up again; its alarm is closed. Returns it as it now is.

    The reference begins with event `first`, by default with the next that comes in the log that the monitor
    reads. `wanted` changes what it is told. Raises Refused.
    """
    if not reason.strip():
        raise Refused({"reason": _("Say why the monitor gets a new reference.")})
    with transaction.atomic():
        locks.wait_for(f"drift {monitor.project_id}")
        locked = Monitor.objects.select_for_update().select_related("project").get(pk=monitor.pk)
        last = log_of(locked.key)(locked.project_id)
        begin = last + 1 if first is None else first
        if not 1 <= begin <= last + 1:
            raise Refused({"first": _("There is no event %(number)d yet.") % {"number": begin}})
        locked.declared = changed(Declared.from_json(locked.declared), wanted or {}).as_json()
        Alarm.objects.filter(monitor=locked, closed_at=None).update(closed_at=timezone.now())
        locked.run += 1
        locked.first_number, locked.last_number, locked.reference_last = begin, begin - 1, None
        locked.state = locked.reading = locked.since = None
        locked.standing, locked.suspected, locked.fault, locked.needed = Monitor.Standing.WARMING_UP, "", "", {}
        locked.started_at = timezone.now()
        locked.save()
        data = {"monitor": locked.key, "run": locked.run, "first": begin, "reason": reason}
        audit.record(project=locked.project, who=who, verb="monitor.restarted", object=locked.key, data=data)
    return locked


def log_of(key: str) -> Callable[[UUID], int]:
    """What gives the number of the newest event, by project, of the log that the monitor with this key reads."""
    return anchors.last_number if key == anchors.KEY else events.last_number
