"""A difference of two arms, and how far its always-valid interval reaches.

The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (arXiv 2103.06476), two-sided
(theorem 2.2) and one-sided (its appendix B.1). It may be looked at as often as one likes.
"""

import math
from dataclasses import dataclass

from stats.intervals import Estimate

PLANNED = 1000
"""Units for which an interval is made tightest, where nobody said how many there will be."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference, its standard error, and the `n` units of both arms that it rests on."""

    estimate: float
    se: float
    n: int


def always(contrast: Contrast, *, planned: int = PLANNED, level: float = 0.95) -> Estimate:
    """A difference with its always-valid interval."""
    half = reach(contrast.n, planned=planned, level=level) * contrast.se
    return Estimate(contrast.estimate, contrast.estimate - half, contrast.estimate + half, contrast.n)


def reach(n: float, *, planned: int = PLANNED, level: float = 0.95) -> float:
    """How many standard errors a two-sided interval reaches to either side after `n` units."""
    rate = _rate(planned, 1 - level)
    t = n * rate + 1
    return math.sqrt(2 * t / (n * rate) * math.log(math.sqrt(t) / (1 - level)))


def reach_to_one_side(n: float, *, planned: int = PLANNED, level: float = 0.95) -> float:
    """The same for a bound to one side only."""
    rate = _rate(planned, 2 * (1 - level))
    t = n * rate + 1
    return math.sqrt(2 * t / (n * rate) * math.log(1 + math.sqrt(t) / (2 * (1 - level))))


def _rate(planned: int, alpha: float) -> float:
    """The square of rho, which makes the interval tightest at `planned` units."""
    return (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / planned
