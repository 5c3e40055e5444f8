"""What would happen with more of the users' feedback, and with more optimisation pressure."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from core.charts.chart import Column, Provenance, Table
from core.charts.curves import Point, curve
from core.charts.effects import Line
from core.charts.picture import Picture, picture
from core.charts.words import percent
from reports.pictures.names import MEANINGS, outcome
from reports.pictures.numbers import Body, Number, share_at, signed, spanned
from reports.pictures.shifts import ceiling_line

Known = Sequence[tuple[float, Number]]


def share_pictures(body: Body, provenance: Provenance) -> list[Picture]:
    """Sycophancy and correctness over the weight of users' feedback, the others keeping their proportions."""
    now = _feedback_share(body)
    mark = None if now is None else Line(now, _("now %(share)s") % {"share": percent(now)})
    return [
        _picture(body, provenance, "share", key, axis=_("weight of users' feedback"), form=".0%", now=mark)
        for key in ("sycophancy", "correctness")
    ]


def pressure_pictures(body: Body, provenance: Provenance) -> list[Picture]:
    """Sycophancy and correctness over how far training may go from the base policy."""
    kl = body.get("kl")
    mark = None if kl is None else Line(float(kl), _("this report: %(kl)s") % {"kl": f"{kl:g}"})
    return [
        _picture(body, provenance, "pressure", key, axis=_("KL from the base policy, in nats"), form="~r", now=mark)
        for key in ("sycophancy", "correctness")
    ]


def _feedback_share(body: Body) -> float | None:
    """The weight that the recipe gives to users' thumbs."""
    weights = (body.get("recipe") or {}).get("weights") or {}
    thumbs = [one["key"] for one in body.get("signals") or () if one.get("kind") == "thumbs"]
    total = sum(abs(float(weight)) for weight in weights.values())
    if not thumbs or not total:
        return None
    return float(sum(abs(float(weights.get(key) or 0)) for key in thumbs) / total)


def _picture(
    body: Body, provenance: Provenance, which: str, key: str, *, axis: str, form: str, now: Line | None
) -> Picture:
    at = "kl" if which == "pressure" else "share"
    rows = (body.get("curves") or {}).get(which) or ()
    found = [(float(row[at]), share_at(row, key), row) for row in rows]
    known = [(x, number) for x, number, _row in found if number and number.bounded]
    title = _("%(outcome)s, over the pressure") if which == "pressure" else _("%(outcome)s, over users' feedback")
    title %= {"outcome": outcome(key)}
    name, meaning = f"{which}-{key}", MEANINGS[key]
    if len(known) < 2:
        return Picture(name, title, _("The curve cannot be said yet."), meaning=meaning)
    ceiling = ceiling_line(body) if key == "sycophancy" else None
    inside = now if now and known[0][0] <= now.at <= known[-1][0] else None
    points = [Point(x, number.estimate, number.low or 0.0, number.high or 0.0) for x, number in known]
    return picture(
        name=name,
        title=title,
        verdict=_said(which, key, known, ceiling),
        specs=lambda: [curve(points, meaning=meaning, title=axis, ceiling=ceiling, now=inside, form=form)],
        table=_table(which, at, axis, [(x, number, row) for x, number, row in found if number]),
        provenance=provenance,
        meaning=meaning,
    )


def _said(which: str, key: str, known: Known, ceiling: Line | None) -> str:
    def at(x: float) -> str:
        return _("KL %(kl)s") % {"kl": f"{x:g}"} if which == "pressure" else percent(x)

    if ceiling:
        under = [x for x, number in known if number.high is not None and number.high <= ceiling.at]
        first, last = known[0], known[-1]
        if len(under) == len(known):
            return _("Under the ceiling all along, up to %(at)s.") % {"at": at(last[0])}
        if not under:
            words = _("Nowhere is the upper bound under the ceiling; least is %(shift)s, at %(at)s.")
            least = min(known, key=lambda one: one[1].estimate)
            return words % {"shift": spanned(least[1]), "at": at(least[0])}
        words = _("Surely under the ceiling up to %(at)s; from there to %(end)s it grows to %(shift)s.")
        if under[0] != first[0]:
            words = _("Surely under the ceiling at %(at)s at most; %(shift)s at %(end)s.")
        return words % {"at": at(under[-1]), "end": at(last[0]), "shift": spanned(last[1])}
    best = max(known, key=lambda one: one[1].estimate)
    words = _("Most at %(at)s, with %(shift)s points; %(last)s at %(end)s.")
    return words % {
        "at": at(best[0]),
        "shift": signed(best[1].estimate),
        "last": signed(known[-1][1].estimate),
        "end": at(known[-1][0]),
    }


def _table(which: str, at: str, axis: str, found: Sequence[tuple[float, Number, Mapping[str, Any]]]) -> Table:
    size = which == "pressure"
    columns = [
        Column(at, axis[:1].upper() + axis[1:]),
        Column("estimate", _("Estimate")),
        Column("low", _("From")),
        Column("high", _("To")),
        Column("n", _("n")),
        *([Column("effective_share", _("Effective sample"))] if size else []),
    ]
    rows, shown = [], []
    for x, number, row in found:
        share = row.get("effective_share")
        rows.append(
            {
                at: x,
                "estimate": number.estimate,
                "low": number.low,
                "high": number.high,
                "n": number.n,
                "effective_share": share,
            }
        )
        printed = [f"{x:g}" if size else percent(x), *map(signed, (number.estimate, number.low, number.high))]
        shown.append([*printed, f"{number.n:,}", *([percent(share) if share is not None else "–"] if size else [])])
    return Table(columns, rows, shown)
