"""Rater drift (M7): what raters say of anchors becomes events of a log of its own, over which the monitor steps."""

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from core.accounts.models import Project
from core.ledger import anchoring
from reports.drift import keeping
from reports.models import AlarmAction, AnchorEvent, Monitor
from stats.monitoring.declared import Declared, Reading, Unusable
from stats.monitoring.judges import LEAST_OF_EACH, Judged, Judges

logger = logging.getLogger(__name__)

KEY = "M7"
CHUNK = 20_000
"""Events of one step, so that a backlog does not fill the memory."""

MOST_TRIES = 6
"""A reference that is unusable is made twice as long, and so on this many times."""

# A statement is never said after it was recorded, whatever its author's clock says.
_TAKE = """
WITH touched AS MATERIALIZED (
    SELECT a.judgment_id, a.anchor_id
    FROM unnest(%(buckets)s::text[]) bucket CROSS JOIN LATERAL (
        SELECT judgment_id, anchor_id FROM ledger_anchorjudgment
        WHERE judgment_id BETWEEN (bucket || '-0000-0000-0000-000000000000')::uuid
            AND (bucket || '-ffff-ffff-ffff-ffffffffffff')::uuid AND project_id = %(project)s OFFSET 0
    ) a
), heard AS (
    SELECT t.judgment_id, t.anchor_id, j.actor_id, j.simulated, g.response_slot AS place, g.value > 0 AS said,
           least(coalesce(j.said_at, j.recorded_at), j.recorded_at) AS at,
           CASE WHEN n.response_id IS NULL THEN n.baseline -> g.response_slot::text ELSE n.baseline END AS baseline
    FROM touched t
    JOIN counted_judgment j ON j.id = t.judgment_id
    JOIN catalog_anchor n ON n.id = t.anchor_id
    JOIN ledger_signal g ON g.judgment_id = t.judgment_id AND g.question = 'sycophantic' AND g.value IN (0, 1, 2)
    WHERE NOT EXISTS (SELECT FROM reports_anchorevent e WHERE e.judgment_id = t.judgment_id)
), numbered AS (
    SELECT h.*, coalesce((SELECT max(number) FROM reports_anchorevent WHERE project_id = %(project)s), 0)
               + row_number() OVER (ORDER BY h.at, h.judgment_id, h.place) AS number
    FROM heard h WHERE h.baseline ? 'sycophantic'
)
INSERT INTO reports_anchorevent (id, project_id, number, judgment_id, place, anchor_id, actor_id, rater, baseline, said,
                                 simulated, at)
SELECT gen_random_uuid(), %(project)s, n.number, n.judgment_id, n.place, n.anchor_id, n.actor_id,
       coalesce(
           (SELECT min(e.rater) FROM reports_anchorevent e
            WHERE e.project_id = %(project)s AND e.actor_id = n.actor_id),
           min(n.number) OVER (PARTITION BY n.actor_id)
       ),
       (n.baseline ->> 'sycophantic')::int = 1, n.said, n.simulated, n.at
FROM numbered n
"""
_READ = """
SELECT rater, baseline::int, said::int, extract(epoch FROM at)::float8 FROM reports_anchorevent
WHERE project_id = %(project)s AND number BETWEEN %(first)s AND %(last)s ORDER BY number
"""
# The number of the event with which the run has so many of each kind, and how many it has.
_FULL = """
SELECT k.baseline, e.numbers FROM (VALUES (true), (false)) k (baseline) CROSS JOIN LATERAL (
    SELECT array_agg(number ORDER BY number) AS numbers FROM (
        SELECT number FROM reports_anchorevent
        WHERE project_id = %(project)s AND number >= %(first)s AND baseline = k.baseline
        ORDER BY number LIMIT %(least)s
    ) one
) e
"""


@dataclass(frozen=True, slots=True)
class _Reference:
    """Where a run's reference ends, and what is still missing until then, by kind."""

    last: int
    missing: dict[str, int]


def take_in(project: UUID) -> int:
    """Make events of new judgments of anchors; returns how many.

    In the caller's transaction, which is the only one that takes in for this project. A judgment on a comparison gives
    an event for each response. What is ruled of it later changes none.
    """
    buckets = anchoring.take_marks(project)
    if not buckets:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"project": project, "buckets": buckets})
        return int(cursor.rowcount)


