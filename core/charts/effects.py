"""Figures of differences: signed numbers with their intervals around zero, and shares before and after.

What is not told apart from zero is grey, never left out; a ceiling is a dashed line with its words on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.charts.frame import LETTER, MOST_ROWS, altair, chart_of, height_for, spec_of, text
from core.charts.theme import COLOURS, EDGE, INK, NARROW, QUIET, RULE, SHAPES
from core.charts.words import label


@dataclass(frozen=True, slots=True)
class Effect:
    """A row: a difference with its interval in the axis' unit, in the hue of `meaning`; without one, `said` tells why.

    `ceiling` is what it may come to at most, where that is the row's own.
    """

    name: str
    said: str
    value: float | None = None
    low: float = 0.0
    high: float = 0.0
    meaning: str = ""
    ceiling: float | None = None

    @property
    def clear(self) -> bool:
        """Its interval leaves zero out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Change:
    """A row: what something was and what it became, in the axis' unit."""

    name: str
    said: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Line:
    """A dashed line through the whole figure, with its words."""

    at: float
    said: str


def effects(
    rows: Sequence[Effect],
    *,
    title: str,
    line: Line | None = None,
    span: tuple[float, float] | None = None,
    plus: bool = True,
    width: int = NARROW,
) -> dict[str, Any]:
    """Points on their intervals, left and right of zero; `span` is the least that the axis holds.

    With `plus` the axis shows the sign of what is above zero, as of a difference.
    """
    alt, rows = altair(), rows[:MOST_ROWS]
    sheet = _Sheet(alt, rows, width, head=0.5 if line else 0.0)
    known = [row for row in rows if row.value is not None]
    ends = [end for row in known for end in (row.low, row.high, *([] if row.ceiling is None else [row.ceiling]))]
    x = _signed(alt, [*ends, *(span or ()), *([line.at] if line else [])], title, width, plus=plus)
    layers = [_zero(alt, x), *_dashed(alt, line, x, sheet), *_ceilings(alt, rows, x, sheet)]
    for look in sorted({(row.meaning, row.clear) for row in known}):
        layers += _points(alt, [sheet.placed(row) for row in known if (row.meaning, row.clear) == look], look, x, sheet)
    return spec_of(alt, [*layers, *sheet.words()], width=width, height=sheet.height)


def changes(rows: Sequence[Change], *, title: str, line: Line | None = None, width: int = NARROW) -> dict[str, Any]:
    """From the hollow point, what it was, to the filled one, what it is."""
    alt, rows = altair(), rows[:MOST_ROWS]
    sheet = _Sheet(alt, rows, width, head=0.5 if line else 0.0)
    ends = [end for row in rows for end in (row.before, row.after)]
    x = _signed(alt, [*ends, *([line.at] if line else [])], title, width, plus=False)
    chart, y = chart_of(alt, [sheet.placed(row) for row in rows]), sheet.line("mark")
    layers = [
        _zero(alt, x),
        *_dashed(alt, line, x, sheet),
        chart.mark_rule(color=EDGE, strokeWidth=2).encode(x=_as(alt, x, "before"), x2=alt.X2("after:Q"), y=y),
        chart.mark_point(filled=False, color=QUIET, size=70, strokeWidth=1.5).encode(x=_as(alt, x, "before"), y=y),
        chart.mark_point(color=INK, size=70).encode(x=_as(alt, x, "after"), y=y),
    ]
    return spec_of(alt, [*layers, *sheet.words()], width=width, height=sheet.height)


class _Sheet:
    """Where rows stand: each with its words above its mark, below `head` rows' room for the words of a line."""

    def __init__(self, alt: Any, rows: Sequence[Effect | Change], width: int, *, head: float) -> None:
        self.alt, self.rows, self.width, self.head = alt, rows, width, head
        self.height = height_for(len(rows) + head)
        self.end = max(len(rows) + head, 1.0)

    def placed(self, row: Effect | Change) -> dict[str, Any]:
        n = self.rows.index(row) + self.head
        place = {"words": n + 0.34, "mark": n + 0.72, "from": n + 0.52, "to": n + 0.92}
        return {**place, "name": label(row.name), "said": row.said} | _numbers(row)

    def line(self, field: str) -> Any:
        scale = self.alt.Scale(domain=[0, self.end], reverse=True, nice=False)
        return self.alt.Y(f"{field}:Q", scale=scale, axis=None)

    def words(self) -> list[Any]:
        """Each row's name at the left and its numbers at the right; under the name, where there are none."""
        told = [row for row in self.rows if isinstance(row, Change) or row.value is not None]
        rest = [row for row in self.rows if row not in told]
        y, room = self.line("words"), LETTER * max((len(row.said) for row in told), default=0)
        layers = []
        if told:
            full = chart_of(self.alt, [self.placed(row) for row in told])
            layers.append(text(self.alt, full, "name", x=0, y=y, limit=max(60, 0.9 * (self.width - 30 - room))))
            layers.append(text(self.alt, full, "said", x="width", y=y, limit=self.width, align="right", color=QUIET))
        if rest:
            bare = chart_of(self.alt, [self.placed(row) for row in rest])
            layers.append(text(self.alt, bare, "name", x=0, y=y, limit=0.8 * self.width))
            layers.append(text(self.alt, bare, "said", x=0, y=self.line("mark"), limit=0.9 * self.width, color=QUIET))
        return layers


