"""Pages by cursor: newest first, by the time-ordered id, so that no page is skipped or doubled while rows arrive."""

import base64
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

from core.api.problems import Code, Problem, invalid

LIMIT = 50
MOST = 200
PARAMETERS = ("limit", "cursor")
_LIMIT = re.compile(r"[1-9][0-9]{0,5}\Z")
_CURSOR = re.compile(r"[A-Za-z0-9_-]{22}\Z")


def limit_of(parameters: Mapping[str, str], most: int = MOST) -> int:
    """How many rows are wanted. Raises Problem."""
    given = parameters.get("limit", str(LIMIT))
    if not _LIMIT.match(given) or int(given) > most:
        raise invalid("limit", f"a whole number from 1 to {most}")
    return int(given)


def after_of(parameters: Mapping[str, str]) -> UUID | None:
    """The id that the page comes after, if a cursor is named. Raises Problem."""
    given = parameters.get("cursor")
    if given is None:
        return None
    if _CURSOR.match(given):
        raw = base64.urlsafe_b64decode(given + "==")
        if cursor_of(UUID(bytes=raw)) == given:
            return UUID(bytes=raw)
    raise Problem(Code.BAD_CURSOR)


def cursor_of(key: UUID) -> str:
    """The cursor of the page after the row with this id."""
    return base64.urlsafe_b64encode(key.bytes).decode().rstrip("=")


def cut(rows: "QuerySet[Any]", parameters: Mapping[str, str]) -> tuple[list[Any], UUID | None]:
    """One page of these rows, and the id that the next one comes after (None: this is the last). Raises Problem."""
    limit, after = limit_of(parameters), after_of(parameters)
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows.order_by("-pk")[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    return found, found[-1].pk if more else None


def next_url(request: HttpRequest, after: UUID | None) -> str | None:
    """The address of the next page, with the same filters."""
    if after is None:
        return None
    query = request.GET.copy()
    query["cursor"] = cursor_of(after)
    return f"{request.build_absolute_uri(request.path)}?{query.urlencode()}"
