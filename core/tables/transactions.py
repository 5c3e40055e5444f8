"""Which transaction wrote a row: what a snapshot asks, since times are not in the order of commits."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class CurrentTransaction(models.Func):
    """The number of the running transaction, which no other has in the life of the server."""

    function = "pg_current_xact_id"
    arity = 0
    output_field = models.TextField()


class TransactionField(models.Field):  # type: ignore[type-arg]
    """The number of the transaction that wrote the row (PostgreSQL's xid8); the database fills it in.

    `pg_visible_in_snapshot(column, snapshot)` says whether that transaction was over when the snapshot was taken. The
    default is the same throughout a transaction, so that adding the column to a table does not rewrite it: the rows
    that are there get the number of the migration. A dump keeps the numbers, which mean nothing to another server.
    """

    def __init__(self, **options: Any) -> None:
        options["editable"] = False
        options["db_default"] = CurrentTransaction()
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"], kwargs["db_default"]
        return name, path, args, kwargs

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "xid8"


class SnapshotField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's pg_snapshot: which transactions were over at a moment, as text."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "pg_snapshot"
