"""What is behind an alarm: whose part the change is, and how much of it is only another mix."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from core.charts.chart import Cell, Column, Provenance, Table
from core.charts.effects import Change, Effect, changes, effects
from core.charts.frame import MOST_ROWS
from core.charts.picture import Picture, picture
from core.charts.theme import NARROW, WIDE
from reports.pictures.drifting import CLEAR
from reports.pictures.monitors import WATCHED, factor_of, level_said
from reports.pictures.numbers import Body, Number, signed, spanned

EVERYWHERE = "everywhere"
_NORMAL = 1.959964


def attribution_picture(found: Body, provenance: Provenance) -> Picture:
    """By how much each level moved more than the rest, from the refit, the clearest first."""
    title = _("Where the change is")
    rows = [row for row in found.get("attribution") or () if row.get("delta") is not None]
    if not rows:
        return Picture("attribution", title, _("No part of the context can be told apart from the rest yet."))
    meaning = WATCHED[found["key"]].meaning
    drawn = [_effect(row, meaning) for row in rows[:MOST_ROWS]]
    return picture(
        name="attribution",
        title=title,
        verdict=_attribution_said(found, rows),
        specs=lambda: [
            effects(drawn, title=_("log-odds; grey: not told apart"), width=width) for width in (WIDE, NARROW)
        ],
        table=_attribution_table(rows),
        provenance=provenance,
        meaning=meaning,
    )


def gap_picture(found: Body, provenance: Provenance) -> Picture:
    """The raw gap before and after, split into what another mix makes of it and what the coefficients do."""
    title = _("The raw gap, taken apart")
    split = found.get("kitagawa") or {}
    parts = {name: split.get(name) for name in ("gap_before", "gap_after", "mix", "coefficient")}
    if any(value is None for value in parts.values()):
        return Picture("gap", title, _("The raw gap cannot be taken apart here."))
    before, after, mix, coefficient = (100 * float(value) for value in parts.values() if value is not None)
    rows = [
        Change(_("Gap before and after"), f"{signed(before)} → {signed(after)}", before, after),
        Change(_("of it: another mix"), signed(mix), before, before + mix),
        Change(_("of it: coefficients"), signed(coefficient), before + mix, before + mix + coefficient),
    ]
    return picture(
        name="gap",
        title=title,
        verdict=_gap_said(before, after, mix, coefficient),
        specs=lambda: [changes(rows, title=_("percentage points of thumbs up, flattering less upright"))],
        table=_gap_table(rows),
        provenance=provenance,
    )


def _number(row: Mapping[str, Any]) -> Number:
    delta, se = float(row["delta"]), row.get("se")
    if se is None:
        return Number(delta, None, None, int(row.get("n") or 0))
    return Number(delta, delta - _NORMAL * se, delta + _NORMAL * se, int(row.get("n") or 0))


def _is_clear(row: Mapping[str, Any]) -> bool:
    p = row.get("p_adjusted")
    return p is not None and p <= CLEAR


def _name(row: Mapping[str, Any]) -> str:
    if row["factor"] == EVERYWHERE:
        return _("Over all thumbs, the rise")
    said = level_said(str(row["factor"]), str(row["level"]))
    return said[:1].upper() + said[1:]


def _effect(row: Mapping[str, Any], meaning: str) -> Effect:
    number, words = _number(row), spanned(_number(row), 2)
    if number.low is None or number.high is None:
        return Effect(_name(row), words)
    return Effect(_name(row), words, number.estimate, number.low, number.high, meaning if _is_clear(row) else "")


def _attribution_said(found: Body, rows: Sequence[Mapping[str, Any]]) -> str:
    clear = [row for row in rows if _is_clear(row) and row["factor"] != EVERYWHERE]
    if not clear or rows[0]["factor"] == EVERYWHERE:
        said = _("No part of the context is told apart from the rest: the change may be everywhere.")
    else:
        words = _("Most of it is %(where)s: %(value)s log-odds more than elsewhere (adjusted p %(p)s).")
        p = clear[0]["p_adjusted"]
        said = words % {
            "where": level_said(str(clear[0]["factor"]), str(clear[0]["level"])),
            "value": spanned(_number(clear[0]), 2),
            "p": _p_said(p),
        }
    if found.get("provisional"):
        said += " " + _("Provisional: too few thumbs have come since the change.")
    return said


def _p_said(p: float | None) -> str:
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _attribution_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = [
        Column("where", _("Where"), number=False),
        Column("delta", _("Change")),
        Column("low", _("From")),
        Column("high", _("To")),
        Column("p_adjusted", _("p, adjusted")),
        Column("n", _("n")),
    ]
    values: list[dict[str, Cell]] = []
    shown = []
    for row in rows:
        number = _number(row)
        values.append(
            {
                "where": f"{row['factor']}:{row['level']}",
                "delta": number.estimate,
                "low": number.low,
                "high": number.high,
                "p_adjusted": row.get("p_adjusted"),
                "n": number.n or None,
            }
        )
        ends = [signed(end, 2) for end in (number.estimate, number.low, number.high)]
        name = factor_of(str(row["factor"]))
        name = name if row["factor"] == EVERYWHERE else f"{name}: {row['level']}"
        shown.append([name, *ends, _p_said(row.get("p_adjusted")), f"{number.n:,}" if number.n else "–"])
    return Table(columns, values, shown)


def _gap_said(before: float, after: float, mix: float, coefficient: float) -> str:
    words = _(
        "The raw gap went from %(before)s to %(after)s points: %(mix)s of that is another mix of who and what is "
        "asked, %(coefficient)s is that the same people reward flattery otherwise."
    )
    return words % {
        "before": signed(before),
        "after": signed(after),
        "mix": signed(mix),
        "coefficient": signed(coefficient),
    }


def _gap_table(rows: Sequence[Change]) -> Table:
    columns = [
        Column("part", _("Part"), number=False),
        Column("from", _("From")),
        Column("to", _("To")),
        Column("change", _("Change")),
    ]
    keys = ("gap", "mix", "coefficient")
    values: list[dict[str, Cell]] = [
        {"part": key, "from": one.before, "to": one.after, "change": one.after - one.before}
        for key, one in zip(keys, rows, strict=True)
    ]
    shown = [[one.name, signed(one.before), signed(one.after), signed(one.after - one.before)] for one in rows]
    return Table(columns, values, shown)
