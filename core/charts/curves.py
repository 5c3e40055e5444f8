"""Figures with two axes: a curve in its band below a ceiling, steps that add up, and a front of what can be had."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.charts.effects import Line, round_step
from core.charts.frame import HEIGHTS, altair, chart_of, spec_of, text
from core.charts.theme import COLOURS, EDGE, INK, NARROW, QUIET, SHAPES
from core.charts.words import label


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a curve with its interval, in the axes' units."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Step:
    """What things had come to after a step, with its interval."""

    name: str
    said: str
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Place:
    """A named place on a front; `kind` says which it is of those that a front tells apart."""

    name: str
    x: float
    y: float
    kind: str = ""


def curve(
    points: Sequence[Point],
    *,
    meaning: str,
    title: str,
    ceiling: Line | None = None,
    now: Line | None = None,
    form: str = "~r",
    width: int = NARROW,
) -> dict[str, Any]:
    """A line in its 95 % band; the dashed ceiling, and at `now` a thin upright line with its words at the foot."""
    alt, colour = altair(), COLOURS[meaning]
    rows = [{"x": one.x, "y": one.y, "low": one.low, "high": one.high} for one in points]
    ends = [end for one in points for end in (one.low, one.high)] + ([ceiling.at] if ceiling else [])
    domain, values = _round(ends, 6)
    span = [min(one.x for one in points), max(one.x for one in points)]
    x = _plain_x(alt, span, title, form, width)
    y = _plain_y(alt, domain, values)
    chart = chart_of(alt, rows)
    layers = [
        _zero(alt, y),
        chart.mark_area(color=colour, opacity=0.16).encode(x=x, y=_y(alt, y, "low"), y2=alt.Y2("high:Q")),
        # Where the curve is low its words would lie on it.
        *_ceiling(alt, ceiling, y, width, right=bool(points) and points[0].y < points[-1].y),
        *_now(alt, now, span, x, y, domain),
        chart.mark_line(color=colour, strokeWidth=2).encode(x=x, y=_y(alt, y, "y")),
        chart.mark_point(color=colour, size=22).encode(x=x, y=_y(alt, y, "y")),
    ]
    return spec_of(alt, layers, width=width, height=HEIGHTS[1])


def steps(points: Sequence[Step], *, meaning: str, ceiling: Line | None, width: int = NARROW) -> dict[str, Any]:
    """What a sum came to, step after step, below the dashed line of what it may come to."""
    alt, colour = altair(), COLOURS[meaning]
    rows: list[dict[str, Any]] = [
        {"x": n, "y": one.y, "low": one.low, "high": one.high, "name": label(one.name, 16), "said": one.said}
        for n, one in enumerate(points)
    ]
    ends = [end for one in points for end in (one.low, one.high)] + ([ceiling.at] if ceiling else [])
    domain, values = _round(ends, 6)
    y = _plain_y(alt, domain, values)
    names = "[" + ",".join(f"'{_quoted(row['name'])}'" for row in rows) + "][datum.value]"
    room = (width - 60) / max(1, len(rows))
    axis = alt.Axis(title=None, values=list(range(len(rows))), labelExpr=names, grid=False, labelLimit=max(40, room))
    x = alt.X("x:Q", scale=alt.Scale(domain=[-0.5, len(rows) - 0.5], nice=False), axis=axis)
    chart = chart_of(alt, rows)
    layers = [
        _zero(alt, y),
        *_ceiling(alt, ceiling, y, width),
        chart.mark_line(color=EDGE, strokeWidth=1.5).encode(x=x, y=_y(alt, y, "y")),
        chart.mark_rule(color=colour, strokeWidth=2).encode(x=x, y=_y(alt, y, "low"), y2=alt.Y2("high:Q")),
        chart.mark_point(shape=SHAPES[meaning], color=colour, size=180).encode(x=x, y=_y(alt, y, "y")),
        text(alt, chart, "said", x=x, y=_y(alt, y, "high"), limit=room, align="center", color=INK, dy=-14),
    ]
    return spec_of(alt, layers, width=width, height=HEIGHTS[1])


def front(
    edge: Sequence[Place], named: Sequence[Place], *, title: str, ceiling: Line | None, width: int = NARROW
) -> dict[str, Any]:
    """What can be had together: the front as a line of small points, and by name where one stands and could stand."""
    alt = altair()
    every = [*edge, *named]
    across, ticks = _round([one.x for one in every] + ([ceiling.at] if ceiling else []), 4 if width <= NARROW else 6)
    low, high = min(one.y for one in every), max(one.y for one in every)
    room = max(high - low, 0.01) * 0.25
    up, values = _round([low - room, high + room], 4, zero=False)
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=across, nice=False),
        axis=alt.Axis(title=title, values=ticks, labelExpr=_PLUS, titleAnchor="start", titleAlign="left"),
    )
    y = _plain_y(alt, up, values)
    line = chart_of(alt, [{"x": one.x, "y": one.y} for one in sorted(edge, key=lambda one: (one.x, one.y))])
    layers = [
        *_upright(alt, ceiling, x, across),
        line.mark_line(color=EDGE, strokeWidth=1).encode(x=x, y=_y(alt, y, "y")),
        line.mark_point(color=EDGE, size=24).encode(x=x, y=_y(alt, y, "y")),
    ]
    for one in named:
        layers += _named(alt, one, x, y, across)
    return spec_of(alt, layers, width=width, height=HEIGHTS[2] if width > NARROW else HEIGHTS[1])


_PLUS = "(datum.value > 0 ? '+' : '') + format(datum.value, '~r')"
_LOOKS: dict[str, dict[str, Any]] = {
    "": {"color": QUIET, "filled": False, "size": 80, "strokeWidth": 1.5},
    "chosen": {"color": INK, "shape": "diamond", "size": 130},
    "now": {"color": INK, "size": 90},
}


def _named(alt: Any, one: Place, x: Any, y: Any, across: Sequence[float]) -> list[Any]:
    chart = chart_of(alt, [{"x": one.x, "y": one.y, "name": label(one.name, 40)}])
    left = one.x > across[0] + 0.6 * (across[1] - across[0])
    how: dict[str, Any] = {"align": "right" if left else "left", "dx": -10 if left else 10}
    how["dy"] = -10 if one.kind == "chosen" else 10
    return [
        chart.mark_point(**_LOOKS[one.kind]).encode(x=x, y=_y(alt, y, "y")),
        text(alt, chart, "name", x=x, y=_y(alt, y, "y"), limit=220, **how),
    ]


def _upright(alt: Any, ceiling: Line | None, x: Any, across: Sequence[float]) -> list[Any]:
    if ceiling is None:
        return []
    chart = chart_of(alt, [{"x": ceiling.at, "said": label(ceiling.said)}])
    left = ceiling.at > across[0] + 0.6 * (across[1] - across[0])
    how: dict[str, Any] = {"align": "right" if left else "left", "dx": -5 if left else 5}
    return [
        chart.mark_rule(color=QUIET, strokeDash=[4, 3], strokeWidth=1).encode(x=x),
        text(alt, chart, "said", x=x, y=alt.YValue(8), limit=200, color=QUIET, **how),
    ]


def _ceiling(alt: Any, ceiling: Line | None, y: Any, width: int, *, right: bool = False) -> list[Any]:
    if ceiling is None:
        return []
    chart = chart_of(alt, [{"y": ceiling.at, "said": label(ceiling.said)}])
    place = _y(alt, y, "y")
    how: dict[str, Any] = {"x": "width", "align": "right", "dx": -4} if right else {"x": 4}
    return [
        chart.mark_rule(color=QUIET, strokeDash=[4, 3], strokeWidth=1).encode(y=place),
        text(alt, chart, "said", y=place, limit=width, color=QUIET, baseline="bottom", dy=-4, **how),
    ]


def _now(alt: Any, now: Line | None, span: Sequence[float], x: Any, y: Any, domain: Sequence[float]) -> list[Any]:
    if now is None:
        return []
    chart = chart_of(alt, [{"x": now.at, "said": label(now.said), "y": domain[0]}])
    left = now.at > (span[0] + span[1]) / 2
    how: dict[str, Any] = {"align": "right" if left else "left", "dx": -5 if left else 5}
    how |= {"baseline": "bottom", "dy": -4}
    return [
        chart.mark_rule(color=INK, strokeWidth=1).encode(x=x),
        text(alt, chart, "said", x=x, y=_y(alt, y, "y"), limit=200, **how),
    ]


def _zero(alt: Any, y: Any) -> Any:
    return chart_of(alt, [{"y": 0}]).mark_rule(color=EDGE, strokeWidth=1).encode(y=_y(alt, y, "y"))


def _plain_x(alt: Any, span: Sequence[float], title: str, form: str, width: int) -> Any:
    axis = alt.Axis(title=title, format=form, tickCount=width // 70, titleAnchor="start", titleAlign="left")
    return alt.X("x:Q", scale=alt.Scale(domain=list(span), nice=False), axis=axis)


def _plain_y(alt: Any, domain: Sequence[float], values: Sequence[float]) -> Any:
    axis = alt.Axis(title=None, values=list(values), labelExpr=_PLUS, grid=True)
    return alt.Y("y:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=axis)


def _y(alt: Any, y: Any, field: str) -> Any:
    made = y.copy(deep=False)
    made.shorthand = f"{field}:Q"
    return made


def _round(ends: Sequence[float], most: int, *, zero: bool = True) -> tuple[list[float], list[float]]:
    """The ends of an axis over these numbers (and zero) on round ones, and the ticks between."""
    low, high = min([*ends, *([0.0] if zero else [])]), max([*ends, *([0.0] if zero else [])])
    step = round_step((high - low) or 1.0, most)
    first = int(low // step)
    last = max(first + 1, -int(-high // step))
    values = [round(step * n, 10) for n in range(first, last + 1)]
    return [values[0], values[-1]], values


def _quoted(name: str) -> str:
    """The name inside of a Vega expression's string."""
    return "".join(f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else "\ufffd" for sign in name)
