"""A name is one lock for everybody, until the end of the transaction that took it."""

import threading

import pytest
from django.db import connection, transaction

from core.tables import locks


@pytest.mark.django_db(transaction=True)
def test_a_name_is_taken_once_and_free_again_after_the_transaction() -> None:
    found: list[bool] = []

    def look() -> None:
        try:
            with transaction.atomic():
                found.append(locks.take_now("a"))
                found.append(locks.take_now("b"))
        finally:
            connection.close()

    def elsewhere() -> list[bool]:
        found.clear()
        other = threading.Thread(target=look)
        other.start()
        other.join()
        return found

    with transaction.atomic():
        locks.wait_for("a")
        assert locks.take_now("a")
        assert elsewhere() == [False, True]
    assert elsewhere() == [True, True]
