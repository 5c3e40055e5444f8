"""Whether what a candidate does to behaviour stays within a declared bound: non-inferiority, looked at any time.

A guardrail is on a rise for the worse over the control: `limit` is the most that is allowed. Two bounds, each to one
side and each always valid (`contrasts.py`), decide: *within* if and only if the upper bound is at or under the limit,
*breached* if and only if the lower one is above it, else it is not shown yet, with how much more it takes. There is no
correction for several guardrails: each alone must hold.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from stats.adjusting.clustered import rise, share
from stats.adjusting.contrasts import PLANNED, Contrast, reach_to_one_side
from stats.adjusting.labelled import Labelled
from stats.intervals import Estimate
from stats.sequential.anytime import BURN_IN

POWER_Z = 0.8416212335729143
"""The quantile of the normal distribution at a power of 0.8."""
FARTHEST = 1e4
"""Times as many units as there are."""

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
    tell, where it is not shown yet. `shares` are those of the control and of the candidate, where labels were read, as
    they are (not for the worse), with intervals of one look.
    """

    state: State
    limit: float
    rise: Estimate
    needed: int | None
    shares: tuple[Estimate, Estimate] | None = None

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
            "shares": [each.as_json() for each in self.shares] if self.shares else None,
        }


def guardrail(
    contrast: Contrast,
    limit: float,
    *,
    worse: Literal[1, -1] = 1,
    planned: float = PLANNED,
    level: float = 0.95,
    burn_in: float = BURN_IN,
) -> Guarded:
    """How a guardrail stands, from the candidate less the control. Raises InsufficientData under `burn_in` units."""
    signed = Contrast(worse * contrast.estimate, contrast.se, contrast.n)
    shown = signed.bounded(planned=planned, level=level, burn_in=burn_in)
    state: State = "within" if shown.high <= limit else "breached" if shown.low > limit else "not_shown"
    needed = None if state != "not_shown" else _needed(signed, limit, planned, level)
    return Guarded(state, limit, shown, needed)


def labelled_guardrail(
    labelled: Labelled, kind: str, limit: float, *, arm: int = 1, planned: float = PLANNED, level: float = 0.95
) -> Guarded:
    """A behavioural guardrail of `arm` from the labelled slice. Raises InsufficientData, KeyError for another kind."""
    guard = GUARDS[kind]
    if guard.question is None:
        raise KeyError(kind)
    found = rise(labelled, guard.question, arm=arm, boundary=guard.worse * limit)
    stands = guardrail(found, limit, worse=guard.worse, planned=planned, level=level, burn_in=0)
    pair = labelled.between(arm)
    value = pair.labels[guard.question]
    control, candidate = (share(pair, value, ~np.isnan(value), each) for each in (0, 1))
    return replace(stands, shares=(control, candidate) if control and candidate else None)


def _needed(now: Contrast, limit: float, planned: float, level: float) -> int:
    """About how many units more until the bound parts from the limit in 80 of 100 cases, all else being as it is."""
    n, se = float(now.n), now.se
    # No answer asks for the moon because the estimate lies on the limit by chance.
    distance = max(abs(limit - now.estimate), se / 2)
    numbers = n * np.geomspace(1, FARTHEST, 500)
    takes = (reach_to_one_side(numbers, planned=planned, level=level) + POWER_Z) * se * np.sqrt(n / numbers)
    told = takes <= distance
    return max(1, math.ceil(float(numbers[int(told.argmax()) if told.any() else -1]) - n))
