"""Events into their table: each `event_id` once, and which of them were there before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from abtest.ingest.events import Incoming
from core.accounts.models import Project
from core.tables.bulk import copy_rows
from core.tables.ids import uuid7s

_STAGED = {
    "place": "int4",
    "id": "uuid",
    "event_id": "text",
    "digest": "bytea",
    "kind": "text",
    "experiment_id": "uuid",
    "arm_id": "uuid",
    "unit": "uuid",
    "metric": "text",
    "value": "int4",
    "cell": "text",
    "said_at": "timestamptz",
}
_CREATE = f"CREATE TEMPORARY TABLE ingest_staged ({', '.join(f'{name} {kind}' for name, kind in _STAGED.items())})"
_KEPT = ", ".join(name for name in _STAGED if name != "place")
# In one order, so that two batches with the same events never wait for each other in a ring. The ids are in the order
# of the lines.
_INSERT = f"""
INSERT INTO abtest_event (project_id, received_at, hour, {_KEPT})
SELECT %s, coalesce(%s, clock_timestamp()), %s, {_KEPT} FROM ingest_staged ORDER BY event_id COLLATE "C"
ON CONFLICT (project_id, event_id) DO NOTHING
"""  # noqa: S608  (names of columns only)
# One at a time, by the key, whatever the server believes of a table that is being filled.
_OLD = """
SELECT s.place, e.digest = s.digest FROM ingest_staged s
CROSS JOIN LATERAL (
    SELECT id, digest FROM abtest_event WHERE project_id = %s AND event_id = s.event_id OFFSET 0
) e
WHERE e.id <> s.id
"""


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of events, by place: the `ids` of the new ones, and of the `old` ones whether they are equal."""

    ids: dict[int, UUID]
    old: dict[int, bool]


def land(*, project: Project, events: Sequence[Incoming], hour: datetime, received: datetime | None) -> Landed:
    """Write these events, no two under one name, in the caller's transaction, as received in this hour.

    `received` is the moment to note, None for that of the database. Whoever writes one of them at once is waited for.
    """
    ids = dict(zip([event.place for event in events], uuid7s(len(events)), strict=True))
    old: dict[int, bool] = {}
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
        copy_rows("ingest_staged", _STAGED, (_row(ids[event.place], event) for event in events))
        cursor.execute(_INSERT, [project.pk, received, hour])
        if cursor.rowcount < len(events):
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(_OLD, [project.pk])
            old = dict(cursor.fetchall())
            cursor.execute("SET LOCAL enable_seqscan = on")
        cursor.execute("DROP TABLE ingest_staged")
    return Landed({place: pk for place, pk in ids.items() if place not in old}, old)


def _row(pk: UUID, event: Incoming) -> tuple[object, ...]:
    trial, branch = event.trial, event.branch
    return (
        event.place,
        pk,
        event.event_id,
        event.digest,
        event.kind,
        trial.id if trial else None,
        branch.id if branch else None,
        event.unit,
        event.metric,
        event.value,
        event.cell,
        event.said_at,
    )
