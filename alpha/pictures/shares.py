"""Shares by bundle in the units that people read, with their intervals or with how much is missing for one."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts.chart import Cell, Column, Provenance, Table
from core.charts.figures import Interval, intervals
from core.charts.frame import MOST_ROWS
from core.charts.picture import Picture, picture
from core.charts.words import label, percent
from reports.pictures.numbers import Number, number_at
from reports.pictures.rows import Axis, Row, intervals_picture

Body = Mapping[str, Any]
Rates = Mapping[str, Mapping[str, Any]]

_IN_A_SENTENCE = 2


def missing_said(found: Mapping[str, Any]) -> str:
    """`Not enough data: about 7 more people needed`."""
    needed = int(found.get("needed") or 1)
    words = ngettext(
        "Not enough data: about %(n)s more person needed", "Not enough data: about %(n)s more people needed", needed
    )
    return words % {"n": f"{needed:,}"}


def lacks_said(name: str, found: Mapping[str, Any]) -> str:
    """`v42: Not enough data: about 7 more people needed.`"""
    return _("%(name)s: %(lacks)s.") % {"name": name, "lacks": missing_said(found)}


def rate_said(found: Mapping[str, Any]) -> str:
    """`31 % (24 to 39 %)`, or what is missing."""
    number = number_at(found)
    if number is None or number.low is None or number.high is None:
        return missing_said(found)
    words = _("%(share)s (%(low)s to %(high)s)")
    return words % {"share": percent(number.estimate), "low": percent(number.low), "high": percent(number.high)}


def rates_said(words: str, rates: Rates) -> str:
    """The bundles with their rates in `words`, which holds %(rates)s, or what the first lacks."""
    known = {name: found for name, found in rates.items() if number_at(found)}
    if not known:
        some = next(((name, found) for name, found in rates.items() if found.get("n")), None)
        if some is None:
            return _("Nobody has said anything of it yet.")
        return lacks_said(label(some[0]), some[1])
    clauses = [_("%(bundle)s %(rate)s") % {"bundle": label(n), "rate": rate_said(f)} for n, f in known.items()]
    said = [words % {"rates": ", ".join(clauses[:_IN_A_SENTENCE])}]
    # A rate beside which another is not known is no comparison, and must not look like one.
    lacks = [name for name, found in rates.items() if name not in known]
    if lacks:
        said.append(lacks_said(label(lacks[0]), rates[lacks[0]]))
    more = len(rates) - min(len(clauses), _IN_A_SENTENCE) - bool(lacks)
    if more > 0:
        said.append(_("%(more)s more in the numbers.") % {"more": more})
    return " ".join(said)


def label_picture(key: str, title: str, words: str, rates: Rates, provenance: Provenance) -> Picture:
    """A label's share by bundle in the hue of the label; `words` is the sentence, with %(rates)s."""
    verdict = rates_said(words, rates)
    if not any(found.get("n") for found in rates.values()):
        return Picture(key, title, verdict, meaning=key)
    rows = [_interval(name, found) for name, found in list(rates.items())[:MOST_ROWS]]
    return picture(
        name=key,
        title=title,
        verdict=verdict,
        specs=lambda: [intervals(rows, meaning=key, title=_("share of the labelled answers, with 95 % interval"))],
        table=_table(rates),
        provenance=provenance,
        meaning=key,
    )


def share_picture(name: str, title: str, words: str, rates: Rates, axis: str, provenance: Provenance) -> Picture:
    """A share by bundle that has no hue of its own; `axis` says of what it is a share."""
    rows = [share_row(bundle, found) for bundle, found in rates.items()]
    return intervals_picture(
        name=name,
        title=title,
        verdict=rates_said(words, rates),
        rows=rows,
        axis=Axis(title=axis, of=_("Bundle"), digits=1, plus=False),
        provenance=provenance,
        shown=rows[:MOST_ROWS],
    )


def share_row(name: str, found: Mapping[str, Any]) -> Row:
    """The row of a share, in percent."""
    number = number_at(found)
    return Row(name, label(name, 40), number.times(100) if number else None, note="" if number else missing_said(found))


def _interval(name: str, found: Mapping[str, Any]) -> Interval:
    number: Number | None = number_at(found)
    if number is None or number.low is None or number.high is None:
        return Interval(label(name, 40), missing_said(found))
    said = f"{rate_said(found)}, n\u00a0{number.n:,}"
    return Interval(label(name, 40), said, number.estimate, number.low, number.high)


def _table(rates: Rates) -> Table:
    columns = (
        Column("bundle", _("Bundle"), number=False),
        Column("estimate", _("Share")),
        Column("low", _("From")),
        Column("high", _("To")),
        Column("n", _("Answers")),
        Column("hits", _("Say so")),
        Column("people", _("People")),
        Column("note", _("Note"), number=False),
    )
    rows: list[dict[str, Cell]] = []
    for name, found in rates.items():
        note = "" if number_at(found) else missing_said(found)
        values = {key: found.get(key) for key in ("estimate", "low", "high", "n", "hits", "people")}
        rows.append({"bundle": name, **values, "note": note})
    return Table(columns, rows, [list(_shown(row)) for row in rows])


def _shown(row: Mapping[str, Cell]) -> Iterable[str]:
    for value in row.values():
        if isinstance(value, float):
            yield percent(value)
        elif isinstance(value, int):
            yield f"{value:,}"
        else:
            yield value or "–"
