"""Statements that run at every step of every rater: the server parses and plans them once per connection.

Django's own cursor writes parameters into the text of a statement, so that the server meets a new one each time; with
what a claim joins, planning it costs more than running it. Where the settings forbid prepared statements (a proxy that
cannot have them), these run unprepared.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection


def rows(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows that the statement returns; none for one that returns nothing. Takes part in Django's transactions."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement.encode(), parameters, prepare=True)
        return cursor.fetchall() if cursor.description else []
