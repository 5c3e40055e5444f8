"""Numbers of a report's body: read with their intervals, and said the way the page says them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Number:
    """An estimate with its interval, from `n` of what it was taken over; `low` and `high` are None where unbounded."""

    estimate: float
    low: float | None
    high: float | None
    n: int

    @property
    def bounded(self) -> bool:
        return self.low is not None and self.high is not None

    @property
    def clear(self) -> bool:
        """Its interval leaves zero out."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    def times(self, factor: float) -> "Number":
        """The same in another unit."""
        low, high = self.low, self.high
        return Number(
            self.estimate * factor,
            None if low is None else low * factor,
            None if high is None else high * factor,
            self.n,
        )


def number_at(found: Any, *path: str) -> Number | None:
    """The number at this path of the body; None where it could not be said."""
    for key in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    if not isinstance(found, Mapping) or found.get("estimate") is None:
        return None
    low, high = found.get("low"), found.get("high")
    return Number(
        float(found["estimate"]),
        None if low is None else float(low),
        None if high is None else float(high),
        int(found.get("n") or 0),
    )


def share_at(found: Any, *path: str) -> Number | None:
    """The share at this path in percentage points."""
    number = number_at(found, *path)
    return number.times(100) if number else None


def signed(value: float | None, digits: int = 1) -> str:
    """`+6.1`, `−0.3`, `0.0`; `–` for what there is not."""
    if value is None:
        return "–"
    said = f"{value:+.{digits}f}"
    if not float(said):
        return said.removeprefix("+").removeprefix("-")
    return said.replace("-", "\u2212")


def spanned(number: Number, digits: int = 1) -> str:
    """`+6.1 (+5.2 to +7.0)`."""
    if not number.bounded:
        return _("%(estimate)s (no bounded interval)") % {"estimate": signed(number.estimate, digits)}
    words = _("%(estimate)s (%(low)s to %(high)s)")
    return words % {
        "estimate": signed(number.estimate, digits),
        "low": signed(number.low, digits),
        "high": signed(number.high, digits),
    }


def plain_points(value: float) -> str:
    """`4.5`: an amount of percentage points without a sign, with no zero at its end."""
    return f"{value:.1f}".removesuffix(".0")


def weight_said(value: float) -> str:
    """`0.64`, `−0.12`: a weight of a recipe."""
    return f"{value:.2f}".replace("-", "\u2212")
