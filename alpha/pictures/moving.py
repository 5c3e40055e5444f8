"""What goes on day by day, how steady each bundle is, and what the clock of single mode costs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alpha.pictures.shares import lacks_said, missing_said
from core.charts.chart import Cell, Column, Provenance, Table
from core.charts.effects import Change, changes
from core.charts.picture import Picture, picture
from core.charts.timeline import Reading, timeline
from core.charts.words import label, percent
from reports.pictures.numbers import number_at
from reports.pictures.rows import Axis, Row, intervals_picture

Body = Mapping[str, Any]

SOURCES = ("labels", "words")


def activity_picture(body: Body, provenance: Provenance) -> Picture:
    """Turns a day."""
    days = body["activity"]
    title = _("Day by day")
    if not days:
        return Picture("activity", title, _("Nobody has written anything yet."))
    readings = [Reading(datetime.fromisoformat(one["day"]).replace(tzinfo=UTC), float(one["turns"])) for one in days]
    heads = {"turns": _("Turns"), "conversations": _("Conversations"), "people": _("People")}
    rows: list[dict[str, Cell]] = [dict(one) for one in days]
    return picture(
        name="activity",
        title=title,
        verdict=activity_said(body),
        specs=lambda: [timeline(readings, title=_("turns a day"))],
        table=Table(
            [Column("day", _("Day"), number=False), *(Column(key, head) for key, head in heads.items())],
            [{key: row[key] for key in ("day", *heads)} for row in rows],
            [[str(row["day"]), *(f"{row[key]:,}" for key in heads)] for row in rows],
        ),
        provenance=provenance,
    )


def activity_said(body: Body) -> str:
    """How much was written, on how many days."""
    totals, days = body["totals"], len(body["activity"])
    words = ngettext(
        "%(turns)s turns in %(conversations)s conversations of %(people)s people, on %(days)s day.",
        "%(turns)s turns in %(conversations)s conversations of %(people)s people, on %(days)s days.",
        days,
    )
    numbers = {name: f"{totals[name]:,}" for name in ("turns", "conversations", "people")}
    return words % {**numbers, "days": f"{days:,}"}


def steadiness_picture(measure: str, body: Body, provenance: Provenance) -> Picture:
    """How far a score of each bundle strays within a conversation, by where the scores come from."""
    found = body["steadiness"][measure]
    rows = [
        _steady_row(bundle, source, found[source][bundle])
        for source in SOURCES
        for bundle in found[source]
        if found[source][bundle]["series"]
    ]
    title = _("How steady: warmth") if measure == "warmth" else _("How steady: agreement")
    return intervals_picture(
        name=f"steady-{measure}",
        title=title,
        verdict=steadiness_said(measure, body),
        rows=rows,
        axis=Axis(title=_("swing within a conversation, 0 to 1"), of=_("Bundle"), digits=2, plus=False),
        provenance=provenance,
    )


def _steady_row(bundle: str, source: str, one: Mapping[str, Any]) -> Row:
    number = number_at({**one, "n": one["turns"]})
    name = f"{label(bundle, 24)}, {source_said(source)}"
    return Row(f"{bundle} {source}", name, number, note="" if number else missing_said(one))


def source_said(source: str) -> str:
    """Where scores come from."""
    return _("by labels") if source == "labels" else _("by words")


def steadiness_said(measure: str, body: Body) -> str:
    """Whether a candidate is less steady than the baseline, in a sentence; by labels if they can tell."""
    found = body["steadiness"][measure]
    for source in SOURCES:
        for bundle, one in found[source].items():
            ratio = one.get("ratio")
            if ratio and ratio["estimate"] is not None:
                return _ratio_said(bundle, source, ratio)
    told = [(bundle, source, one) for source in SOURCES for bundle, one in found[source].items() if one["series"]]
    if not told:
        return _("No conversation has two turns that can be scored yet.")
    known = [(bundle, source, one) for bundle, source, one in told if one["estimate"] is not None]
    if not known:
        bundle, source, one = told[0]
        return lacks_said(f"{label(bundle)}, {source_said(source)}", one)
    source = known[0][1]
    said = [_swing_said(bundle, one) for bundle, of, one in known if of == source]
    words = _("Within a conversation, %(source)s: %(swings)s.")
    return words % {"source": source_said(source), "swings": ", ".join(said)}


def _swing_said(bundle: str, one: Mapping[str, Any]) -> str:
    words = _("%(bundle)s swings by %(swing)s (%(low)s to %(high)s)")
    numbers = {name: f"{one[key]:.2f}" for name, key in (("swing", "estimate"), ("low", "low"), ("high", "high"))}
    return words % {"bundle": label(bundle), **numbers}


def _ratio_said(bundle: str, source: str, ratio: Mapping[str, Any]) -> str:
    numbers = {name: f"{ratio[key]:.2f}" for name, key in (("times", "estimate"), ("low", "low"), ("high", "high"))}
    if ratio["low"] > 1:
        words = _("%(bundle)s swings more than the baseline, × %(times)s (%(low)s to %(high)s), %(source)s.")
    elif ratio["high"] < 1:
        words = _("%(bundle)s swings less than the baseline, × %(times)s (%(low)s to %(high)s), %(source)s.")
    else:
        words = _(
            "%(bundle)s next to the baseline: × %(times)s (%(low)s to %(high)s), no difference shown, %(source)s."
        )
    return words % {"bundle": label(bundle), "source": source_said(source), **numbers}


def clock_picture(body: Body, provenance: Provenance) -> Picture:
    """From when the model began to when the reader could read, by bundle; medians in milliseconds."""
    clock = body["clock"]
    timed = {bundle: one for bundle, one in clock["bundles"].items() if one["n"]}
    title = _("What the common clock costs")
    if not timed:
        return Picture("clock", title, clock_said(body))
    rows = [
        Change(
            label(bundle, 40),
            _("+%(added)s ms, n %(n)s") % {"added": f"{one['added_ms']:,.0f}", "n": f"{one['n']:,}"},
            float(one["model_ms"]),
            float(one["model_ms"] + one["added_ms"]),
        )
        for bundle, one in timed.items()
    ]
    heads = {
        "n": _("Answers"),
        "model_ms": _("Model's first word, ms"),
        "added_ms": _("Added by the clock, ms"),
        "slower": _("Slower than the clock"),
    }
    return picture(
        name="clock",
        title=title,
        verdict=clock_said(body),
        specs=lambda: [changes(rows, title=_("ms until the first word, median: model's, then reader's"))],
        table=Table(
            [Column("bundle", _("Bundle"), number=False), *(Column(key, head) for key, head in heads.items())],
            [{"bundle": bundle, **{key: one[key] for key in heads}} for bundle, one in timed.items()],
            [[bundle, *(f"{one[key]:,.0f}" for key in heads)] for bundle, one in timed.items()],
        ),
        provenance=provenance,
    )


def clock_said(body: Body) -> str:
    """The cost of single mode's clock in a sentence, and how often it could not hide the model's speed."""
    clock = body["clock"]
    if not clock["n"]:
        return _("No answer was timed yet.")
    words = _(
        "People wait %(added)s ms longer for the first word than the model takes (median of %(n)s answers); in "
        "%(share)s of them the model was slower than the clock's %(first)s ms, so that its speed could show."
    )
    return words % {
        "added": f"{clock['added_ms']:,.0f}",
        "n": f"{clock['n']:,}",
        "share": percent(clock["slower_share"]),
        "first": f"{clock['first_ms']:,}",
    }
