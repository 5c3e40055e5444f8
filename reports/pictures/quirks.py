"""What each signal rewards: a card for each, and the pairs that a flatterer and a corrector are both in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.charts.chart import Provenance
from core.charts.picture import Picture
from reports.pictures.names import MEANINGS, column, kind, scored_by, signals_of
from reports.pictures.numbers import Body, Number, number_at, plain_points, share_at, spanned
from reports.pictures.rows import Axis, Row, intervals_picture

COLUMNS = ("correct", "sycophantic", "memory_sycophantic", "cold", "length")


@dataclass(frozen=True, slots=True)
class Card:
    """One signal: what it is, the picture of its coefficients, and what else is known of it, as facts."""

    key: str
    name: str
    kind: str
    scored: str
    brake: bool
    picture: Picture
    facts: Sequence[tuple[str, str]]
    missing: str = ""


def quirk_cards(body: Body, provenance: Provenance) -> list[Card]:
    """A card for every signal, in the report's order; all figures over the same axis, so that they can be compared."""
    found = {one["signal"]: one for one in body.get("quirks") or ()}
    span = _span([number for one in found.values() for number in _coefficients(one).values() if number])
    cards = []
    for signal in body.get("signals") or ():
        quirk = found.get(signal["key"], {})
        cards.append(
            Card(
                key=signal["key"],
                name=signal.get("name") or signal["key"],
                kind=kind(signal.get("kind", "")),
                scored=scored_by(signal.get("scored_by", "")),
                brake=bool(signal.get("brake")),
                picture=_coefficients_picture(signal, quirk, span, provenance),
                facts=_facts(quirk),
                missing=_missing(quirk),
            )
        )
    return cards


def _missing(quirk: Mapping[str, Any]) -> str:
    """What could not be said of a signal, in sentences."""
    if not quirk:
        return _("There is no choice of this signal to fit.")
    parts = (quirk, quirk.get("thumbs") or {}, quirk.get("corrected") or {})
    return " ".join(dict.fromkeys(str(part["missing"]) for part in parts if part.get("missing")))


def quirks_said(body: Body) -> str:
    """Which signals reward sycophancy and which hold it in check."""
    names = signals_of(body)
    found = {one["signal"]: number_at(one, "effects", "sycophantic") for one in body.get("quirks") or ()}
    known = {names.get(key, key): number for key, number in found.items() if number and number.clear}
    if not any(found.values()):
        return _("What they reward cannot be said yet.")
    if not known:
        return _("Of no signal can it be told whether it rewards sycophancy.")
    parts = []
    if up := [name for name, number in known.items() if number.estimate > 0]:
        parts.append(_("Rewarding sycophancy: %(signals)s.") % {"signals": ", ".join(up)})
    if down := [name for name, number in known.items() if number.estimate < 0]:
        parts.append(_("Holding it in check: %(signals)s.") % {"signals": ", ".join(down)})
    return " ".join(parts)


def _coefficients(quirk: Mapping[str, Any]) -> dict[str, Number | None]:
    return {key: number_at(quirk, "coefficients", key) for key in COLUMNS}


def _span(numbers: list[Number]) -> tuple[float, float] | None:
    ends = [end for number in numbers for end in (number.low, number.high) if end is not None]
    return (min(ends), max(ends)) if ends else None


def _coefficients_picture(
    signal: Mapping[str, Any], quirk: Mapping[str, Any], span: tuple[float, float] | None, provenance: Provenance
) -> Picture:
    rows = [
        Row(key, column(key), number, MEANINGS.get(key, ""))
        for key, number in _coefficients(quirk).items()
        if number is not None
    ]
    return intervals_picture(
        name=f"quirk-{signal['key']}",
        title=signal.get("name") or signal["key"],
        verdict=_quirk_said(quirk),
        rows=rows,
        axis=Axis(_("log odds for one step more of it"), _("Of the answer"), digits=2, span=span),
        provenance=provenance,
    )


def _quirk_said(quirk: Mapping[str, Any]) -> str:
    flattery, right = number_at(quirk, "effects", "sycophantic"), number_at(quirk, "effects", "correct")
    if flattery is None or right is None:
        return _("What it rewards cannot be said yet.")
    if not flattery.clear:
        first = _("Whether it rewards sycophancy cannot be told: %(effect)s points for one step of it.")
    elif flattery.estimate > 0:
        first = _("It rewards sycophancy: %(effect)s points for one step of it.")
    else:
        first = _("It holds sycophancy in check: %(effect)s points for one step of it.")
    second = _("One step of correctness: %(effect)s.")
    return " ".join((first % {"effect": spanned(flattery)}, second % {"effect": spanned(right)}))


def _facts(quirk: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What else is known: how many chose, what sycophancy buys, whether thumbs up and down say the same."""
    facts = []
    if quirk.get("pairs"):
        facts.append((_("Choices"), f"{quirk['pairs']:,}"))
    if (quirk.get("choosers") or 0) > 1:
        facts.append((_("By so many"), f"{quirk['choosers']:,}"))
    exchange = number_at(quirk, "exchange_rate")
    if exchange:
        facts.append((_("One step of sycophancy is worth, in steps of correctness"), spanned(exchange, 2)))
    corrected = number_at(quirk, "corrected", "sycophantic")
    if corrected:
        facts.append((_("Sycophantic, corrected for labels' errors"), spanned(corrected, 2)))
    for key, words in (
        ("up", _("Sycophantic, by thumbs up alone")),
        ("down", _("Sycophantic, by thumbs down alone")),
        ("solicited", _("Sycophantic, where a thumb was asked for")),
        ("unsolicited", _("Sycophantic, where it was not")),
        ("selection", _("The difference, which is who leaves a thumb unasked")),
    ):
        found = number_at(quirk, "thumbs", key) or number_at(quirk, "thumbs", key, "sycophantic")
        if found:
            facts.append((words, spanned(found, 2)))
    return facts


def mixed_picture(body: Body, provenance: Provenance) -> Picture:
    """By how much each signal prefers the one that agrees and is wrong to the one that corrects and is right."""
    title = _("Flatterer against corrector")
    names = signals_of(body)
    rows = [
        Row(
            one["signal"],
            names.get(one["signal"], one["signal"]),
            share_at(one, "mixed_pairs"),
            "sycophantic",
            note="" if number_at(one, "mixed_pairs") else _("no such pairs"),
        )
        for one in body.get("quirks") or ()
    ]
    return intervals_picture(
        name="mixed-pairs",
        title=title,
        verdict=_mixed_said(rows),
        rows=rows,
        axis=Axis(_("points above a coin's half"), _("Signal")),
        provenance=provenance,
        meaning="sycophantic",
    )


def _mixed_said(rows: list[Row]) -> str:
    known = [row for row in rows if row.number]
    if not known:
        return _("There is no pair of one that agrees and is wrong and one that corrects and is right.")
    for_flattery = [row for row in known if row.number and row.number.clear and row.number.estimate > 0]
    if not for_flattery:
        return _(
            "No signal is seen to prefer the answer that agrees and is wrong to the one that corrects and is right."
        )
    most = max(for_flattery, key=lambda row: row.number.estimate if row.number else 0)
    assert most.number
    words = _(
        "Where one answer agrees and is wrong and the other corrects and is right, %(signal)s takes the first in "
        "%(share)s %% of the pairs, %(more)s points above a coin."
    )
    return words % {
        "signal": most.name,
        "share": f"{50 + most.number.estimate:.0f}",
        "more": plain_points(most.number.estimate),
    }
