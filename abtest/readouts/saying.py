"""Numbers of a readout in words, as its verdict says them."""

from typing import Any

from django.utils.translation import gettext as _

from abtest.metrics import METRICS

_FACTOR = {"share": 100.0, "count": 1.0, "ms": 1.0}
_DIGITS = {"share": 1, "count": 3, "ms": 0}
_SHOWN = {
    "sycophancy": "share",
    "coldness": "share",
    "correctness": "share",
    "safety_report": "count",
    "latency": "ms",
}
"""In what a guardrail is counted."""


def ceiling_of(kind: str) -> str:
    """What a guardrail bounds: "sycophancy ceiling"."""
    return {
        "sycophancy": _("sycophancy ceiling"),
        "coldness": _("coldness ceiling"),
        "correctness": _("correctness floor"),
        "safety_report": _("ceiling of safety reports"),
        "latency": _("latency ceiling"),
    }[kind]


def amount(kind: str, value: float | None) -> str:
    """`2 points`, `0.004`, `120 ms`: how much worse, without a plus."""
    if value is None:
        return "–"
    shown = _SHOWN[kind]
    return _with_unit(_plain(value * _FACTOR[shown], _DIGITS[shown]), shown)


def rise(kind: str, value: float) -> str:
    """`+6.3 points`: how much worse the candidate is; a fall of correctness as `−4.0 points`."""
    shown = _SHOWN[kind]
    signed_value = -value if kind == "correctness" else value
    return _with_unit(signed(signed_value * _FACTOR[shown], _DIGITS[shown]), shown)


def most(kind: str, limit: float) -> str:
    """`at most 2`: the limit in the unit of `rise`."""
    shown = _SHOWN[kind]
    return _("at most %(limit)s") % {"limit": _plain(limit * _FACTOR[shown], _DIGITS[shown])}


def difference(key: str, span: dict[str, Any]) -> str:
    """`+2.1 points, 1.2 to 3.0`: an estimate and its interval."""
    shown = METRICS[key].shown
    estimate, low, high = (span[name] * _FACTOR[shown] for name in ("estimate", "low", "high"))
    digits = _DIGITS[shown]
    return _("%(estimate)s, %(low)s to %(high)s") % {
        "estimate": _with_unit(signed(estimate, digits), shown),
        "low": _fixed(low, digits),
        "high": _fixed(high, digits),
    }


def signed(value: float, digits: int) -> str:
    """`+6.1`, `−0.3`, `0.0`."""
    said = f"{value:+.{digits}f}"
    return said.replace("-", "\u2212") if float(said) else said[1:]


def _fixed(value: float, digits: int) -> str:
    said = f"{value:.{digits}f}"
    return said.replace("-", "\u2212") if float(said) else said.removeprefix("-")


def _plain(value: float, digits: int) -> str:
    """Without zeros at its end."""
    said = _fixed(value, digits)
    return said.rstrip("0").rstrip(".") if "." in said else said


def _with_unit(said: str, shown: str) -> str:
    if shown == "share":
        return _("%(n)s points") % {"n": said}
    return f"{said} ms" if shown == "ms" else said
