"""Statements that run at every step of every rater: the server parses and plans them once per connection.

Django's own cursor writes parameters into the text of a statement, so that the server meets a new one each time; with
what a claim joins, planning it costs more than running it. Where the settings forbid prepared statements (a proxy that
cannot have them), these run unprepared.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import psycopg
from django.db import connection, models

M = TypeVar("M", bound=models.Model)


def rows(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows that the statement returns; none for one that returns nothing. Takes part in Django's transactions."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement.encode(), parameters, prepare=True)
        # Not `description`, which would describe each column each time.
        return cursor.fetchall() if cursor.rownumber is not None else []


class Columns(Generic[M]):
    """All columns of a model under a table's alias: `sql` to select them, `build` to make the object of a row."""

    def __init__(self, model: type[M], alias: str) -> None:
        fields = model._meta.concrete_fields
        self._model = model
        self._names = [field.attname for field in fields]
        self._converted = [(n, field) for n, field in enumerate(fields) if hasattr(field, "from_db_value")]
        self.sql = ", ".join(f'{alias}."{field.column}"' for field in fields)
        self.width = len(self._names)

    def build(self, values: Sequence[Any]) -> M:
        """The object of these values, of which there are `width`, as the model's manager would have read it."""
        row = list(values)
        for n, field in self._converted:
            row[n] = field.from_db_value(row[n], None, connection)
        return self._model.from_db(connection.alias, self._names, row)
