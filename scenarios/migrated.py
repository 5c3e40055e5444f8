"""A database to load something into, on a machine where nobody has prepared one."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection

# Any number will do, as long as everybody who loads the demonstration into a database takes the same.
_LOADING = 0x706C756D


@contextmanager
def migrated() -> Iterator[None]:
    """Migrate, then let the caller load; whoever does the same meanwhile waits until it is done."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOADING])
    try:
        call_command("migrate", verbosity=0, interactive=False)
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOADING])
