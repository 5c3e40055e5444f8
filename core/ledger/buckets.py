"""Stored aggregates: cut into buckets, marked by whoever makes one wrong, computed again from the rows themselves.

A mark is a row of its own, written in the transaction that changes what is counted, so writers never wait for each
other and a mark is seen exactly when its cause is. Whoever settles takes the marks away and computes their buckets in
a later statement of the same transaction, which therefore sees at least what the marks' writers wrote.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Min

from core.ledger.models import DirtyBucket
from core.tables import locks

# At one time, so that a transaction stays short.
_AT_ONCE = 2_000
# Of every run; what is left waits for the next, so that readers' pages are not starved by a flood of writes.
SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Scope:
    """A kind of aggregate. `store(project, scope, buckets)` computes these buckets from the ledger and keeps them."""

    name: str
    store: Callable[[UUID, str, list[str]], None]


_scopes: dict[str, Scope] = {}


def register(scope: Scope) -> None:
    """Make a kind of aggregate known; an app calls this in ready(). Its marks' scope is its name, or `name.detail`."""
    _scopes[scope.name] = scope


def mark(*, project: UUID, scope: str, buckets: Iterable[str]) -> None:
    """Say in the caller's transaction that these buckets are to be computed again."""
    DirtyBucket.objects.bulk_create(
        [DirtyBucket(project_id=project, scope=scope, bucket=bucket) for bucket in sorted(set(buckets))]
    )


def marked(scopes: Iterable[str], *, project: UUID | None = None) -> dict[tuple[str, str], datetime]:
    """The buckets that are not yet computed again, as (scope, bucket), and since when."""
    marks = DirtyBucket.objects.filter(scope__in=list(scopes))
    if project:
        marks = marks.filter(project=project)
    rows = marks.values_list("scope", "bucket").annotate(since=Min("marked_at"))
    return {(scope, bucket): since for scope, bucket, since in rows}


def settle(*, seconds: float = SECONDS) -> int:
    """Compute marked buckets again, roughly in the order of their marks, for about this long; returns how many.

    Only one process settles at a time: of two that compute one bucket, the one that saw less could write last.
    """
    began, done = time.monotonic(), 0
    while True:
        with transaction.atomic():
            taken = _take()
            for (project, scope), buckets in taken.items():
                _scopes[scope.partition(".")[0]].store(project, scope, sorted(buckets))
        done += sum(map(len, taken.values()))
        if not taken or time.monotonic() - began > seconds:
            return done


_TAKE = """
WITH oldest AS (
    SELECT DISTINCT project_id, scope, bucket
    FROM (
        SELECT project_id, scope, bucket FROM ledger_dirtybucket
        WHERE split_part(scope, '.', 1) = ANY(%s) LIMIT %s
    ) first
)
DELETE FROM ledger_dirtybucket d USING oldest o
WHERE (d.project_id, d.scope, d.bucket) = (o.project_id, o.scope, o.bucket)
RETURNING d.project_id, d.scope, d.bucket
"""


def _take() -> dict[tuple[UUID, str], set[str]]:
    """The buckets of the first marks of registered scopes, whose marks are gone if the caller commits.

    None while another one settles.
    """
    found: dict[tuple[UUID, str], set[str]] = {}
    if locks.take_now("ledger buckets"):
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [list(_scopes), _AT_ONCE])
            for project, scope, bucket in cursor.fetchall():
                found.setdefault((project, scope), set()).add(bucket)
    return found
