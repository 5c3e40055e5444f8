"""A metric's difference with its always-valid interval, hour by hour of reception."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from abtest.pictures.liked import contrast_said
from abtest.pictures.numbers import (
    UNITS,
    Body,
    difference_said,
    label_of,
    lacks_said,
    number_in,
    sentence,
    shown_of,
    signed_in,
)
from core.charts.chart import Cell, Column, Provenance, Table
from core.charts.effects import Line
from core.charts.picture import Picture, picture
from core.charts.theme import NARROW, WIDE
from core.charts.timeline import Mark, Reading, timeline
from core.charts.words import moment

MOST_POINTS = 240
"""A figure draws so many hours at most; the table has them all."""

WIDEST = 6.0
"""A figure begins where the interval is at most so many times as wide as it is now."""

Path = Sequence[dict[str, Any]]


def path_picture(body: Body, key: str, path: Path, ramps: Sequence[Mark], provenance: Provenance) -> Picture:
    """The difference of metric `key` over time; `ramps` are the moments at which more units came in."""
    shown = shown_of(key)
    name, title = "over-time", _("%(metric)s, over time") % {"metric": sentence(label_of(key))}
    points = [one for one in path if one.get("estimate") is not None]
    if not points:
        nothing = _("An interval is drawn from the first hour with enough units on.")
        return Picture(name, title, lacks_said(body) if body.get("withheld") else nothing)
    factor = UNITS[shown].factor
    drawn = settled(points)
    readings = [_reading(one, factor) for one in thinned(drawn)]
    axis = f"{UNITS[shown].word}, {contrast_said(body)}"
    zero = Line(0.0, _("no difference"))
    return picture(
        name=name,
        title=title,
        verdict=_said(body, key, None if len(drawn) == len(points) else drawn[0]),
        specs=lambda: [timeline(readings, title=axis, line=zero, marks=ramps, width=width) for width in (WIDE, NARROW)],
        table=_table(points, key),
        provenance=provenance,
    )


def settled(points: Path) -> Path:
    """Without the first hours, whose wide intervals would flatten all the others; the table has them."""
    last = _width(points[-1])
    first = next((n for n, one in enumerate(points) if _width(one) <= WIDEST * last), 0)
    return points[first:]


def _width(one: dict[str, Any]) -> float:
    return float(one["high"]) - float(one["low"]) if one.get("high") is not None and one.get("low") is not None else 0.0


def thinned(points: Path) -> Path:
    """At most MOST_POINTS of them, evenly, the last always among them."""
    step = -(-len(points) // MOST_POINTS)
    return list(points[::-1][::step])[::-1]


def _reading(one: dict[str, Any], factor: float) -> Reading:
    low, high = one.get("low"), one.get("high")
    return Reading(
        _at(one),
        factor * one["estimate"],
        None if low is None else factor * low,
        None if high is None else factor * high,
    )


def _at(one: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(one["at"]))


def _said(body: Body, key: str, first: dict[str, Any] | None) -> str:
    metric: Body = next((one for one in body.get("metrics") or () if one["key"] == key), {})
    shown = shown_of(key)
    words = _("Always valid: %(any)s. Only if you had not looked: %(fixed)s.")
    said = words % {
        "any": difference_said(shown, number_in(shown, metric, "difference")),
        "fixed": difference_said(shown, number_in(shown, metric, "fixed")),
    }
    if first is None:
        return said
    return said + " " + _("Drawn from %(at)s on; the numbers begin before.") % {"at": moment(_at(first))}


def _table(points: Path, key: str) -> Table:
    shown = shown_of(key)
    unit = UNITS[shown]
    columns = [
        Column("at", _("End of the hour"), number=False),
        Column("estimate", _("Difference, %(unit)s") % {"unit": unit.word}),
        Column("low", _("From")),
        Column("high", _("To")),
        Column("n", _("Units")),
    ]
    rows: list[dict[str, Cell]] = []
    for_people = []
    for one in points:
        at = _at(one)
        measured = {name: None if one.get(name) is None else unit.factor * one[name] for name in _MEASURED}
        rows.append({"at": at.isoformat(), **measured, "n": one.get("n")})
        n = f"{one['n']:,}" if one.get("n") is not None else "–"
        for_people.append([moment(at), *(signed_in(shown, one.get(name)) for name in _MEASURED), n])
    return Table(columns, rows, for_people)


_MEASURED = ("estimate", "low", "high")
