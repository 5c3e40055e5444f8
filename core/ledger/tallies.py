"""How much was said in a project, kept by buckets of about a minute.

A judgment's bucket is the first eight hexadecimal digits of its id, which are its time.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from core.ledger import buckets
from core.ledger.models import JudgmentTally

SCOPE = "judgments"
# A page counts the buckets that are not settled yet by itself: so many of them, and of no more judgments than this.
_DIRECT, _FEW = 10, 5_000


@dataclass(frozen=True, slots=True)
class Said:
    """Counted judgments. `as_of`: what was said since then may be missing; None when nothing is."""

    counted: int
    simulated: int
    since_cut: int
    latest: datetime | None
    as_of: datetime | None


def bucket_of(judgment: UUID) -> str:
    return str(judgment)[:8]


_RANGES = """
WITH wanted AS (
    SELECT bucket, (bucket || '-0000-0000-0000-000000000000')::uuid AS low,
           (bucket || '-ffff-ffff-ffff-ffffffffffff')::uuid AS high
    FROM unnest(%(buckets)s::text[]) bucket
)
"""
# One range at a time (OFFSET 0): joined with all of them at once, the planner reads every judgment for each.
_COUNT = f"""{_RANGES}
SELECT bucket, count(*) AS counted, count(*) FILTER (WHERE j.simulated) AS simulated, min(j.recorded_at) AS earliest,
       max(j.recorded_at) AS latest, count(*) FILTER (WHERE j.recorded_at > %(cut)s OR %(cut)s IS NULL) AS since_cut
FROM wanted CROSS JOIN LATERAL (
    SELECT simulated, recorded_at FROM counted_judgment
    WHERE project_id = %(project)s AND id BETWEEN low AND high OFFSET 0
) j
GROUP BY bucket
"""  # noqa: S608  (no value in it)
_STORE = f"""
INSERT INTO ledger_judgmenttally (project_id, bucket, counted, simulated, earliest, latest)
SELECT %(project)s, bucket, counted, simulated, earliest, latest FROM ({_COUNT}) c
"""  # noqa: S608
_FEW_ONLY = f"""{_RANGES}
SELECT bucket FROM wanted WHERE (
    SELECT count(*) FROM (
        SELECT FROM ledger_judgment j WHERE j.project_id = %(project)s AND j.id BETWEEN low AND high LIMIT %(few)s + 1
    ) first
) <= %(few)s
"""  # noqa: S608
# What lies on both sides of a cut is not in the tally: those buckets are counted by themselves.
_SUM = """
SELECT coalesce(sum(counted), 0)::bigint, coalesce(sum(simulated), 0)::bigint, max(latest),
       coalesce(sum(counted) FILTER (WHERE earliest > %(cut)s OR %(cut)s IS NULL), 0)::bigint
FROM ledger_judgmenttally WHERE project_id = %(project)s AND bucket <> ALL(%(buckets)s)
"""
_ON_BOTH_SIDES = """
SELECT bucket FROM ledger_judgmenttally WHERE project_id = %(project)s AND earliest <= %(cut)s AND latest > %(cut)s
"""


def store(project: UUID, scope: str, marked: list[str]) -> None:
    """Count these buckets again and keep what was found."""
    JudgmentTally.objects.filter(project=project, bucket__in=marked).delete()
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {"project": project, "buckets": marked, "cut": None})


def said(project: UUID, cut: datetime | None) -> Said:
    """What counts in the project, and how much of it was recorded after `cut` (None: all of it)."""
    # The marks first: a bucket that is settled after this is counted twice over, never missed.
    dirty = {bucket: since for (_, bucket), since in buckets.marked([SCOPE], project=project).items()}
    direct = _few(project, sorted(dirty, reverse=True)[:_DIRECT])
    late = [since for bucket, since in dirty.items() if bucket not in direct]
    both = {"project": project, "cut": cut}
    with connection.cursor() as cursor:
        cursor.execute(_ON_BOTH_SIDES, both)
        counted = [*direct, *(bucket for (bucket,) in cursor.fetchall() if bucket not in direct)]
        cursor.execute(_SUM, {**both, "buckets": counted})
        total, simulated, latest, since_cut = cursor.fetchone()
        if counted:
            cursor.execute(_COUNT, {**both, "buckets": counted})
        for _, more, made_up, _, last, after in cursor.fetchall() if counted else ():
            total, simulated, since_cut = total + more, simulated + made_up, since_cut + after
            latest = max(latest, last) if latest else last
    return Said(total, simulated, since_cut, latest, min(late, default=None))


def mark(*, project: UUID, judgments: Iterable[UUID]) -> None:
    """Say in the caller's transaction that the tally with these judgments is to be counted again."""
    buckets.mark(project=project, scope=SCOPE, buckets=map(bucket_of, judgments))


def _few(project: UUID, wanted: Collection[str]) -> set[str]:
    """Those of the buckets that are quickly counted."""
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_FEW_ONLY, {"project": project, "buckets": list(wanted), "few": _FEW})
        return {bucket for (bucket,) in cursor.fetchall()}
