"""Shifts as strips: a row of a table with its interval drawn, made without a drawing engine, for answers at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.pictures.names import MEANINGS, outcome
from reports.pictures.numbers import Body, Number, share_at, signed, spanned
from reports.pictures.shifts import IN_SHARES, ceiling_of

WIDTH = 240


@dataclass(frozen=True, slots=True)
class Strip:
    """One row: the shift in words, what it may come to, and where on the strip its marks stand, in its own units."""

    key: str
    name: str
    meaning: str
    said: str
    ceiling: str
    over: bool
    zero: float
    limit: float | None
    low: float
    high: float
    at: float


def strips_of(body: Body, moved: Mapping[str, Any]) -> list[Strip]:
    """The shifts of `moved`, on an axis that is the report's own: a slider moves marks and no scale."""
    low, high = _axis(body)

    def place(value: float) -> float:
        return round(WIDTH * min(max((value - low) / (high - low), 0.0), 1.0), 1)

    strips = []
    for key in IN_SHARES:
        number, ceiling = share_at(moved, key), ceiling_of(body, key)
        if number is None:
            continue
        strips.append(
            Strip(
                key=key,
                name=outcome(key),
                meaning=MEANINGS[key],
                said=spanned(number),
                ceiling="" if ceiling is None else signed(ceiling),
                over=ceiling is not None and number.low is not None and number.low > ceiling,
                zero=place(0),
                limit=None if ceiling is None else place(ceiling),
                low=place(_end(number, number.low)),
                high=place(_end(number, number.high)),
                at=place(number.estimate),
            )
        )
    return strips


def _end(number: Number, end: float | None) -> float:
    return number.estimate if end is None else end


def _axis(body: Body) -> tuple[float, float]:
    """An axis that holds what the report has seen of these outcomes over the share of users' feedback, and zero."""
    rows = [body.get("shift") or {}, *((body.get("curves") or {}).get("share") or ()), *(body.get("lattice") or ())]
    found = [share_at(row, key) for row in rows for key in ("sycophancy", "coldness")]
    ends = [end for number in found if number for end in (number.low, number.high) if end is not None]
    ceilings = [ceiling_of(body, key) or 0.0 for key in ("sycophancy", "coldness")]
    low, high = min([-2.0, *ends]), max([2.0, *ends, *(1.3 * one for one in ceilings)])
    return low - 0.05 * (high - low), high + 0.05 * (high - low)
