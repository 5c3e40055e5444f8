"""What the mix of signals adds up to: weights toward gold, shares of influence, the push on sycophancy, the brake."""

from django.utils.translation import gettext as _

from core.charts.chart import Column, Provenance, Table
from core.charts.effects import Change, Line, changes
from core.charts.picture import Picture, picture
from core.charts.words import percent
from reports.pictures.names import MEANINGS, signals_of
from reports.pictures.numbers import Body, number_at, share_at, spanned
from reports.pictures.rows import Axis, Row, intervals_picture


def gold_pictures(body: Body, provenance: Provenance) -> list[Picture]:
    """How far each signal points toward what experts call correct, and toward what they call sycophantic."""
    titles = {"correctness": _("Toward correctness"), "sycophancy": _("Toward sycophancy")}
    names, gold = signals_of(body), body.get("toward_gold") or {}
    every = [number_at(gold, key, signal) for key in titles for signal in names]
    ends = [end for number in every if number for end in (number.low, number.high) if end is not None]
    pictures = []
    for key, title in titles.items():
        rows = [Row(signal, name, number_at(gold, key, signal), MEANINGS[key]) for signal, name in names.items()]
        pictures.append(
            intervals_picture(
                name=f"toward-{key}",
                title=title,
                verdict=_gold_said(key, rows, str(gold.get("missing") or "")),
                rows=rows,
                axis=Axis(
                    _("log odds for one standard deviation of the signal"),
                    _("Signal"),
                    digits=2,
                    span=(min(ends), max(ends)) if ends else None,
                ),
                provenance=provenance,
                meaning=MEANINGS[key],
            )
        )
    return pictures


def _gold_said(key: str, rows: list[Row], missing: str) -> str:
    known = [row for row in rows if row.number and row.number.clear and row.number.estimate > 0]
    if not any(row.number for row in rows):
        return missing or _("There are too few gold labels to fit weights toward them.")
    if not known:
        return _("No signal is seen to point this way.")
    known.sort(key=lambda row: -(row.number.estimate if row.number else 0))
    said = ", ".join(row.name for row in known)
    words = {
        "correctness": _("Pointing to the correct answer: %(signals)s."),
        "sycophancy": _("Pointing to the sycophantic one: %(signals)s."),
    }
    return words[key] % {"signals": said}


def influence_picture(body: Body, provenance: Provenance) -> Picture:
    """Each signal's share of the mixed reward's variance, in the reference and in the recipe."""
    title = _("Influence, before and after")
    influence, names = body.get("influence") or {}, signals_of(body)
    before, after = influence.get("before") or {}, influence.get("after") or {}
    pivotal = influence.get("pivotality") or {}
    keys = [key for key in names if key in before or key in after]
    if not keys:
        return Picture("influence", title, _("The shares of influence cannot be said yet."))
    shares = {key: (float(before.get(key) or 0), float(after.get(key) or 0)) for key in keys}
    rows = [
        Change(
            names[key],
            _("%(before)s → %(after)s") % {"before": _share(shares[key][0]), "after": _share(shares[key][1])},
            shares[key][0] * 100,
            shares[key][1] * 100,
        )
        for key in keys
    ]
    columns = [
        Column("signal", _("Signal"), number=False),
        Column("before", _("In the reference")),
        Column("after", _("In the recipe")),
        Column("pivotality", _("Pairs it decides")),
    ]
    values = [
        {"signal": key, "before": shares[key][0], "after": shares[key][1], "pivotality": pivotal.get(key)}
        for key in keys
    ]
    shown = [
        [names[key], *map(_share, shares[key]), "–" if pivotal.get(key) is None else _share(float(pivotal[key]))]
        for key in keys
    ]
    axis = _("percent of the variance; hollow: reference, filled: recipe")
    return picture(
        name="influence",
        title=title,
        verdict=_influence_said(names, shares),
        specs=lambda: [changes(rows, title=axis)],
        table=Table(columns, values, shown),
        provenance=provenance,
    )


def _share(value: float) -> str:
    return percent(value) if value >= 0 else "\u2212" + percent(-value)


def _influence_said(names: dict[str, str], shares: dict[str, tuple[float, float]]) -> str:
    loser = min(shares, key=lambda key: shares[key][1] - shares[key][0])
    winner = max(shares, key=lambda key: shares[key][1] - shares[key][0])
    lost = shares[loser][1] - shares[loser][0]
    if lost > -0.005:
        return _("No signal has lost influence.")
    words = _("%(loser)s goes from %(before)s to %(after)s; %(winner)s gains most.")
    return words % {
        "loser": names[loser],
        "before": _share(shares[loser][0]),
        "after": _share(shares[loser][1]),
        "winner": names[winner],
    }


def push_picture(body: Body, provenance: Provenance) -> Picture:
    """Each signal's signed part in the first-order slope of sycophancy: what pushes it up, what holds it down."""
    title = _("What pushes sycophancy up, what holds it down")
    names = signals_of(body)
    rows = [Row(key, name, share_at(body, "influence", "slope", key), "sycophantic") for key, name in names.items()]
    rows = [row for row in rows if row.number]
    return intervals_picture(
        name="push",
        title=title,
        verdict=_push_said(rows),
        rows=rows,
        axis=Axis(_("points of sycophancy for a first small step of training"), _("Signal"), digits=2),
        provenance=provenance,
        meaning="sycophantic",
    )


def _push_said(rows: list[Row]) -> str:
    up = [row.name for row in rows if row.number and row.number.clear and row.number.estimate > 0]
    down = [row.name for row in rows if row.number and row.number.clear and row.number.estimate < 0]
    if not up and not down:
        return _("No signal's push on sycophancy can be told from none.")
    parts = []
    if up:
        parts.append(_("Up: %(signals)s.") % {"signals": ", ".join(up)})
    if down:
        parts.append(_("Down: %(signals)s.") % {"signals": ", ".join(down)})
    return " ".join(parts)


def brake_picture(body: Body, provenance: Provenance) -> Picture:
    """The brake reserve of the reference and of the recipe, with the line below which sycophancy rises."""
    title = _("Brake reserve")
    rows = [
        Row("before", _("in the reference"), number_at(body, "influence", "brake_reserve", "before")),
        Row("after", _("in the recipe"), number_at(body, "influence", "brake_reserve", "after")),
    ]
    after = rows[1].number
    if after is None:
        said = _("The brake reserve cannot be said.")
    elif after.high is not None and after.high < 1:
        said = _("What holds sycophancy in check is weaker than what pushes it: the reserve is %(reserve)s, below 1.")
        said %= {"reserve": f"{after.estimate:.2f}"}
    elif after.low is not None and after.low > 1:
        said = _("What holds sycophancy in check outweighs what pushes it: the reserve is %(reserve)s, above 1.")
        said %= {"reserve": f"{after.estimate:.2f}"}
    else:
        said = _("Whether the brake holds cannot be told: the reserve is %(reserve)s.") % {
            "reserve": spanned(after, 2).replace("+", "")
        }
    return intervals_picture(
        name="brake",
        title=title,
        verdict=said,
        rows=[row for row in rows if row.number],
        axis=Axis(_("what holds down, over what pushes up"), _("Recipe"), digits=2, plus=False),
        provenance=provenance,
        line=Line(1.0, _("1: balance")),
    )
