"""Whether a shift is within its budget: only an interval that lies on one side of the ceiling says so.

    over the budget     if and only if the 95 % interval's lower bound is above the ceiling
    within the budget   if and only if its upper bound is at or under the ceiling
    not enough data     otherwise

How many more prompts are needed follows from the variance of one prompt, sd^2 = n se^2 (families included): with N
prompts a shift as large as the one seen is told from the ceiling in 95 of 100 pools if

    1.96 sd/sqrt(N) + 1.645 sd/sqrt(N) <= |shift - ceiling|.

Nearer to the ceiling than half a standard error the distance itself is noise, so half of one is taken at least, and no
answer asks for more than 52 times the prompts there are.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtri

from stats.intervals import Estimate

Answer = Literal["within_budget", "over_budget", "not_enough_data"]

_HALF = float(ndtri(0.975))
_POWER = float(ndtri(0.95))
_NEAREST = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer; by how much the estimate is over if it is; about how many more prompts are needed if more are."""

    answer: Answer
    over_by: float | None = None
    needed: int | None = None


def verdict(estimate: Estimate, ceiling: float) -> Verdict:
    """Whether `estimate` is within `ceiling`. Raises ValueError for an interval or a ceiling that is not finite."""
    if not all(map(math.isfinite, (estimate.estimate, estimate.low, estimate.high, ceiling))):
        raise ValueError("a verdict needs an interval and a ceiling")
    if estimate.low > ceiling:
        return Verdict("over_budget", over_by=estimate.estimate - ceiling)
    if estimate.high <= ceiling:
        return Verdict("within_budget")
    return Verdict("not_enough_data", needed=_needed(estimate, ceiling))


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict of several: over if one is, within if all are; else the largest number that is still needed.

    Raises ValueError for none at all.
    """
    each = list(verdicts)
    if not each:
        raise ValueError("no verdict is not a verdict")
    over = [one.over_by for one in each if one.over_by is not None]
    if over:
        return Verdict("over_budget", over_by=max(over))
    lacking = [one for one in each if one.answer == "not_enough_data"]
    if lacking:
        known = [one.needed for one in lacking if one.needed is not None]
        return Verdict("not_enough_data", needed=max(known) if known else None)
    return Verdict("within_budget")


def _needed(estimate: Estimate, ceiling: float) -> int:
    error = (estimate.high - estimate.low) / (2 * _HALF)
    distance = max(abs(estimate.estimate - ceiling), _NEAREST * error)
    enough = estimate.n * ((_HALF + _POWER) * error / distance) ** 2
    return max(1, math.ceil(enough) - estimate.n)
