"""Locks that belong to no row: whoever wants the same name waits for the other, or learns that there is one."""

import hashlib

from django.db import connection


def wait_for(name: str) -> None:
    """Hold the lock of this name until the caller's transaction ends; waits for whoever has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_number_of(name)])


def take_now(name: str) -> bool:
    """Hold the lock of this name until the caller's transaction ends; False at once if somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_number_of(name)])
        return bool(cursor.fetchone()[0])


def share(name: str) -> None:
    """Hold the lock of this name beside others who share it, until the caller's transaction ends.

    Waits for whoever has it alone, or waited for it before.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_number_of(name)])


def _number_of(name: str) -> int:
    # PostgreSQL knows such locks by numbers of 64 bits.
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
