"""Marks for whoever follows thumbs and their labels: where in the ledger something new was said of either.

As in `buckets.py` a mark is written in the transaction of its cause, so that it is seen exactly when its cause is. A
bucket is the first ten hexadecimal digits of a judgment's id, a quarter of a second: an import leaves few marks, and
what a mark makes a reader look at again is never much.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from core.ledger import buckets
from core.ledger.models import DirtyBucket

SCOPE = "thumbs"
QUESTIONS = ("thumb", "sycophantic", "correct", "cold", "warm")
"""The answers that are followed."""

_WIDTH = 11

RANGE = "(bucket || '00-0000-0000-000000000000')::uuid AND (bucket || 'ff-ffff-ffff-ffffffffffff')::uuid"
"""The ids in the bucket named `bucket`, for BETWEEN."""


def bucket_of(judgment: UUID) -> str:
    return str(judgment)[:_WIDTH]


def follows(questions: Iterable[str]) -> bool:
    """Whether an answer to one of these questions is followed."""
    return any(question in QUESTIONS for question in questions)


def mark(*, project: UUID, judgments: Iterable[UUID]) -> None:
    """Say in the caller's transaction that these judgments are new here, or count again."""
    buckets.mark(project=project, scope=SCOPE, buckets=map(bucket_of, judgments))


def take(project: UUID) -> list[str]:
    """The marked buckets, whose marks are gone if the caller's transaction commits.

    A later statement of the same transaction sees whatever the marks' writers wrote. One reader at a time: of two, the
    second would find no mark of what the first has not yet committed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM ledger_dirtybucket WHERE scope = %s AND project_id = %s RETURNING bucket", [SCOPE, project]
        )
        return sorted({bucket for (bucket,) in cursor.fetchall()})


def marked_projects() -> list[UUID]:
    """The projects in which there are marks."""
    return list(
        DirtyBucket.objects.filter(scope=SCOPE).order_by("project").values_list("project", flat=True).distinct()
    )
