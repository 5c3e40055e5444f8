"""What people like: the thumbs with their reasons, and who wins side by side."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alpha.pictures.shares import missing_said, rate_said, share_row
from alpha.saying.rubric import ALPHA
from core.charts.chart import Cell, Column, Provenance, Table
from core.charts.effects import Line
from core.charts.figures import Part, parts
from core.charts.frame import MOST_ROWS
from core.charts.picture import Picture, picture
from core.charts.words import label, percent
from reports.pictures.numbers import number_at
from reports.pictures.rows import Axis, intervals_picture

Body = Mapping[str, Any]


def reason_said(key: str) -> str:
    """Why a thumb went down, in words."""
    if not key:
        return _("no reason given")
    question = ALPHA.question("thumb_reason")
    return _(next(option.label for option in question.options if option.key == key))


def reasons_picture(body: Body, provenance: Provenance) -> Picture:
    """Thumbs down by reason and bundle, the most frequent first."""
    counts: Mapping[str, Mapping[str, Any]] = body["thumbs"]["counts"]
    rows = [
        (bundle, reason, n, int(found["down"]))
        for bundle, found in counts.items()
        for reason, n in found["reasons"].items()
    ]
    rows.sort(key=lambda row: (-row[2] / row[3], row[0], row[1]))
    title = _("Why thumbs went down")
    if not rows:
        return Picture("reasons", title, _("No thumb went down yet."))
    drawn = [
        Part(
            f"{label(bundle, 24)}: {reason_said(reason)}",
            _("%(n)s of %(down)s") % {"n": f"{n:,}", "down": f"{down:,}"},
            n,
            down,
        )
        for bundle, reason, n, down in rows[:MOST_ROWS]
    ]
    return picture(
        name="reasons",
        title=title,
        verdict=reasons_said(body),
        specs=lambda: [parts(drawn, title=_("share of the bundle's thumbs down"))],
        table=_reasons_table(counts),
        provenance=provenance,
    )


def reasons_said(body: Body) -> str:
    """The most frequent reason of each bundle, in a sentence."""
    said = []
    for bundle, found in body["thumbs"]["counts"].items():
        given = {reason: n for reason, n in found["reasons"].items() if reason}
        if not found["down"]:
            continue
        words = ngettext("%(bundle)s: %(n)s thumb down", "%(bundle)s: %(n)s thumbs down", found["down"])
        clause = words % {"bundle": label(bundle), "n": f"{found['down']:,}"}
        if given:
            most = max(given, key=lambda reason: given[reason])
            clause += ", " + _("most often “%(reason)s” (%(n)s)") % {"reason": reason_said(most), "n": given[most]}
        said.append(clause)
    return "; ".join(said) + "." if said else _("No thumb went down yet.")


def _reasons_table(counts: Mapping[str, Mapping[str, Any]]) -> Table:
    keys = [option.key for option in ALPHA.question("thumb_reason").options]
    columns = [
        Column("bundle", _("Bundle"), number=False),
        Column("up", _("Thumbs up")),
        Column("down", _("Thumbs down")),
        Column("asked", _("Asked for")),
        *(Column(key, reason_said(key)) for key in keys),
        Column("none", reason_said("")),
    ]
    rows: list[dict[str, Cell]] = []
    for bundle, found in counts.items():
        by = {key: int(found["reasons"].get(key, 0)) for key in keys}
        none = int(found["reasons"].get("", 0))
        rows.append({"bundle": bundle, **{key: found[key] for key in ("up", "down", "asked")}, **by, "none": none})
    shown = [[f"{value:,}" if isinstance(value, int) else str(value) for value in row.values()] for row in rows]
    return Table(columns, rows, shown)


def wins_picture(body: Body, provenance: Provenance) -> Picture:
    """The win rate of the second of each pair of bundles, ties as half."""
    pairs = {pair_name(one): one for one in body["choices"]}
    return intervals_picture(
        name="side-by-side",
        title=_("Side by side"),
        verdict=wins_said(body),
        rows=[share_row(name, one) for name, one in pairs.items()],
        axis=Axis(title=_("win rate in %, ties as half"), of=_("Pair"), digits=1, plus=False),
        line=Line(50.0, _("even")),
        provenance=provenance,
        shown=[share_row(name, one) for name, one in list(pairs.items())[:MOST_ROWS]],
    )


def pair_name(one: Mapping[str, Any]) -> str:
    """`v42 over v41`."""
    return _("%(second)s over %(first)s") % {"second": label(one["second"], 24), "first": label(one["first"], 24)}


def wins_said(body: Body) -> str:
    """Who wins, in a sentence, with what it is made of; the interval is that of one look."""
    if not body["choices"]:
        return _("Nobody has chosen side by side yet.")
    one = body["choices"][0]
    made = _("%(won)s won, %(tied)s tied, %(lost)s lost, %(bad)s both bad") % {
        name: f"{one[key]:,}" for name, key in (("won", "won"), ("tied", "tied"), ("lost", "lost"), ("bad", "both_bad"))
    }
    if number_at(one) is None:
        return _("%(pair)s: %(lacks)s (%(made)s).") % {"pair": pair_name(one), "lacks": missing_said(one), "made": made}
    words = _("%(pair)s: %(rate)s, ties as half (%(made)s). The interval is that of one look.")
    return words % {"pair": pair_name(one), "rate": rate_said(one), "made": made}


def sides_said(body: Body) -> str:
    """How often what stood first was preferred, whichever bundle it was: a check on the choosing itself."""
    left = sum(one["left"] for one in body["choices"])
    both = left + sum(one["right"] for one in body["choices"])
    if not both:
        return ""
    words = _("What stood first was preferred in %(share)s of %(n)s decisive choices.")
    return words % {"share": percent(left / both), "n": f"{both:,}"}
