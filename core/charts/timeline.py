"""Figures over time: a value in its interval beside the band it should keep to, and what happened when.

What happened is told in lanes above the value, each with its words: what went live as a dashed upright line, a warning
as a hollow triangle, an alarm as a full line and a diamond, a change as the span in which it lies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.utils.translation import gettext as _

from core.charts.effects import Line, round_step
from core.charts.frame import HEIGHTS, LETTER, altair, chart_of, spec_of, text
from core.charts.theme import COLOURS, EDGE, INK, NARROW, QUIET
from core.charts.words import label

LANE = 17
"""So high is a lane: a line of words."""

MOST_LANES = 4
"""So many lanes have words."""

_FRAME = 56
"""About as wide as the axis at the left and the padding are."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value at a moment, with its interval where it has one."""

    at: datetime
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """What the value is to keep to: the reference as a line with its words, and how far from it is tolerated."""

    at: float
    low: float
    high: float
    said: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What happened at a moment; a change lies somewhere from `low` to `high`."""

    at: datetime
    said: str
    kind: Literal["live", "watch", "alarm", "change"]
    low: datetime | None = None
    high: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Placed:
    """A mark in its lane; `left`: its words stand left of it. `words`: there was room for them."""

    mark: Mark
    lane: int
    left: bool
    words: bool


def timeline(
    readings: Sequence[Reading],
    *,
    title: str,
    meaning: str = "",
    band: Band | None = None,
    line: Line | None = None,
    marks: Sequence[Mark] = (),
    powers: bool = False,
    width: int = NARROW,
) -> dict[str, Any]:
    """A value over time. `line` is a dashed one across, such as a threshold.

    With `powers` the values are logarithms to base ten, and the axis shows what they are logarithms of.
    """
    alt, colour = altair(), COLOURS[meaning] if meaning else INK
    span = _span(readings, marks)
    placed = _lanes(marks, span, width)
    head = LANE * (1 + max((one.lane for one in placed), default=-1)) + (6 if placed else 0)
    height = HEIGHTS[1] if width <= NARROW else HEIGHTS[2] if head > 2 * LANE else HEIGHTS[1]
    x = _time(alt, span, title, width)
    domain, values = _round(_ends(readings, band, line), powers=powers)
    y = _value(alt, domain, values, head, height, powers=powers)
    rows = [{"at": one.at.isoformat(), "value": one.value, "low": one.low, "high": one.high} for one in readings]
    bounded = [row for row in rows if row["low"] is not None and row["high"] is not None]
    layers = [
        *_band(alt, band, y, width, right=band is not None and readings[-1].value > band.high),
        *_dashed(alt, line, y, width),
        *_rules(alt, placed, x, y, [domain[0], domain[1] + head * (domain[1] - domain[0]) / (height - head)], height),
        *_interval(alt, bounded, colour, x, y),
        chart_of(alt, rows).mark_line(color=colour, strokeWidth=1.5).encode(x=x, y=_y(alt, y, "value")),
        chart_of(alt, rows[-1:]).mark_point(color=colour, size=50).encode(x=x, y=_y(alt, y, "value")),
        *_words(alt, placed, x, width),
    ]
    return spec_of(alt, layers, width=width, height=height)


def _span(readings: Sequence[Reading], marks: Sequence[Mark]) -> tuple[datetime, datetime]:
    """From the first to the last of what is shown; never of no length."""
    moments = [one.at for one in readings]
    moments += [end for one in marks for end in (one.at, one.low, one.high) if end is not None]
    first, last = min(moments), max(moments)
    return first, max(last, first + timedelta(minutes=1))


def _lanes(marks: Sequence[Mark], span: tuple[datetime, datetime], width: int) -> list[_Placed]:
    """Each mark where its words lie on nothing: on no other words, and on no line that hangs from a lane above.

    Alarms and changes choose first; the signs of marks for whose words there is no room stand alone in a last lane.
    """
    order = {"alarm": 0, "change": 1, "watch": 2, "live": 3}
    sheet = _Lanes(span, width - _FRAME)
    for mark in sorted(marks, key=lambda one: (order[one.kind], one.at)):
        sheet.place(mark)
    below = 1 + max((one.lane for one in sheet.placed), default=-1)
    return [*sheet.placed, *(_Placed(mark, below, left=False, words=False) for mark in sheet.bare)]


class _Lanes:
    """What is taken already, in points from the left end of the axis."""

    def __init__(self, span: tuple[datetime, datetime], room: int) -> None:
        self.placed: list[_Placed] = []
        self.bare: list[Mark] = []
        self._span, self._room = span, room
        self._taken: list[list[tuple[float, float]]] = [[] for _ in range(MOST_LANES)]
        self._hanging: list[tuple[int, float]] = []

    def place(self, mark: Mark) -> None:
        at, sign = self._at(mark.at), (self._at(mark.low or mark.at) - 6, self._at(mark.high or mark.at) + 6)
        length = LETTER * len(label(mark.said, 24)) + 8
        sides = ((False, (sign[0], sign[1] + length)), (True, (sign[0] - length, sign[1])))
        tried = [(lane, left, taken) for lane in range(MOST_LANES) for left, taken in sides]
        for lane, left, taken in tried:
            if self._fits(lane, taken) and (mark.kind not in _RULES or self._falls_free(lane, at)):
                self._put(_Placed(mark, lane, left, words=True), taken)
                return
        self.bare.append(mark)

    def _at(self, moment: datetime) -> float:
        return self._room * _share(moment, self._span)

    def _put(self, one: _Placed, taken: tuple[float, float]) -> None:
        self.placed.append(one)
        self._taken[one.lane].append(taken)
        if one.mark.kind in _RULES:
            self._hanging.append((one.lane, self._at(one.mark.at)))

    def _free(self, lane: int, taken: tuple[float, float]) -> bool:
        return all(taken[1] < low or taken[0] > high for low, high in self._taken[lane])

    def _fits(self, lane: int, taken: tuple[float, float]) -> bool:
        crossed = any(above < lane and taken[0] < at < taken[1] for above, at in self._hanging)
        return taken[0] > -_FRAME / 2 and taken[1] <= self._room and not crossed and self._free(lane, taken)

    def _falls_free(self, lane: int, at: float) -> bool:
        return not any(low < at < high for below in self._taken[lane + 1 :] for low, high in below)


def _share(at: datetime, span: tuple[datetime, datetime]) -> float:
    return (at - span[0]) / (span[1] - span[0])


def _band(alt: Any, band: Band | None, y: Any, width: int, *, right: bool) -> list[Any]:
    """The band with its words under it, at the end where the value has left it if it has."""
    if band is None:
        return []
    area = chart_of(alt, [{"from": band.low, "to": band.high}])
    rule = chart_of(alt, [{"y": band.at, "foot": band.low, "said": label(band.said)}])
    how: dict[str, Any] = {"x": "width", "align": "right", "dx": -4} if right else {"x": 4}
    how |= {"limit": width - _FRAME, "color": QUIET, "baseline": "top", "dy": 3}
    return [
        area.mark_rect(color=EDGE, opacity=0.16).encode(y=_y(alt, y, "from"), y2=alt.Y2("to:Q")),
        rule.mark_rule(color=EDGE, strokeDash=[4, 3], strokeWidth=1).encode(y=_y(alt, y, "y")),
        text(alt, rule, "said", y=_y(alt, y, "foot"), **how),
    ]


def _dashed(alt: Any, line: Line | None, y: Any, width: int) -> list[Any]:
    if line is None:
        return []
    chart = chart_of(alt, [{"y": line.at, "said": label(line.said)}])
    place = _y(alt, y, "y")
    return [
        chart.mark_rule(color=QUIET, strokeDash=[4, 3], strokeWidth=1).encode(y=place),
        text(alt, chart, "said", x=4, y=place, limit=width - _FRAME, color=QUIET, baseline="bottom", dy=-3),
    ]


def _interval(alt: Any, bounded: Sequence[dict[str, Any]], colour: str, x: Any, y: Any) -> list[Any]:
    if not bounded:
        return []
    low, high = _y(alt, y, "low"), alt.Y2("high:Q")
    last = chart_of(alt, bounded[-1:]).mark_rule(color=colour, strokeWidth=2).encode(x=x, y=low, y2=high)
    if len(bounded) == 1:
        return [last]
    return [chart_of(alt, bounded).mark_area(color=colour, opacity=0.16).encode(x=x, y=low, y2=high), last]


_RULES: dict[str, dict[str, Any]] = {
    "live": {"color": QUIET, "strokeDash": [2, 2], "strokeWidth": 1},
    "alarm": {"color": INK, "strokeWidth": 1.5},
    "change": {"color": QUIET, "strokeWidth": 1},
}
_SIGNS: dict[str, dict[str, Any]] = {
    "live": {"shape": "M0,1L-.8,-.7L.8,-.7Z", "color": QUIET, "size": 40},
    "watch": {"shape": "triangle-up", "color": INK, "size": 60, "filled": False, "strokeWidth": 1.5},
    "alarm": {"shape": "diamond", "color": INK, "size": 90},
    "change": {"shape": "circle", "color": INK, "size": 40},
}


def _rules(alt: Any, placed: Sequence[_Placed], x: Any, y: Any, sheet: Sequence[float], height: int) -> list[Any]:
    """The upright lines below the signs, by kind; `sheet`: the values at the foot and at the top of the figure."""
    layers = []
    for kind, look in _RULES.items():
        rows = [_row(one) for one in placed if one.mark.kind == kind]
        for row in rows:
            row |= {"sign": sheet[1] - (sheet[1] - sheet[0]) * row["mark"] / height, "foot": sheet[0]}
        if rows:
            rule = chart_of(alt, rows).mark_rule(**look)
            layers.append(rule.encode(x=x, y=_y(alt, y, "sign"), y2=alt.Y2("foot:Q")))
    return layers


def _words(alt: Any, placed: Sequence[_Placed], x: Any, width: int) -> list[Any]:
    """The signs in their lanes, and beside each what it is."""
    layers = []
    for kind, look in _SIGNS.items():
        rows = [_row(one) for one in placed if one.mark.kind == kind]
        if not rows:
            continue
        for lane in sorted({row["lane"] for row in rows}):
            here = chart_of(alt, [row for row in rows if row["lane"] == lane])
            place = alt.YValue(LANE * lane + LANE / 2)
            if kind == "change":
                layers.append(
                    here.mark_rule(color=INK, strokeWidth=3).encode(x=_x(alt, x, "low"), x2=alt.X2("high:T"), y=place)
                )
            layers.append(here.mark_point(**look).encode(x=x, y=place))
    for one in placed:
        if not one.words:
            continue
        how: dict[str, Any] = {"align": "right", "dx": -9} if one.left else {"align": "left", "dx": 9}
        end = _row(one) | {"at": _iso(one.mark.low if one.left else one.mark.high, one.mark)}
        color = QUIET if one.mark.kind == "live" else INK
        weight = {"fontWeight": "bold"} if one.mark.kind == "alarm" else {}
        place = alt.YValue(LANE * one.lane + LANE / 2)
        layers.append(text(alt, chart_of(alt, [end]), "said", x=x, y=place, limit=width, color=color, **how, **weight))
    return layers


def _row(one: _Placed) -> dict[str, Any]:
    mark = one.mark
    return {
        "at": mark.at.isoformat(),
        "low": _iso(mark.low, mark),
        "high": _iso(mark.high, mark),
        "said": label(mark.said, 24),
        "lane": one.lane,
        "mark": LANE * one.lane + LANE / 2,
    }


def _iso(end: datetime | None, mark: Mark) -> str:
    return (end or mark.at).isoformat()


def _time(alt: Any, span: tuple[datetime, datetime], title: str, width: int) -> Any:
    long = span[1] - span[0] > timedelta(days=3)
    axis = alt.Axis(
        title=title + " · " + (_("days in UTC") if long else _("days and hours in UTC")),
        format="%-d %b" if long else "%-d %b %H:%M",
        tickCount=max(2, width // (110 if long else 150)),
        titleAnchor="start",
        titleAlign="left",
        grid=False,
    )
    domain = [one.isoformat() for one in span]
    return alt.X("at:T", scale=alt.Scale(type="utc", domain=domain, nice=False), axis=axis)


def _ends(readings: Sequence[Reading], band: Band | None, line: Line | None) -> list[float]:
    ends = [end for one in readings for end in (one.value, one.low, one.high) if end is not None]
    return ends + ([band.low, band.high, band.at] if band else []) + ([line.at] if line else [])


_PLAIN = "format(datum.value, '~r')"
_POWERS = "format(pow(10, datum.value), ',~r')"


def _round(ends: Sequence[float], *, powers: bool) -> tuple[list[float], list[float]]:
    """The ends of an axis over these numbers with some air, on round ones, and the ticks between."""
    low, high = min(ends), max(ends)
    room = 0.08 * (high - low or 1.0)
    step = max(1.0, round_step(high - low + room, 4)) if powers else round_step(high - low + 2 * room, 5)
    first = int((0.0 if powers else low - room) // step)
    last = max(first + 1, -int(-(high + room) // step))
    values = [round(step * n, 10) for n in range(first, last + 1)]
    return [values[0], values[-1]], values


def _value(alt: Any, domain: Sequence[float], values: Sequence[float], head: int, height: int, *, powers: bool) -> Any:
    """The axis of the value, below the lanes."""
    axis = alt.Axis(title=None, values=list(values), labelExpr=_POWERS if powers else _PLAIN, grid=True)
    scale = alt.Scale(domain=list(domain), range=[height, head], nice=False, zero=False)
    return alt.Y("value:Q", scale=scale, axis=axis)


def _y(alt: Any, y: Any, field: str) -> Any:
    made = y.copy(deep=False)
    made.shorthand = f"{field}:Q"
    return made


def _x(alt: Any, x: Any, field: str) -> Any:
    made = x.copy(deep=False)
    made.shorthand = f"{field}:T"
    return made
