"""Rows made wrong behind the back of triggers, to see that a check names them."""

from django.db import connection

from core.tables.verification import checks


def run(statement: str) -> None:
    """Run this with the append-only triggers and the foreign keys off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


def messages_after(statement: str, name: str) -> list[str]:
    """What the check of this name says of each row that it finds after this statement."""
    run(statement)
    return [finding.message for finding in checks()[name]()]
