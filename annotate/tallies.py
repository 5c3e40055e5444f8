"""How far campaigns are, kept by buckets of tasks that were planned in the same moment.

A task's bucket is the first eleven hexadecimal digits of its id, which are its time to sixteen milliseconds. Its marks
have the scope `progress.<campaign>`. Anchors are no work and are not counted. Leases come and go too fast to be kept:
who reads counts those that live.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from annotate.models import ASIDE, ProgressTally
from core.ledger import buckets

NAME = "progress"
# A page counts the buckets that are not settled yet by itself, as long as they are few.
_DIRECT = 200


def scope_of(campaign: UUID) -> str:
    return f"{NAME}.{campaign}"


def bucket_of(task: UUID) -> str:
    return str(task)[:12]


# One range at a time (OFFSET 0): joined with all of them at once, the planner reads every slot for each.
_COUNT = f"""
WITH wanted AS (
    SELECT bucket, (bucket || '0-0000-0000-000000000000')::uuid AS low,
           (bucket || 'f-ffff-ffff-ffffffffffff')::uuid AS high
    FROM unnest(%(buckets)s::text[]) bucket
), by_task AS (
    SELECT w.bucket, s.campaign_id, s.task_id, count(*) FILTER (WHERE s.state <> 'closed') AS slots,
           count(*) FILTER (WHERE s.state = 'filled') AS filled
    FROM wanted w CROSS JOIN LATERAL (
        SELECT campaign_id, task_id, state FROM annotate_slot
        WHERE task_id BETWEEN w.low AND w.high AND priority < {ASIDE} OFFSET 0
    ) s
    WHERE s.campaign_id = ANY(%(campaigns)s) GROUP BY 1, 2, 3
)
SELECT campaign_id, bucket, count(*) AS tasks, count(*) FILTER (WHERE filled = slots) AS complete,
       sum(slots) AS slots, sum(filled) AS filled
FROM by_task GROUP BY 1, 2
"""  # noqa: S608  (a number of this module only)
_STORE = f"""
INSERT INTO annotate_progresstally (campaign_id, bucket, tasks, complete, slots, filled)
SELECT campaign_id, bucket, tasks, complete, slots, filled FROM ({_COUNT}) c
"""  # noqa: S608  (no value in it)
# What is counted by itself is left out of the sum.
_SUM = """
SELECT campaign_id, sum(tasks), sum(complete), sum(slots), sum(filled) FROM annotate_progresstally t
WHERE campaign_id = ANY(%(campaigns)s)
    AND (campaign_id, bucket) NOT IN (SELECT * FROM unnest(%(of)s::uuid[], %(buckets)s::text[]))
GROUP BY campaign_id
"""


def store(project: UUID, scope: str, marked: list[str]) -> None:
    """Count these buckets of one campaign again and keep what was found."""
    campaign = UUID(scope.partition(".")[2])
    ProgressTally.objects.filter(campaign=campaign, bucket__in=marked).delete()
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {"campaigns": [campaign], "buckets": marked})


def mark(*, project: UUID, campaign: UUID, tasks: Iterable[UUID]) -> None:
    """Say in the caller's transaction that how far these tasks are is to be counted again."""
    buckets.mark(project=project, scope=scope_of(campaign), buckets=map(bucket_of, tasks))


def counts(campaigns: Collection[UUID]) -> tuple[dict[UUID, tuple[int, int, int, int]], datetime | None]:
    """(tasks, complete, slots, filled) of each campaign that has any, and since when something may be missing."""
    # The marks first: a bucket that is settled after this is counted anew, never missed.
    dirty = buckets.marked([scope_of(pk) for pk in campaigns])
    newest = sorted(dirty, key=lambda key: key[1], reverse=True)[:_DIRECT]
    direct = [(UUID(scope.partition(".")[2]), bucket) for scope, bucket in newest]
    late = [since for key, since in dirty.items() if key not in set(newest)]
    asked: dict[str, Any] = {
        "campaigns": list(campaigns),
        "of": [campaign for campaign, _ in direct],
        "buckets": [bucket for _, bucket in direct],
    }
    found: dict[UUID, tuple[int, int, int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SUM, asked)
        for campaign, *numbers in cursor.fetchall():
            found[campaign] = _added((0, 0, 0, 0), numbers)
        if direct:
            cursor.execute(_COUNT, asked)
        for campaign, bucket, *numbers in cursor.fetchall() if direct else ():
            if (campaign, bucket) in direct:
                found[campaign] = _added(found.get(campaign, (0, 0, 0, 0)), numbers)
    return found, min(late, default=None)


def _added(one: tuple[int, int, int, int], more: Iterable[int]) -> tuple[int, int, int, int]:
    tasks, complete, slots, filled = (a + int(b) for a, b in zip(one, more, strict=True))
    return tasks, complete, slots, filled
