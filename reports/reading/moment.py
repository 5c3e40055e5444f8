"""Reading everything of one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_moment() -> Iterator[None]:
    """All reads within see the database as it is at the first of them."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Inside a caller's transaction (a test's) something was read already, and the level can no longer be set.
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        yield
