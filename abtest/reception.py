"""The hour in which an event is received, and which hours can get no more events.

Whoever writes events holds a shared lock of the project from before it reads the clock until it commits. Whoever
closes hours takes the lock alone for a moment: after that, everybody who read an earlier clock has committed.
"""

from datetime import datetime

from django.db import connection, transaction

from core.accounts.models import Project
from core.tables import locks


def receive_hour(project: Project) -> datetime:
    """The hour, by the database's clock, of all events that the caller's transaction writes from now on."""
    locks.share(_name(project))
    return _hour()


def closable(project: Project) -> datetime:
    """The hour before which every hour can be closed: nothing is received in them any more, and all of it is visible.

    Waits for whoever is receiving now. Called outside of a transaction, so that receiving waits no longer than that.
    """
    with transaction.atomic():
        locks.wait_for(_name(project))
        return _hour()


def _name(project: Project) -> str:
    return f"receive events {project.pk}"


def _hour() -> datetime:
    with connection.cursor() as cursor:
        # Not the transaction's clock, which stood still while the lock was waited for.
        cursor.execute("SELECT date_trunc('hour', clock_timestamp(), 'UTC')")
        hour: datetime = cursor.fetchone()[0]
        return hour
