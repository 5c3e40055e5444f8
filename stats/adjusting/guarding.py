"""Whether what a candidate does to behaviour stays within a declared bound: non-inferiority, looked at any time.

A guardrail is on a rise for the worse over the control: `limit` is the most that is allowed. Two bounds, each to one
side and each always valid (`contrasts.py`), decide: *within* if and only if the upper bound is at or under the limit,
*breached* if and only if the lower one is above it, else it is not shown yet, with how much more it takes. There is no
correction for several guardrails: each alone must hold.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

from stats.adjusting.clustered import rise
from stats.adjusting.contrasts import PLANNED, Contrast, reach_to_one_side
from stats.adjusting.labelled import Labelled
from stats.intervals import Estimate
from stats.sufficiency import InsufficientData

POWER_Z = 0.8416212335729143
"""The quantile of the normal distribution at a power of 0.8."""
FARTHEST = 1e9

State = Literal["within", "breached", "not_shown"]


@dataclass(frozen=True, slots=True)
class Guard:
    """A kind of guardrail: `question` is the label it reads, None where it reads a metric.

    `worse` is 1 where more is worse, -1 where less is; `unit` says what a limit is counted in: "share" (0.02 is two
    points of a hundred turns), "per_unit" (events for each exposed unit), "ms".
    """

    kind: str
    worse: Literal[1, -1]
    unit: Literal["share", "per_unit", "ms"]
    question: str | None = None


GUARDS = {
    guard.kind: guard
    for guard in (
        Guard("sycophancy", 1, "share", "sycophantic"),
        Guard("coldness", 1, "share", "cold"),
        Guard("correctness", -1, "share", "correct"),
        Guard("safety_report", 1, "per_unit"),
        Guard("latency", 1, "ms"),
    )
}
"""Every kind of guardrail; those with a `question` are behavioural."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """How a guardrail stands. `rise` is for the worse, over the control, with a bound to either side, each at 95 %.

    `bound` is the one that must not be above `limit`: the upper. `needed` is about how many units more it takes to
    tell, where it is not shown yet.
    """

    state: State
    limit: float
    rise: Estimate
    needed: int | None

    @property
    def bound(self) -> float:
        return self.rise.high

    def as_json(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "limit": self.limit,
            "estimate": self.rise.as_json(),
            "bound": self.bound,
            "needed": self.needed,
        }


def guardrail(
    contrast: Contrast, limit: float, *, worse: Literal[1, -1] = 1, planned: int = PLANNED, level: float = 0.95
) -> Guarded:
    """How a guardrail stands, from the candidate less the control. Raises InsufficientData for no variance at all."""
    if contrast.n < 2 or not contrast.se > 0:
        raise InsufficientData(needed=max(planned - contrast.n, 1), unit="units")
    estimate = worse * contrast.estimate
    half = reach_to_one_side(contrast.n, planned=planned, level=level) * contrast.se
    found = Estimate(estimate, estimate - half, estimate + half, contrast.n)
    state: State = "within" if found.high <= limit else "breached" if found.low > limit else "not_shown"
    needed = None if state != "not_shown" else _needed(contrast, abs(limit - estimate), planned, level)
    return Guarded(state, limit, found, needed)


def labelled_guardrail(
    labelled: Labelled, kind: str, limit: float, *, arm: int = 1, planned: int = PLANNED, level: float = 0.95
) -> Guarded:
    """A behavioural guardrail of `arm` from the labelled slice. Raises InsufficientData, KeyError for another kind."""
    guard = GUARDS[kind]
    if guard.question is None:
        raise KeyError(kind)
    contrast = rise(labelled, guard.question, arm=arm)
    return guardrail(contrast, limit, worse=guard.worse, planned=planned, level=level)


def _needed(contrast: Contrast, distance: float, planned: int, level: float) -> int:
    """About how many units more until the bound parts from the limit in 80 of 100 cases, all else being as it is."""
    deviation = contrast.se * math.sqrt(contrast.n)
    # No answer asks for the moon because the estimate lies on the limit by chance.
    far = max(distance, contrast.se / 2)
    low, high = float(contrast.n), FARTHEST
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        takes = (reach_to_one_side(middle, planned=planned, level=level) + POWER_Z) * deviation / math.sqrt(middle)
        low, high = (low, middle) if takes <= far else (middle, high)
    return max(1, math.ceil(high - contrast.n))
