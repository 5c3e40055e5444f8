"""Reading everything of one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from core.tables.statistics import look_again

_READ = (
    "catalog_comparison",
    "catalog_content",
    "catalog_poolresponse",
    "catalog_prompt",
    "catalog_response",
    "catalog_score",
    "ledger_actor",
    "ledger_judgment",
    "ledger_labelrequest",
    "ledger_ruling",
    "ledger_signal",
)

# As quick for all judgments of a large project as what the server would choose, and never a scan of all for each.
_WAYS = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan")


@contextmanager
def one_moment() -> Iterator[None]:
    """All reads within see the database as it is at the first of them."""
    # Somebody may have imported the pool a moment ago.
    look_again(*_READ)
    with transaction.atomic(), connection.cursor() as cursor:
        # Inside a caller's transaction (a test's) something was read already, and the level can no longer be set.
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        yield


@contextmanager
def wide_joins() -> Iterator[None]:
    """Within, tables are joined by hashes, once through each.

    A plan that looks every row up by itself is quick for a small pool and takes hours where the server believes that a
    table which is full were empty; one scan of what was said costs seconds at worst.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")


@contextmanager
def one_by_one() -> Iterator[None]:
    """Within, rows are looked up by their keys, one by one, whatever the server believes of its tables.

    For few subjects in a ledger of many millions, which a scan would read whole.
    """
    with connection.cursor() as cursor:
        for way in _WAYS:
            cursor.execute(f"SET LOCAL {way} = off")
        yield
        for way in _WAYS:
            cursor.execute(f"SET LOCAL {way} = on")
