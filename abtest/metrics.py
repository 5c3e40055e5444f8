"""What an event adds: the metrics of live experiments, by key.

A row of `Event` adds its whole `value` to the total of its unit under its `metric`, and 1 to its count. Every figure is
read over units, never over events: x is a unit's total, m its count.

- `ratio`: sum of x over sum of m (over the units that have any), times `scale`: a share, a win rate, a mean of times.
- `mean`: sum of x over all exposed units, those that have none included.
"""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Kind = Literal["ratio", "mean"]
Shown = Literal["share", "count", "ms"]

LATENCY_MAX_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `liked`: what people like rather than what is right; `worse`: the direction that is bad, if any.

    `shown` says how a value is written: a share in percent, a count per unit, milliseconds.
    """

    key: str
    label: Promise
    kind: Kind
    scale: float = 1.0
    liked: bool = False
    worse: Literal["up", "down"] | None = None
    shown: Shown = "share"


METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric("thumb", _("thumbs up, of thumbs left unasked"), "ratio", liked=True, worse="down"),
        Metric("thumb_asked", _("thumbs up, of thumbs asked for"), "ratio", liked=True, worse="down"),
        Metric("preference", _("side-by-side win rate"), "ratio", scale=0.5, liked=True, worse="down"),
        Metric("message", _("messages per unit"), "mean", liked=True, shown="count"),
        Metric("regenerate", _("regenerated answers per unit"), "mean", worse="up", shown="count"),
        Metric("abandon", _("abandoned conversations per unit"), "mean", worse="up", shown="count"),
        Metric("return", _("returns per unit"), "mean", liked=True, worse="down", shown="count"),
        Metric("safety_report", _("safety reports per unit"), "mean", worse="up", shown="count"),
        Metric("latency", _("time to answer"), "ratio", worse="up", shown="ms"),
    )
}
"""The figures, in the order in which they are shown."""

TURN = "turn"
"""What a turn event adds: counted to say how much of the labelled slice came, and no figure of its own."""

COUNTED = (*METRICS, TURN)
"""All that an event can add to: each has two columns in the totals of a unit, for its count and its sum."""

ACTIONS = ("message", "regenerate", "abandon", "return", "safety_report", "latency")
"""The actions of a usage event; each is its own metric, with value 1 (latency: milliseconds)."""

EVEN = 0.5
"""The win rate of a bundle that is as good as the other."""
PAIRED = frozenset({"preference"})
"""Metrics in which one unit sees both bundles: read against `EVEN`, over both arms together.

Of more than two arms each candidate is read over its own alone, in which only choices against it count.
"""


def preference_points(preference: int | str, *, candidate_first: bool) -> int:
    """The candidate's points of a choice from -3 (first is much better) to 3, or "both_bad" (a tie): 2, 1 or 0."""
    if isinstance(preference, str) or preference == 0:
        return 1
    return 2 if (preference < 0) == candidate_first else 0
