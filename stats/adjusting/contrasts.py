"""A difference of two arms at one moment, with its always-valid interval as a number to show.

The intervals are those of `stats/sequential/anytime.py`, which may be looked at as often as one likes.
"""

import math
from dataclasses import dataclass

import numpy as np

from stats.intervals import Estimate
from stats.pools import Array
from stats.sequential import anytime
from stats.sequential import moments as paths
from stats.sequential.anytime import BURN_IN, rho, threshold, threshold_above
from stats.sufficiency import InsufficientData

PLANNED = 1000
"""Units for which an interval is made tightest, where nobody said how many there will be."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference at one moment, its standard error, and the `n` units of both arms that it rests on."""

    estimate: float
    se: float
    n: int

    def less(self, other: "Contrast") -> "Contrast":
        """This less the other as if they were independent, on the clock of the one with more units."""
        return Contrast(self.estimate - other.estimate, math.hypot(self.se, other.se), max(self.n, other.n))

    def always(self, *, planned: float = PLANNED, level: float = 0.95, burn_in: float = BURN_IN) -> Estimate:
        """The difference with its two-sided interval. Raises InsufficientData under `burn_in` units."""
        found = anytime.confidence_sequence(self._path(), planned=planned, level=level, burn_in=burn_in)
        return self._shown(found.low, found.high, burn_in)

    def bounded(self, *, planned: float = PLANNED, level: float = 0.95, burn_in: float = BURN_IN) -> Estimate:
        """The same with two bounds, each of which alone holds with `level`. Raises InsufficientData."""
        found = anytime.one_sided(self._path(), planned=planned, level=level, burn_in=burn_in)
        return self._shown(found.low, found.high, burn_in)

    def _path(self) -> paths.Contrast:
        return paths.Contrast(np.asarray(self.estimate), np.asarray(self.se), np.asarray(float(self.n)))

    def _shown(self, low: Array, high: Array, burn_in: float) -> Estimate:
        if not math.isfinite(float(low)):
            raise InsufficientData(needed=max(1, math.ceil(burn_in - self.n)), unit="units")
        return Estimate(self.estimate, float(low), float(high), self.n)


def reach(n: Array, *, planned: float | Array, level: float = 0.95) -> Array:
    """How many standard errors a two-sided interval reaches after `n` units."""
    return threshold(n * rho(1, 1 - level) ** 2 / planned, 1 - level)


def reach_to_one_side(n: Array, *, planned: float | Array, level: float = 0.95) -> Array:
    """The same for a bound to one side."""
    return threshold_above(n * rho(1, 2 * (1 - level)) ** 2 / planned, 1 - level)
