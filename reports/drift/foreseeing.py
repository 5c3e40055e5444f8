"""How soon a monitor would find a rise: drawn from its own reference, the same for the same reference."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from reports.drift import events
from reports.models import Monitor
from stats.explaining.foretelling import Delay, power
from stats.explaining.scored import scored
from stats.monitoring.all import MONITORS
from stats.monitoring.coefficients import Coefficient
from stats.monitoring.scoring import Scorer

FORETOLD = frozenset(key for key, machine in MONITORS.items() if isinstance(machine, Coefficient))
"""The monitors of which it can be foretold."""

DAYS = 28
"""The pace is that of so many days before the newest labelled thumb."""

_PACE = """
WITH newest AS (
    SELECT max(ready_at) AS at FROM reports_driftevent WHERE project_id = %(project)s AND number IS NOT NULL
)
SELECT count(*), extract(epoch FROM max(e.ready_at) - min(e.ready_at))::float8
FROM reports_driftevent e, newest
WHERE e.project_id = %(project)s AND e.number IS NOT NULL AND e.ready_at > newest.at - make_interval(days => %(days)s)
"""


@dataclass(frozen=True, slots=True)
class _Run:
    """A reference, which stays what it is; the state that was made from it has the fit."""

    monitor: UUID
    run: int
    first: int
    last: int


def power_of(monitor: Monitor) -> dict[str, Any] | None:
    """{"per_day": …, "rises": [`Delay.as_json`]}; None for a monitor that watches no coefficient or has no reference.

    The first call for a reference takes a second or so; what was found is kept.
    """
    machine = MONITORS.get(monitor.key)
    if not isinstance(machine, Coefficient) or monitor.state is None or monitor.reference_last is None:
        return None
    pace = per_day(monitor.project_id)
    if not pace:
        return None
    run = _Run(monitor.pk, monitor.run, monitor.first_number, monitor.reference_last)
    return {"per_day": pace, "rises": [one.as_json(pace) for one in _delays(run)]}


@lru_cache(maxsize=200)
def _delays(run: _Run) -> tuple[Delay, ...]:
    monitor = Monitor.objects.get(pk=run.monitor)
    machine = MONITORS[monitor.key]
    assert isinstance(machine, Coefficient)
    assert monitor.state is not None
    reference = events.read(monitor.project_id, run.first, run.last)
    found = power(
        scored(Scorer.from_json(machine.question, monitor.state["scorer"]), reference),
        epsilon=float(monitor.state["overall"]["epsilon"]),
        run_length=int(monitor.declared["run_length"]),
        rng=np.random.default_rng([run.run, run.last]),
    )
    return tuple(found)


def per_day(project: UUID) -> float:
    """How many labelled thumbs come a day; 0 where it cannot be said."""
    with connection.cursor() as cursor:
        cursor.execute(_PACE, {"project": project, "days": DAYS})
        count, seconds = cursor.fetchone()
    return count / max(seconds / 86_400, 1.0) if count and seconds else 0.0
