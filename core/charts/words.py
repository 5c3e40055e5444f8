"""Numbers and labels in words, as figures and tables print them."""

import re
from datetime import UTC, datetime
from typing import Protocol

from core.text.plain import one_line

_NOT_XML = re.compile("[\ufffe\uffff]")


class HasInterval(Protocol):
    """What can be printed with its interval."""

    @property
    def estimate(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def plain(text: str) -> str:
    """The text on one line, hidden characters spelled out; the two that XML does not hold are replaced."""
    return _NOT_XML.sub("\ufffd", one_line(text))


def label(text: str, most: int = 80) -> str:
    """A name that people gave, in `plain` and not longer than a figure could show."""
    line = plain(text)
    return line if len(line) <= most else line[: most - 1] + "…"


def percent(share: float) -> str:
    """`31 %`; near the ends with a decimal: `4.2 %`, and never 0 or 100 for what is neither."""
    return f"{_hundredths(share)}\u00a0%"


def span(found: HasInterval, to: str = " to ") -> str:
    """`24 to 39 %`, with `to` between the two."""
    return f"{_hundredths(found.low)}{to}{percent(found.high)}"


def _hundredths(share: float) -> str:
    if 0 < share < 0.0995:
        return f"{max(0.1, 100 * share):.1f}"
    if 0.9905 <= share < 1:
        return f"{min(99.9, 100 * share):.1f}"
    return f"{100 * share:.0f}"


def moment(at: datetime) -> str:
    """`27 Nov 2026, 18:04 UTC`, whatever zone it comes in."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"
