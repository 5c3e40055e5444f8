"""Numbers of a readout in the units that people read: points of a share, times per unit, milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from abtest.metrics import METRICS, Shown
from core.charts.words import percent
from reports.pictures.numbers import Number, number_at, signed, spanned

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unit:
    """How a difference is written: its word, what it is multiplied with, and its decimals."""

    word: Promise
    factor: float
    digits: int


UNITS: dict[Shown, Unit] = {
    "share": Unit(gettext_lazy("points"), 100, 1),
    "count": Unit(gettext_lazy("per unit"), 1, 3),
    "ms": Unit(gettext_lazy("ms"), 1, 0),
}
GUARDED: dict[str, Shown] = {
    "sycophancy": "share",
    "coldness": "share",
    "correctness": "share",
    "safety_report": "count",
    "latency": "ms",
}
"""In which unit each guardrail is held."""

MEANINGS = {"sycophancy": "sycophantic", "coldness": "cold", "correctness": "correct"}
"""The label whose hue a guardrail has."""

GUARDRAIL_NAMES = {
    "sycophancy": gettext_lazy("sycophancy"),
    "coldness": gettext_lazy("coldness"),
    "correctness": gettext_lazy("correctness"),
    "safety_report": gettext_lazy("safety reports"),
    "latency": gettext_lazy("time to answer"),
}


def label_of(key: str) -> str:
    """What a metric is called."""
    return str(METRICS[key].label) if key in METRICS else key


def shown_of(key: str) -> Shown:
    """How a metric's values are written."""
    return METRICS[key].shown if key in METRICS else "share"


def guardrail_name(kind: str) -> str:
    """What a guardrail is called."""
    return str(GUARDRAIL_NAMES.get(kind, kind))


def number_in(shown: Shown, found: Any, *path: str) -> Number | None:
    """The number at this path in its unit; None where it could not be said."""
    number = number_at(found, *path)
    return number.times(UNITS[shown].factor) if number else None


def direction_of(kind: str) -> int:
    """Where worse lies: up, but down for what should not fall."""
    return -1 if kind == "correctness" else 1


def behaviour_number(found: Mapping[str, Any]) -> Number | None:
    """How a guardrail's share or time moved, in its unit: a readout says by how much it got worse."""
    kind = str(found["kind"])
    number = number_in(GUARDED.get(kind, "share"), found, "estimate")
    if number is None or direction_of(kind) > 0:
        return number
    low, high = number.low, number.high
    return Number(-number.estimate, None if high is None else -high, None if low is None else -low, number.n)


def difference_said(shown: Shown, number: Number | None) -> str:
    """`+2.1 (+1.2 to +3.0) points`; `–` for what there is not."""
    if number is None:
        return "–"
    return f"{spanned(number, UNITS[shown].digits)} {UNITS[shown].word}"


def value_said(shown: Shown, value: Any) -> str:
    """A value itself: `71.3 %`, `0.118`, `1,240 ms`; `–` for what there is not."""
    if not isinstance(value, int | float):
        return "–"
    if shown == "share":
        return percent(value) if not 0.0995 < value < 0.9905 else f"{100 * value:.1f}\u00a0%"
    return (
        (f"{value:,.0f}" if value >= 1000 else f"{value:.3g}")
        if shown == "count"
        else _("%(n)s ms") % {"n": f"{value:,.0f}"}
    )


def amount_said(shown: Shown, value: Any) -> str:
    """An amount without a sign: `2 points`, `0.005 per unit`, `150 ms`."""
    if not isinstance(value, int | float):
        return "–"
    unit = UNITS[shown]
    words = f"{unit.factor * value:.{unit.digits}f}"
    return f"{words.rstrip('0').rstrip('.') if '.' in words else words} {unit.word}"


def ratio_said(found: Any) -> str:
    """`× 1.03 (1.02 to 1.04)`; `–` for what there is not."""
    number = number_at(found)
    if number is None:
        return "–"
    if not number.bounded:
        return f"× {number.estimate:.2f}"
    words = _("× %(estimate)s (%(low)s to %(high)s)")
    return words % {
        name: f"{value:.2f}"
        for name, value in (("estimate", number.estimate), ("low", number.low or 0.0), ("high", number.high or 0.0))
    }


def p_said(p: Any) -> str:
    """`0.032`, `< 0.001`, `–`."""
    if not isinstance(p, int | float):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def needed_said(needed: Any, *, labelled: bool = False) -> str:
    """That there is not enough data, and how much more it takes."""
    if not isinstance(needed, int | float) or needed <= 0:
        return _("Not enough data.")
    n = f"{needed:,.0f}"
    words = (
        _("Not enough data: about %(n)s more labelled turns.")
        if labelled
        else _("Not enough data: about %(n)s more units.")
    )
    return words % {"n": n}


def lacks_said(found: Mapping[str, Any]) -> str:
    """Why a metric or a guardrail has no number."""
    if found.get("withheld"):
        return _("Not shown: the split of the units is off.")
    return needed_said(found.get("needed"), labelled=found.get("needed_unit") == "turns")


def sentence(words: str) -> str:
    """The words with a capital at their beginning."""
    return words[:1].upper() + words[1:]


def signed_in(shown: Shown, value: float | None) -> str:
    """`+2.1`: a difference alone."""
    unit = UNITS[shown]
    return signed(None if value is None else value * unit.factor, unit.digits)
