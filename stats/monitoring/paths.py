"""The path of a monitor, thinned so that it fits into its state however long it grows.

A point is offered at the end of every block of events. Kept are those of every block, later of every second, every
fourth and so on, so that at most MOST points stay. Which ones depends on event numbers alone, never on batches.
"""

from typing import Any

from stats.intervals import Estimate

MOST = 240
DIGITS = 6
"""Significant digits of what is drawn: a path is a picture, and the state must stay small."""

HIGHEST = 1e9
"""What is drawn is cut here, far above any threshold."""

Line = dict[str, Any]
"""Points [event, at, value, low, high, statistic, warning] and the number of blocks from one kept point to the next."""


def blank(block: int) -> Line:
    """An empty path of blocks of `block` events."""
    return {"block": block, "stride": 1, "points": []}


def offer(line: Line, event: int, at: float, value: Estimate | None, statistic: float, warning: float) -> None:
    """Add the point at the end of the block that ends with event number `event`, if it is one to keep."""
    if event // line["block"] % line["stride"]:
        return
    shown = (value.estimate, value.low, value.high) if value else (None, None, None)
    line["points"].append([event, round(at, 3), *map(_short, (*shown, statistic, warning))])
    while len(line["points"]) > MOST:
        line["stride"] *= 2
        line["points"] = [one for one in line["points"] if one[0] // line["block"] % line["stride"] == 0]


def path(line: Line) -> list[dict[str, Any]]:
    """The points as a reading has them."""
    names = ("event", "at", "value", "low", "high", "statistic", "warning")
    return [dict(zip(names, point, strict=True)) for point in line["points"]]


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{min(value, HIGHEST):.{DIGITS}g}")
