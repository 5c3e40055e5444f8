"""The log of labelled thumbs as the arrays that monitors read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from stats.thumbed import FACTORS, Codes, Thumbed

AT_ONCE = 65_536
"""Rows are held as such for so many events at a time."""

# The last sixty bits of a user's id are random.
_EVENTS = """
SELECT up::int::float8, sycophantic, correct, coalesce(warm, 'NaN'), coalesce(good, 'NaN'),
       extract(epoch FROM ready_at)::float8, extract(epoch FROM said_at)::float8,
       ('x' || right(replace(actor::text, '-', ''), 15))::bit(60)::bigint,
       segment, arm, memory, domain, language, CASE WHEN solicited THEN 'yes' ELSE 'no' END
FROM reports_driftevent WHERE project_id = %(project)s AND number BETWEEN %(first)s AND %(last)s
ORDER BY number
"""
_NUMBERS = ("up", "sycophantic", "correct", "warm", "good", "at", "said")


def read(project: UUID, first: int, last: int) -> Thumbed:
    """The events with these numbers, `first` and `last` among them, or those of them that there are."""
    starts = range(first, max(last, first) + 1, AT_ONCE)
    parts = [_part(project, start, min(start + AT_ONCE - 1, last)) for start in starts]
    return parts[0] if len(parts) == 1 else Thumbed.joined(*parts)


def _part(project: UUID, first: int, last: int) -> Thumbed:
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, {"project": project, "first": first, "last": last})
        rows = cursor.fetchall()
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * (len(_NUMBERS) + 1 + len(FACTORS))
    numbers = (np.array(column, dtype=float) for column in columns[: len(_NUMBERS)])
    up, sycophantic, correct, warm, good, at, said = numbers
    user = np.array(columns[len(_NUMBERS)], dtype=np.int64)
    factors = {name: _coded(column) for name, column in zip(FACTORS, columns[len(_NUMBERS) + 1 :], strict=True)}
    return Thumbed(up, sycophantic, correct, warm, good, factors, user, at, said)


def last_number(project: UUID) -> int:
    """The number of the newest event, 0 while there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(number), 0) FROM reports_driftevent WHERE project_id = %s", [project])
        return int(cursor.fetchone()[0])


def time_of(seconds: float) -> datetime:
    """A moment of `Thumbed.at`."""
    return datetime.fromtimestamp(seconds, UTC)


class Chunks:
    """Reads events in pieces and keeps the last one, as monitors that stand at one place read the same."""

    def __init__(self, project: UUID) -> None:
        self.project = project
        self._kept: tuple[tuple[int, int], Thumbed] | None = None

    def read(self, first: int, last: int) -> Thumbed:
        """See `read`."""
        if self._kept is None or self._kept[0] != (first, last):
            self._kept = (first, last), read(self.project, first, last)
        return self._kept[1]


def _coded(names: Sequence[str]) -> Codes:
    """As `Codes.of`, without making an array of texts."""
    levels = sorted(set(names) - {""})
    place = {level: n for n, level in enumerate(levels)}
    place[""] = -1
    return Codes(tuple(levels), np.fromiter((place[name] for name in names), dtype=np.int16, count=len(names)))
