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

    Values of an array type are literals (see `array_literal`). Returns the `returning` columns of those inserted.
    """
    parts = []
    for name, (kind, _) in columns.items():
        # unnest takes nested arrays apart, so an array travels as its text.
        parts.append((sql.Identifier(name), sql.SQL("text" if kind.endswith("[]") else kind), sql.SQL(kind)))
    statement = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {casts} FROM unnest({arrays}) AS incoming ({names}) "
        "ON CONFLICT DO NOTHING {returning}"
    ).format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(name for name, _, _ in parts),
        casts=sql.SQL(", ").join(sql.SQL("{}::{}").format(name, kind) for name, _, kind in parts),
        arrays=sql.SQL(", ").join(sql.SQL("%b::{}[]").format(sent) for _, sent, _ in parts),
        returning=sql.SQL("RETURNING {}").format(_names(returning)) if returning else sql.SQL(""),
    )
    with _cursor() as cursor:
        cursor.execute(statement, [list(values) for _, values in columns.values()])
        return cursor.fetchall() if returning else []


def _names(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def fetch(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows of a query whose parameters may be long lists (bound on the server)."""
    with _cursor() as cursor:
        cursor.execute(statement.encode(), parameters)
        return cursor.fetchall()


def array_literal(values: Iterable[str]) -> str:
    """The text form of a `text[]`."""
    quoted = ('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return "{" + ",".join(quoted) + "}"