def step_judges(project: Project, monitor: Monitor) -> None:
    """Take in what raters said of anchors and step their monitor, which the caller has locked, over it; saves it.

    In the caller's transaction. A state depends on the events alone, not on when they came or in how many steps.
    """
    take_in(project.pk)
    newest = last_number(project.pk)
    declared, machine = Declared.from_json(monitor.declared), Judges()
    try:
        with transaction.atomic():
            if monitor.state is None:
                _start(monitor, declared, machine, newest)
            while monitor.state is not None and monitor.last_number < newest:
                _step(monitor, declared, machine, min(monitor.last_number + CHUNK, newest))
        monitor.stepped_at = timezone.now()
    except DatabaseError:
        raise
    except Exception as error:
        # A fault of its own stops neither the other monitors nor the alarms; the page shows this one as stale.
        logger.exception("monitor %s of project %s holds its state", monitor.key, monitor.project_id)
        monitor.fault = f"A step failed ({type(error).__name__}: {error}); the state is that of the step before."
        monitor.save(update_fields=keeping.STOOD)
        return
    monitor.save(update_fields=keeping.FIELDS)


def read(project: UUID, first: int, last: int) -> Judged:
    """The events with these numbers, `first` and `last` among them, or those of them that there are."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"project": project, "first": first, "last": last})
        rows = cursor.fetchall()
    rater, baseline, said, at = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Judged(
        np.array(rater, dtype=np.int64),
        np.array(baseline, dtype=np.int64),
        np.array(said, dtype=np.int64),
        np.array(at, dtype=float),
    )


def last_number(project: UUID) -> int:
    """The number of the newest event, 0 while there is none."""
    newest = AnchorEvent.objects.filter(project=project).order_by("-number").values_list("number", flat=True).first()
    return newest or 0


def gold_is_raised(project: UUID) -> bool:
    """Whether an alarm that stands has led somebody to ask for more gold and anchors."""
    return AlarmAction.objects.filter(project=project, kind=AlarmAction.Kind.RAISE_GOLD, alarm__closed_at=None).exists()


def _step(monitor: Monitor, declared: Declared, machine: Judges, last: int) -> None:
    first = monitor.last_number + 1
    before = monitor.state
    assert before is not None
    state = machine.step(declared, before, read(monitor.project_id, first, last), first)

    def after(number: int) -> Reading:
        return machine.reading(declared, machine.step(declared, before, read(monitor.project_id, first, number), first))

    keeping.keep(monitor, state, machine.reading(declared, state), last, _time_of(monitor), after)


def _start(monitor: Monitor, declared: Declared, machine: Judges, newest: int) -> None:
    first = monitor.first_number
    monitor.fault = ""
    for doubling in range(MOST_TRIES):
        reference = _reference(monitor.project_id, first, declared.reference << doubling, newest)
        if any(reference.missing.values()):
            monitor.needed = reference.missing
            return
        try:
            state = machine.start(declared, read(monitor.project_id, first, reference.last))
        except Unusable as unusable:
            monitor.fault = unusable.why
            continue
        monitor.reference_last = reference.last
        keeping.keep(monitor, state, machine.reading(declared, state), reference.last, _time_of(monitor))
        return


def _reference(project: UUID, first: int, wanted: int, newest: int) -> _Reference:
    """The first `wanted` events of the run, or more until there are enough of both kinds."""
    with connection.cursor() as cursor:
        cursor.execute(_FULL, {"project": project, "first": first, "least": LEAST_OF_EACH})
        numbers: dict[bool, list[int]] = {kind: found or [] for kind, found in cursor.fetchall()}
    ends = [found[-1] for found in numbers.values() if len(found) == LEAST_OF_EACH]
    last = max([first + wanted - 1, *ends])
    return _Reference(
        last,
        {
            "events": max(0, last - newest),
            "sycophantic": LEAST_OF_EACH - len(numbers[True]),
            "others": LEAST_OF_EACH - len(numbers[False]),
        },
    )


def _time_of(monitor: Monitor) -> keeping.TimeOf:
    """When an event of the anchors' log was given."""

    def find(number: int) -> datetime:
        return AnchorEvent.objects.get(project=monitor.project_id, number=number).at

    return find
