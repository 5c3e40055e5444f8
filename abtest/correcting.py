"""Corrections: events that do not count any more because of what was ruled of their judgments, or count again.

Whoever rules leaves a mark (`core.ledger.corrections`). The hour that is closed next takes the marks and writes what
changed; hours before it stay as they were published. A judgment counts or does not: its weight is not asked.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from core.ledger.corrections import SCOPE
from core.ledger.models import DirtyBucket

# A mark of an event in an hour that is not closed yet waits for that hour.
_TAKE = """
DELETE FROM ledger_dirtybucket d USING abtest_event e
WHERE d.scope = %(scope)s AND d.project_id = %(project)s AND e.id = d.bucket::uuid
  AND e.experiment_id = %(experiment)s AND e.hour <= %(hour)s
RETURNING e.id
"""
_WRITE = """
INSERT INTO abtest_correction (id, project_id, experiment_id, event_id, sign, hour)
SELECT gen_random_uuid(), %(project)s, %(experiment)s, state.id, state.counts - state.added, %(hour)s
FROM (
    SELECT marked.id,
           (SELECT count(*) FROM counted_judgment j WHERE j.id = marked.id) AS counts,
           1 + coalesce((SELECT sum(c.sign) FROM abtest_correction c WHERE c.event_id = marked.id), 0) AS added
    FROM unnest(%(events)s::uuid[]) marked (id)
) state
WHERE state.counts <> state.added
"""
_STRAY = """
DELETE FROM ledger_dirtybucket d
WHERE d.scope = %(scope)s AND d.project_id = %(project)s AND NOT EXISTS (
    SELECT FROM abtest_event e WHERE e.id = d.bucket::uuid AND e.experiment_id IS NOT NULL
)
"""


def find(*, project: UUID, experiment: UUID, hour: datetime) -> None:
    """Write the corrections that come into this hour, in the transaction that closes it.

    One closer at a time: of two, the second would find no mark of what the first has not yet committed.
    """
    values: dict[str, Any] = {"scope": SCOPE, "project": project, "experiment": experiment, "hour": hour}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        marked = sorted({event for (event,) in cursor.fetchall()})
        if marked:
            # A statement of its own: it sees what the marks' writers wrote.
            cursor.execute(_WRITE, {**values, "events": marked})


def waiting(*, project: UUID, experiment: UUID) -> bool:
    """Whether there are marks of events of this experiment."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT EXISTS (
                SELECT FROM ledger_dirtybucket d JOIN abtest_event e ON e.id = d.bucket::uuid
                WHERE d.scope = %s AND d.project_id = %s AND e.experiment_id = %s
            )
            """,
            [SCOPE, project, experiment],
        )
        return bool(cursor.fetchone()[0])


def forget_strays(project: UUID) -> None:
    """Take away the marks of live judgments that no experiment has an event of."""
    if DirtyBucket.objects.filter(scope=SCOPE, project=project).exists():
        with connection.cursor() as cursor:
            cursor.execute(_STRAY, {"scope": SCOPE, "project": project})
