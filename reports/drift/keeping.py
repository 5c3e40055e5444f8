"""Writing down what a monitor's machine found, and the alarm that follows from it."""

from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from reports.drift.notifying import announce
from reports.models import Alarm, DriftEvent, Monitor
from stats.monitoring.declared import Reading, State

_STANDINGS = {
    "ok": Monitor.Standing.OK,
    "watch": Monitor.Standing.WATCH,
    "alarm": Monitor.Standing.ALARM,
}
FIELDS = (
    "last_number",
    "reference_last",
    "state",
    "reading",
    "standing",
    "since",
    "suspected",
    "needed",
    "fault",
    "stepped_at",
)
"""What a step may change of a monitor,"""

STOOD = ("needed", "fault", "stepped_at")
"""and of one that has not moved."""

TimeOf = Callable[[int], datetime]
ReadingAfter = Callable[[int], Reading]


def keep(
    monitor: Monitor,
    state: State,
    reading: Reading,
    last: int,
    time_of: TimeOf,
    reading_after: ReadingAfter | None = None,
) -> Alarm | None:
    """Set on the monitor, which the caller saves, what it is after event `last`; returns an alarm that is new.

    `time_of` gives the moment of an event of the log that the monitor reads, `reading_after` what the machine said
    after one that was stepped over now: an alarm tells of its own event, wherever the step ended. In the
    caller's transaction.
    """
    before = (monitor.reading or {}).get("since"), monitor.standing
    monitor.state, monitor.reading, monitor.last_number = state, as_json(reading), last
    monitor.standing, monitor.needed, monitor.fault = _STANDINGS[reading.standing], {}, ""
    since = monitor.reference_last if reading.since is None else reading.since
    if monitor.since is None or before != (reading.since, monitor.standing):
        monitor.since = time_of(since) if since else None
    if reading.standing != "alarm":
        return None
    assert reading.since is not None
    raised = reading_after or (lambda number: reading)
    alarm, new = Alarm.objects.get_or_create(
        monitor=monitor,
        run=monitor.run,
        defaults={
            "project_id": monitor.project_id,
            "number": reading.since,
            "at": time_of(reading.since),
            # Everything since the reference, until the change point is known.
            "suspect_from": time_of(monitor.reference_last or monitor.first_number),
            # Called only where there is no alarm yet.
            "body": lambda: _told(raised(reading.since or last)),
            "suspected": "",
        },
    )
    if not new:
        return None
    announce(alarm)
    return alarm


def as_json(reading: Reading) -> dict[str, Any]:
    """The reading as plain JSON; a number that is not finite becomes null."""
    plain = {one.name: getattr(reading, one.name) for one in fields(reading) if one.name != "standing"}
    return {name: _finite(value) for name, value in plain.items()}


def time_of_thumb(monitor: Monitor) -> TimeOf:
    """When an event of the monitor's project was ready."""

    def find(number: int) -> datetime:
        return DriftEvent.objects.values_list("ready_at", flat=True).get(project=monitor.project_id, number=number)

    return find


def _told(reading: Reading) -> dict[str, Any]:
    return {"statistic": _finite(reading.statistic), "threshold": _finite(reading.threshold)}


def _finite(value: Any) -> Any:
    # By how often each kind comes: a reading holds hundreds of points of numbers.
    kind = type(value)
    if kind is float:
        return value if isfinite(value) else None
    if kind is dict:
        return {name: _finite(one) for name, one in value.items()}
    if kind in (list, tuple):
        return [_finite(one) for one in value]
    if isinstance(value, float):
        return _finite(float(value))
    return _finite(asdict(value)) if is_dataclass(value) and not isinstance(value, type) else value