def _numbers(row: Effect | Change) -> dict[str, float]:
    if isinstance(row, Change):
        return {"before": row.before, "after": row.after}
    return {} if row.value is None else {"value": row.value, "low": row.low, "high": row.high}


def _points(alt: Any, data: list[dict[str, Any]], look: tuple[str, bool], x: Any, sheet: _Sheet) -> list[Any]:
    meaning, clear = look
    colour = (COLOURS[meaning] if meaning else INK) if clear else EDGE
    chart, y = chart_of(alt, data), sheet.line("mark")
    shape = {"shape": SHAPES[meaning], "size": 180} if meaning else {"size": 70}
    return [
        chart.mark_rule(color=colour, strokeWidth=2).encode(x=_as(alt, x, "low"), x2=alt.X2("high:Q"), y=y),
        chart.mark_point(color=colour, **shape).encode(x=_as(alt, x, "value"), y=y),
    ]


def _ceilings(alt: Any, rows: Sequence[Effect], x: Any, sheet: _Sheet) -> list[Any]:
    data = [{**sheet.placed(row), "ceiling": row.ceiling} for row in rows if row.ceiling is not None]
    if not data:
        return []
    mark = chart_of(alt, data).mark_rule(color=QUIET, strokeDash=[4, 3], strokeWidth=2)
    return [mark.encode(x=_as(alt, x, "ceiling"), y=sheet.line("from"), y2=alt.Y2("to:Q"))]


def _dashed(alt: Any, line: Line | None, x: Any, sheet: _Sheet) -> list[Any]:
    if line is None:
        return []
    chart = chart_of(alt, [{"at": line.at, "said": label(line.said), "words": 0.2, "top": 0.36, "end": sheet.end}])
    rule = chart.mark_rule(color=QUIET, strokeDash=[4, 3], strokeWidth=1)
    # The words keep within the sheet: they end at a line in its right half.
    low, high = x.to_dict()["scale"]["domain"]
    side = "right" if line.at > (low + high) / 2 else "left"
    place = _as(alt, x, "at")
    return [
        rule.encode(x=place, y=sheet.line("top"), y2=alt.Y2("end:Q")),
        text(alt, chart, "said", x=place, y=sheet.line("words"), limit=sheet.width, align=side, color=QUIET),
    ]


def _zero(alt: Any, x: Any) -> Any:
    return chart_of(alt, [{"zero": 0}]).mark_rule(color=EDGE, strokeWidth=1).encode(x=_as(alt, x, "zero"))


def _as(alt: Any, x: Any, field: str) -> Any:
    made = x.copy(deep=False)
    made.shorthand = f"{field}:Q"
    return made


def _signed(alt: Any, ends: Sequence[float], title: str, width: int, *, plus: bool = True) -> Any:
    """An axis over all these numbers and zero, its ends on round numbers."""
    low, high = min((0.0, *ends)), max((0.0, *ends))
    step = round_step((high - low) or 1.0, 4 if width <= NARROW else 6)
    first, last = _down(low, step), -_down(-high, step)
    values = [round(first + step * n, 10) for n in range(round((last - first) / step) + 1)]
    said = "format(datum.value, '~r')"
    axis = alt.Axis(
        title=title,
        values=values,
        labelExpr=f"(datum.value > 0 ? '+' : '') + {said}" if plus else said,
        titleAnchor="start",
        titleAlign="left",
        gridColor=RULE,
    )
    return alt.X("low:Q", scale=alt.Scale(domain=[first, max(last, first + step)], nice=False), axis=axis)


def round_step(span: float, most: int) -> float:
    """The least of 1, 2, 2.5 and 5 times a power of ten of which `most` cover the span."""
    power = 10.0 ** _floor_log10(span / most)
    return next(step for step in (power, 2 * power, 2.5 * power, 5 * power, 10 * power) if span <= step * most * 1.0001)


def _floor_log10(value: float) -> int:
    return int(f"{value:e}".split("e")[1])


def _down(value: float, step: float) -> float:
    steps = value / step
    whole = round(steps)
    return step * (whole if abs(steps - whole) < 1e-9 else (int(steps) - 1 if steps < 0 else int(steps)))


def at_ceiling(said: str) -> str:
    """The words on a ceiling's line."""
    return _("ceiling %(ceiling)s") % {"ceiling": said}
