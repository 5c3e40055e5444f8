"""Marks for whoever has added up users' feedback: live judgments whose standing changed.

As in `buckets.py` a mark is written in the transaction of its cause. A bucket is a judgment's id.
"""

from collections.abc import Iterable
from uuid import UUID

from core.ledger import buckets

SCOPE = "live"


def mark(*, project: UUID, judgments: Iterable[UUID]) -> None:
    """Say in the caller's transaction that these live judgments do not count any more, or count again."""
    buckets.mark(project=project, scope=SCOPE, buckets=map(str, judgments))
