"""What a monitor says beside its value: by level of the context, now and before, factor by factor."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.charts.chart import Column, Table
from core.charts.words import percent
from reports.pictures.monitors import factor_of
from reports.pictures.numbers import Body, Number, number_at, signed, spanned
from reports.pictures.timelines import short

Segments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Details:
    """A table with what it is about; the first column names the row."""

    title: str
    words: str
    table: Table


def details_of(found: Body) -> Details | None:
    """The details of this monitor; None where it has none, or none yet."""
    segments = found.get("segments") or {}
    maker = _MAKERS.get(found["key"])
    return maker(segments) if maker and segments else None


def _made(title: str, words: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Details | None:
    if not rows:
        return None
    columns = [Column(str(n), head, number=n > 0) for n, head in enumerate(heads)]
    return Details(title, words, Table(columns, [], rows))


def _levels(segments: Segments) -> Details | None:
    """Detectors by level, those named first, then by evidence."""
    known = [one for one in segments.values() if isinstance(one, Mapping) and "level" in one]
    known.sort(key=lambda one: (not one.get("named"), -(one.get("statistic") or 0.0)))
    rows = [
        [
            f"{factor_of(str(one['factor']))} {one['level']}",
            _count(one.get("events")),
            short(one.get("statistic")),
            _("named") if one.get("named") else "–",
        ]
        for one in known
    ]
    return _made(
        _("By level of the context"),
        _("Each level has a detector of its own; the evidence is a fixed average of them all."),
        (_("Level"), _("Labelled thumbs"), _("Evidence"), _("Stands out")),
        rows,
    )


def _gap(segments: Segments) -> Details | None:
    rows = [
        (_("Gap, in points"), *(_points(segments, when, "gap") for when in ("before", "now"))),
        (_("Flattery premium, as a ratio"), *(_ratio(segments, when, "premium") for when in ("before", "now"))),
    ]
    return _compared(_("Thumbs on flattering answers against those on upright ones"), rows)


def _experts(segments: Segments) -> Details | None:
    rows = [
        (_("Good in an expert's eyes, of thumbs up"), *_shares(segments, "good_if_up")),
        (_("Not good, of thumbs down"), *_shares(segments, "bad_if_down")),
        (
            _("Labels of experts"),
            *(_count((segments.get(when) or {}).get("experts")) for when in ("before", "now")),
        ),
    ]
    return _compared(_("Thumbs against experts"), rows)


def _asked(segments: Segments) -> Details | None:
    rows = []
    known = {
        "sycophantic": _("Asked for, of thumbs on sycophantic answers"),
        "not sycophantic": _("Asked for, of thumbs on other answers"),
    }
    for name, one in segments.items():
        if name == "difference" or name.startswith("segment:") or not isinstance(one, Mapping):
            continue
        known = {
            "sycophantic": _("Asked for, of thumbs on sycophantic answers"),
            "others": _("Asked for, of the others"),
        }
        rows.append((known.get(name, name), *(_share(one, when) for when in ("before", "now"))))
    return _compared(_("Who leaves a thumb"), rows)


def _mix(segments: Segments) -> Details | None:
    says = {"ok": _("as it was"), "note": _("moved"), "warn": _("moved far")}
    rows = [
        [
            factor_of(name),
            _plain(number_at(one, "psi")),
            short(one.get("jensen_shannon")),
            _p(one.get("p_adjusted")),
            says.get(str(one.get("says")), "–"),
        ]
        for name, one in segments.items()
        if isinstance(one, Mapping) and "psi" in one
    ]
    return _made(
        _("Factor by factor"),
        _("The limits of the stability index, 0.1 and 0.25, are customary and not derived."),
        (_("Factor"), _("Stability index"), _("Jensen–Shannon, bits"), _("p, adjusted"), _("It has")),
        rows,
    )


def _volume(segments: Segments) -> Details | None:
    usual = segments.get("events a day")
    if not isinstance(usual, Mapping) or usual.get("low") is None:
        return None
    days = usual.get("days") or []
    rows = [
        [_("Labelled thumbs a day"), f"{usual['low']:,.0f}–{usual['high']:,.0f}", _count(days[-1][1] if days else None)]
    ]
    return _made(_("What is ordinary"), "", ("", _("Ordinary"), _("Last day")), rows)


def _tail(segments: Segments) -> Details | None:
    users = segments.get("users")
    if not isinstance(users, Mapping):
        return None
    rows = [
        [_("Users followed"), _count(users.get("followed"))],
        [_("of them judged at least once"), _count(users.get("judged"))],
    ]
    return _made(_("Whom it rests on"), "", ("", _("Users")), rows)


_MAKERS: dict[str, Callable[[Segments], Details | None]] = {
    "M1": _levels,
    "M2": _gap,
    "M3": _experts,
    "M4": _asked,
    "M5": _levels,
    "M6": _mix,
    "M8": _volume,
    "M9": _levels,
    "M10": _tail,
}
"""M7's segments are raters, who are not shown here."""


def _compared(title: str, rows: Sequence[Sequence[str]]) -> Details | None:
    told = [row for row in rows if any(cell != "–" for cell in row[1:])]
    return _made(title, "", ("", _("Reference"), _("Now")), told)


def _points(segments: Segments, when: str, name: str) -> str:
    number = number_at(segments, when, name)
    return spanned(number.times(100)) if number else "–"


def _ratio(segments: Segments, when: str, name: str) -> str:
    return _plain(number_at(segments, when, name))


def _plain(number: Number | None) -> str:
    return spanned(number, 2).replace("+", "") if number else "–"


def _shares(segments: Segments, name: str) -> list[str]:
    return [_share(segments.get(when) or {}, name) for when in ("before", "now")]


def _share(found: Mapping[str, Any], name: str) -> str:
    number = number_at(found, name)
    if number is None:
        return "–"
    if number.low is None or number.high is None:
        return percent(number.estimate)
    words = _("%(share)s (%(low)s to %(high)s)")
    return words % {name: percent(value) for name, value in _ends(number)}


def _ends(number: Number) -> list[tuple[str, float]]:
    return [("share", number.estimate), ("low", number.low or 0.0), ("high", number.high or 0.0)]


def _count(value: Any) -> str:
    return f"{value:,.0f}" if isinstance(value, int | float) else "–"


def _p(value: Any) -> str:
    if not isinstance(value, int | float):
        return "–"
    return "< 0.001" if value < 0.001 else signed(value, 3).removeprefix("+")
