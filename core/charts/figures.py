"""The figures there are: a sum over time, shares with intervals, parts of wholes. Altair in, specifications out.

Each row of a figure has its name and its numbers on a line of their own above the mark, so that nothing is clipped on
a phone and nothing needs a legend.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.charts.frame import HEIGHTS, LETTER, MOST_ROWS, altair, chart_of, height_for, spec_of, text
from core.charts.theme import COLOURS, INK, NARROW, QUIET, RULE, SHAPES
from core.charts.words import label

_ENDS = (0.1, 0.2, 0.4, 0.6, 1.0)
_HALF_A_MOMENT = 45
"""Half the width of "28 Nov 03:30" on an axis, in pixels, and some more."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A row with a share and its interval; without a share, `said` tells why there is none."""

    name: str
    said: str
    share: float | None = None
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """A row of which `part` of `whole` is filled."""

    name: str
    said: str
    part: int
    whole: int


def intervals(rows: Sequence[Interval], *, meaning: str, title: str, width: int = NARROW) -> dict[str, Any]:
    """Points on their intervals, in the hue and the shape of `meaning`, over an axis of shares."""
    alt = altair()
    rows = rows[:MOST_ROWS]
    known = [
        {**_placed(n, row), "share": row.share, "low": row.low, "high": row.high}
        for n, row in enumerate(rows)
        if row.share is not None
    ]
    unknown = [_placed(n, row) for n, row in enumerate(rows) if row.share is None]
    end = _end([row["high"] for row in known])
    x = alt.X("low:Q", scale=alt.Scale(domain=[0, end]), axis=_shares(alt, title, end))
    y = _line(alt, "mark", rows)
    drawn, said = chart_of(alt, known), chart_of(alt, unknown)
    layers = [
        drawn.mark_rule(color=COLOURS[meaning], strokeWidth=2).encode(x=x, x2=alt.X2("high:Q"), y=y),
        drawn.mark_point(shape=SHAPES[meaning], color=COLOURS[meaning], size=180).encode(x=alt.X("share:Q"), y=y),
        *_words(alt, drawn, rows, width),
        text(alt, said, "name", x=0, y=_line(alt, "words", rows), limit=0.8 * width),
        text(alt, said, "said", x=0, y=y, limit=0.9 * width, color=QUIET),
    ]
    return spec_of(alt, layers, width=width, height=height_for(len(rows)))


def parts(rows: Sequence[Part], *, title: str, width: int = NARROW) -> dict[str, Any]:
    """Bars of which a part is filled, over an axis of shares."""
    alt = altair()
    rows = rows[:MOST_ROWS]
    data = [{**_placed(n, row), "share": row.part / max(1, row.whole), "whole": 1} for n, row in enumerate(rows)]
    chart = chart_of(alt, data)
    x = alt.X("whole:Q", scale=alt.Scale(domain=[0, 1]), axis=_shares(alt, title, 1.0))
    y = _line(alt, "mark", rows)
    layers = [
        chart.mark_bar(orient="horizontal", color=RULE, height=8).encode(x=x, y=y),
        chart.mark_bar(orient="horizontal", color=INK, height=8).encode(x=alt.X("share:Q"), y=y),
        *_words(alt, chart, rows, width),
    ]
    return spec_of(alt, layers, width=width, height=height_for(len(rows)))


def total(points: Sequence[tuple[datetime, int]], *, ceiling: int, said: str, width: int) -> dict[str, Any]:
    """How a sum grew, as a line, below the dashed line of what it can come to."""
    alt = altair()
    long = not points or points[-1][0] - points[0][0] > timedelta(days=3)
    ticks = alt.Axis(
        title=_("days in UTC") if long else _("days and hours in UTC"),
        format="%-d %b" if long else "%-d %b %H:%M",
        # Two for a month would be its first day alone.
        tickCount=max(3 if long else 2, width // 120),
        titleAnchor="start",
        titleAlign="left",
        # What is written around a tick this near to an end would be cut off there, so it stands beside the tick.
        labelFlush=_HALF_A_MOMENT,
    )
    at = alt.X("at:T", scale=alt.Scale(type="utc", nice=False), axis=ticks)
    count = alt.Y(
        "total:Q",
        scale=alt.Scale(domain=[0, max(1.0, ceiling * 1.15)], nice=False),
        axis=alt.Axis(title=None, tickCount=4, grid=True, tickMinStep=1, format=",d"),
    )
    line = chart_of(alt, [{"at": moment.isoformat(), "total": sofar} for moment, sofar in points])
    top = chart_of(alt, [{"total": ceiling, "said": said}])
    layers = [
        line.mark_line(color=INK).encode(x=at, y=count),
        top.mark_rule(color=QUIET, strokeDash=[4, 3], strokeWidth=1).encode(y=alt.Y("total:Q")),
        text(alt, top, "said", x=4, y=alt.Y("total:Q"), limit=width, color=QUIET, baseline="bottom", dy=-4),
    ]
    return spec_of(alt, layers, width=width, height=HEIGHTS[1])


def _placed(n: int, row: Interval | Part) -> dict[str, Any]:
    return {"words": n + 0.34, "mark": n + 0.72, "name": label(row.name), "said": row.said}


def _words(alt: Any, chart: Any, rows: Sequence[Interval | Part], width: int) -> list[Any]:
    """The row's name at the left and its numbers at the right."""
    y, numbers = _line(alt, "words", rows), LETTER * max((len(row.said) for row in rows), default=0)
    return [
        text(alt, chart, "name", x=0, y=y, limit=max(60, 0.9 * (width - 30 - numbers))),
        text(alt, chart, "said", x="width", y=y, limit=width, align="right", color=QUIET),
    ]


def _line(alt: Any, field: str, rows: Sequence[object]) -> Any:
    return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[0, max(1, len(rows))], reverse=True, nice=False), axis=None)


def _shares(alt: Any, title: str, end: float) -> Any:
    values = [round(end * n / 4, 3) for n in range(5)]
    style = ".1~%" if end < 0.2 else ".0%"
    return alt.Axis(title=title, format=style, values=values, titleAnchor="start", titleAlign="left")


def _end(highs: list[float]) -> float:
    most = max(highs, default=1.0)
    return next(end for end in _ENDS if most <= end)
