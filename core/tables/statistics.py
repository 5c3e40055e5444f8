"""What the server believes about its tables, by which it chooses its plans."""

from django.db import connection
from psycopg import sql


def look_again(*tables: str) -> list[str]:
    """Let the server count those of these tables that have grown much since it last did, or that it takes for empty
    though they are long; returns which.

    It does so by itself within minutes. Until then it reads a table into which somebody has just loaded a hundred
    thousand rows as if it still were empty, and keeps doing so in statements that are prepared.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GROWN, [list(tables)])
        grown = [table for (table,) in cursor.fetchall()]
        if grown:
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.SQL(", ").join(map(sql.Identifier, grown))))
    return grown


# From the table's size on disk and not from the server's running counts, which come late.
_GROWN = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%s)
    AND pg_relation_size(oid) / current_setting('block_size')::int
        > 16 + CASE WHEN reltuples = 0 THEN 0 ELSE 1.3 * relpages END
ORDER BY relname
"""
