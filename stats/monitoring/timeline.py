"""A monitor's timeline: points at round event numbers, ever farther apart, the same in whatever batches events come."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from stats.pools import Array, Whole

MOST_KEPT = 240
"""Points kept, of which each takes some 90 bytes as JSON."""
_FIRST_WIDTH = 32
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Timeline:
    """Points at event numbers that `width` divides. Each is [event, at, *what the monitor keeps], numbers all."""

    width: int = _FIRST_WIDTH
    points: tuple[tuple[float, ...], ...] = ()

    def after(self, first: int, at: Array, kept: Callable[[Whole], Sequence[Array]]) -> Self:
        """With the points of n more events, the first of which has the number `first`; `at` (n,) is when they came.

        `kept` takes the rows (m,) of the events that become points and returns what is kept of them, columns (m,).
        """
        number = np.arange(first, first + len(at))
        width = self.width
        while len(self._at(width)) + int((number % width == 0).sum()) > MOST_KEPT:
            width *= 2
        rows = np.flatnonzero(number % width == 0)
        columns = [column.tolist() for column in kept(rows)]
        new = (
            (event, when, *(_short(value) for value in values))
            for event, when, *values in zip(number[rows].tolist(), at[rows].tolist(), *columns, strict=True)
        )
        return type(self)(width, (*self._at(width), *new))

    def _at(self, width: int) -> list[tuple[float, ...]]:
        return [point for point in self.points if point[0] % width == 0]

    def as_json(self) -> dict[str, Any]:
        return {"width": self.width, "points": [list(point) for point in self.points]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(stored["width"], tuple(tuple(point) for point in stored["points"]))


def _short(value: float) -> float:
    """A number as it is drawn: with fewer digits."""
    return float(f"{value:.{_DIGITS}g}")
