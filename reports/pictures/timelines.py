"""A monitor over time: its value beside its reference, and the evidence beside what it takes to alarm."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from core.charts.chart import Cell, Column, Provenance, Table
from core.charts.effects import Line
from core.charts.picture import Picture, picture
from core.charts.theme import NARROW, WIDE
from core.charts.timeline import Band, Mark, Reading, timeline
from core.charts.words import moment
from reports.pictures.monitors import (
    WATCHED,
    at_of,
    counted,
    plain_signed,
    reference_of,
    title_of,
    tolerance_said,
    unit_of,
    value_of,
)
from reports.pictures.numbers import Body, spanned

MOST_LIVE = 12
"""A figure marks this many go-lives at most, the latest; the list beside it has them all."""


def value_picture(found: Body, provenance: Provenance) -> Picture:
    """The value over labelled thumbs, its interval at the end, the reference with its tolerance, and what happened."""
    key = found["key"]
    watched = WATCHED[key]
    points = [point for point in found.get("path") or () if point.get("value") is not None]
    readings = _readings(found, points)
    title, name = _("%(monitor)s over time") % {"monitor": title_of(key)}, f"{key.lower()}-value"
    if not readings:
        return Picture(name, title, nothing_said(found), meaning=watched.meaning)
    marks = marks_of(found)
    return picture(
        name=name,
        title=title,
        verdict=_value_said(found),
        specs=lambda: [
            timeline(
                readings,
                title=unit_of(key),
                meaning=watched.meaning,
                band=_band(found),
                marks=marks,
                width=width,
            )
            for width in (WIDE, NARROW)
        ],
        table=_table(found, points),
        provenance=provenance,
        meaning=watched.meaning,
    )


def evidence_picture(found: Body, provenance: Provenance) -> Picture:
    """The statistic that raises the alarm, below its threshold; on powers of ten where that is in the thousands."""
    key, threshold = found["key"], found.get("threshold")
    points = [point for point in found.get("path") or () if point.get("statistic") is not None]
    title, name = _("Evidence against the reference"), f"{key.lower()}-evidence"
    if not points or not threshold:
        return Picture(name, title, _("There is no evidence to show yet."))
    powers = threshold >= 100
    readings = [
        Reading(at, math.log10(max(1.0, point["statistic"])) if powers else point["statistic"])
        for point in points
        if (at := at_of(point["at"])) is not None
    ]
    limit = Line(math.log10(threshold) if powers else threshold, _limit_said(found))
    marks = [mark for mark in marks_of(found) if mark.kind in ("watch", "alarm")]
    return picture(
        name=name,
        title=title,
        verdict=_evidence_said(found),
        specs=lambda: [
            timeline(readings, title=_("evidence"), line=limit, marks=marks, powers=powers, width=width)
            for width in (WIDE, NARROW)
        ],
        table=_table(found, points),
        provenance=provenance,
    )


def nothing_said(found: Body) -> str:
    """Why there is no value to draw."""
    if found["state"] == "WARMING_UP":
        return _("A value is shown once the reference is full.")
    if found.get("begun_anew"):
        return _("The monitor has had a new reference since: its timeline began anew.")
    return _("There is no value to show yet.")


def marks_of(found: Body) -> list[Mark]:
    """What happened: warnings, alarms, the change with its span, and what went live within the time that is shown."""
    marks = []
    for one in found.get("marks") or ():
        at = at_of(one["at"])
        if at is not None:
            marks.append(Mark(at, _(_MARKS[one["kind"]]), one["kind"]))
    change = found.get("change_point") or {}
    changed = at_of(change.get("at"))
    if changed is not None:
        low, high = (at_of(change.get(f"{end}_at")) or changed for end in ("low", "high"))
        marks.append(Mark(changed, _("change"), "change", min(low, changed), max(high, changed)))
    path = [at for point in found.get("path") or () if (at := at_of(point["at"])) is not None]
    live = [(at, one) for one in found.get("go_lives") or () if (at := at_of(one["at"])) is not None]
    inside = [(at, one) for at, one in live if path and path[0] <= at <= path[-1]]
    return marks + [Mark(at, str(one["bundle"]), "live") for at, one in inside[-MOST_LIVE:]]


_MARKS = {"watch": "watch", "alarm": "alarm"}


def _readings(found: Body, points: Sequence[Mapping[str, Any]]) -> list[Reading]:
    factor = WATCHED[found["key"]].factor
    readings = [
        Reading(at, factor * point["value"], _times(factor, point.get("low")), _times(factor, point.get("high")))
        for point in points
        if (at := at_of(point["at"])) is not None
    ]
    now = value_of(found)
    # The last point may be some events old: the value now has its interval.
    if readings and now is not None:
        end = at_of(found.get("as_of")) or readings[-1].at
        readings.append(Reading(max(end, readings[-1].at), now.estimate, now.low, now.high))
    return readings


def _times(factor: float, value: float | None) -> float | None:
    return None if value is None else factor * value


def _band(found: Body) -> Band | None:
    """The reference, and how far from it is tolerated; a monitor that looks upwards only tolerates what is below."""
    key, declared, usual = found["key"], found.get("declared") or {}, reference_of(found)
    if usual is None:
        return None
    at, tolerance = usual.estimate, WATCHED[key].factor * float(declared.get("tolerance") or 0)
    if not tolerance or WATCHED[key].tolerated:
        return Band(at, at, at, _("reference"))
    both = declared.get("direction") == "both"
    said = tolerance_said(key, float(declared["tolerance"]))
    words = _("reference, ± %(tolerance)s") if both else _("reference, + %(tolerance)s")
    return Band(at, at - tolerance if both else at, at + tolerance, words % {"tolerance": said})


def _value_said(found: Body) -> str:
    number = value_of(found)
    n = found.get("events") or 0
    seen = _("%(seen)s since the reference.") % {"seen": counted(found["key"], n)}
    if number is None:
        return seen
    digits, usual = WATCHED[found["key"]].digits, reference_of(found)
    words = _("Now %(value)s %(unit)s, 95 %% interval. %(seen)s")
    if usual is not None:
        words = _("Now %(value)s %(unit)s, 95 %% interval; %(usual)s in the reference. %(seen)s")
    said = {"value": spanned(number, digits), "usual": spanned(usual, digits) if usual else ""}
    return words % {**said, "unit": unit_of(found["key"]), "seen": seen}


def _limit_said(found: Body) -> str:
    threshold = found["threshold"]
    said = f"{threshold:,.0f}" if threshold >= 100 else f"{threshold:g}"
    if (found.get("declared") or {}).get("alarms", True):
        return _("alarm at %(threshold)s") % {"threshold": said}
    return _("noted from %(threshold)s") % {"threshold": said}


def _evidence_said(found: Body) -> str:
    statistic = found.get("statistic") or 0.0
    return _("The evidence stands at %(statistic)s; %(limit)s.") % {
        "statistic": short(statistic),
        "limit": _limit_said(found),
    }


_MEASURED = ("value", "low", "high")


def _table(found: Body, points: Sequence[Mapping[str, Any]]) -> Table:
    key = found["key"]
    columns = [
        Column("at", _("Time"), number=False),
        Column("event", _("Number")),
        Column("value", _("Value, %(unit)s") % {"unit": unit_of(key)}),
        Column("low", _("From")),
        Column("high", _("To")),
        Column("statistic", _("Evidence")),
        Column("warning", _("Early warning")),
    ]
    rows: list[dict[str, Cell]] = []
    shown = []
    for point in points:
        at = at_of(point["at"])
        assert at is not None
        numbers = {name: point.get(name) for name in ("event", *_MEASURED, "statistic", "warning")}
        rows.append({"at": at.isoformat(), **numbers})
        shown.append(
            [
                moment(at),
                f"{point['event']:,}",
                *(plain_signed(key, point.get(name)) for name in _MEASURED),
                short(point.get("statistic")),
                short(point.get("warning")),
            ]
        )
    return Table(columns, rows, shown)


def short(value: float | None) -> str:
    """`12,400`, `0.31`, `–`: a statistic, whose digits matter less the larger it is."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
