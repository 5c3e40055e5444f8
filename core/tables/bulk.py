"""Many rows in one statement."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

Column = tuple[str, Sequence[Any]]


@contextmanager
def _cursor() -> Iterator[psycopg.Cursor[Any]]:
    # Parameters bound on the server and in binary: Django's own cursor writes each one into the text of the statement.
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        yield cursor


def insert_rows(table: str, columns: Mapping[str, Column], *, returning: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    """Insert rows given by column, `{name: (PostgreSQL type, values)}`; a row whose key exists is passed over.

    Returns the `returning` columns of those inserted.
    """
    statement = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING {returning}"
    ).format(
        table=sql.Identifier(table),
        names=_names(columns),
        arrays=sql.SQL(", ").join(sql.SQL("%b::{}[]").format(sql.SQL(kind)) for kind, _ in columns.values()),
        returning=sql.SQL("RETURNING {}").format(_names(returning)) if returning else sql.SQL(""),
    )
    with _cursor() as cursor:
        cursor.execute(statement, [list(values) for _, values in columns.values()])
        return cursor.fetchall() if returning else []


def copy_rows(table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows given as sequences, `columns` being {name: PostgreSQL type}; a row whose key exists is an error."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table), _names(columns))
    with _cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(list(columns.values()))
        for row in rows:
            copy.write_row(row)


def _names(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def fetch(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows of a query whose parameters may be long lists (bound on the server)."""
    with _cursor() as cursor:
        cursor.execute(statement.encode(), parameters)
        return cursor.fetchall()
