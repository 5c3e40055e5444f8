"""JSON kept as the text that it was: floats come back bit by bit."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.types.json import Json


class ExactJSONField(models.JSONField):
    """A column of PostgreSQL's `json`, for what is only ever read and written whole.

    `jsonb` keeps numbers as decimals: 1e22 would come back as a whole number, -0.0 as 0.0. Not a number and infinity
    are refused.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "json"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        # psycopg has parsed it: Django keeps it from doing so for `jsonb` only.
        return value

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        return None if value is None else Json(value)
