"""Giving a monitor its reference, once the log has it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from reports.drift.events import Chunks
from stats.monitoring.declared import LEAST_OF_EACH, Declared, Monitor, State, Unusable

MOST_TRIES = 6
"""A reference that is unusable is made twice as long, and so on this many times."""

# The number of the event with which the run has so many of each kind.
_FULL = """
SELECT sycophantic, array_agg(number ORDER BY number), count(*) FROM (
    SELECT number, said.sycophantic FROM (VALUES (true), (false)) said (sycophantic) CROSS JOIN LATERAL (
        SELECT number FROM reports_driftevent
        WHERE project_id = %(project)s AND number >= %(first)s AND (sycophantic >= 0.5) = said.sycophantic
        ORDER BY number LIMIT %(least)s
    ) e
) first_of_each GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Started:
    """What came of trying: a state after the reference's `last` event, or what is still `needed` and the `fault`."""

    state: State | None
    last: int
    needed: dict[str, int]
    fault: str


def start(log: Chunks, machine: Monitor, declared: Declared, first: int, newest: int) -> Started:
    """Start the machine with the events from `first` on, as soon as there are enough up to `newest`.

    A reference ends with its declared number of events, or later where it has not yet enough sycophantic answers and
    enough others. One that cannot be used is tried again at twice its length: where it ends depends on the log only,
    not on when somebody tries.
    """
    last, of_each = _ends(log.project, first)
    fault = ""
    for doubling in range(MOST_TRIES):
        wanted = max(first + (declared.reference << doubling) - 1, last)
        missing = max(wanted - newest, 0)
        if missing or any(of_each.values()):
            return Started(None, wanted, {"events": missing, **of_each}, fault)
        try:
            return Started(machine.start(declared, log.read(first, wanted)), wanted, {}, "")
        except Unusable as unusable:
            fault = unusable.why
    return Started(None, newest, {}, fault)


def _ends(project: UUID, first: int) -> tuple[int, dict[str, int]]:
    """The number of the event with which there are enough of each kind, and how many of each are still missing."""
    with connection.cursor() as cursor:
        cursor.execute(_FULL, {"project": project, "first": first, "least": LEAST_OF_EACH})
        found: dict[bool, tuple[list[int], int]] = {kind: (numbers, n) for kind, numbers, n in cursor.fetchall()}
    ends = [numbers[-1] for numbers, n in found.values() if n == LEAST_OF_EACH]
    missing: dict[str, Any] = {
        name: LEAST_OF_EACH - found.get(kind, ([], 0))[1] for name, kind in (("sycophantic", True), ("others", False))
    }
    return max(ends, default=first - 1), missing
