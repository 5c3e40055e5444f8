"""Exports whose process died: no row says for ever that it is running, no hidden folder stays."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from core.jobs.models import Job
from exchange.models import Snapshot
from exchange.shards import sweep_beside

DIED = "The process that made this export was stopped before it was whole. Nothing was exported; make it again."
_KEY = "hashtextextended(%s, 0)"


@contextmanager
def alive(snapshot: Snapshot) -> Iterator[None]:
    """Let others know, until the end or this process's death, that somebody works on the snapshot."""
    _ask(f"SELECT pg_advisory_lock_shared({_KEY})", snapshot)
    try:
        yield
    finally:
        # A connection that is gone has let go of its locks.
        with suppress(DatabaseError):
            _ask(f"SELECT pg_advisory_unlock_shared({_KEY})", snapshot)


def sweep() -> int:
    """Settle exports whose process died, and remove what they left among the kept exports; returns how many."""
    kept = Path(settings.EXPORT_DIR)
    return sweep_rows() + (sweep_beside(kept) if kept.is_dir() else 0)


def sweep_rows() -> int:
    """Call those exports failed that say they are running and have neither a process nor a job to come."""
    settled = 0
    for snapshot in Snapshot.objects.filter(state=Snapshot.State.RUNNING).order_by("pk"):
        if waits(snapshot) or not _ask(f"SELECT pg_try_advisory_lock({_KEY})", snapshot):
            continue
        try:
            # Whoever worked on it may just have finished.
            settled += Snapshot.objects.filter(pk=snapshot.pk, state=Snapshot.State.RUNNING).update(
                state=Snapshot.State.FAILED, error=DIED
            )
        finally:
            _ask(f"SELECT pg_advisory_unlock({_KEY})", snapshot)
    return settled


def waits(snapshot: Snapshot) -> bool:
    """Whether a job is to work on the snapshot, or does."""
    at_work = Job.objects.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING))
    return snapshot.job is not None and at_work.filter(pk=snapshot.job).exists()


def _ask(statement: str, snapshot: Snapshot) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [f"export {snapshot.pk}"])
        return bool(cursor.fetchone()[0])
