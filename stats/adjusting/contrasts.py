"""A difference of two arms at one moment, with its always-valid interval as a number to show.

The intervals are those of `stats/sequential/anytime.py`, which may be looked at as often as one likes.
"""

import math

import numpy as np

from stats.intervals import Estimate
from stats.pools import Array
from stats.sequential.anytime import (
    BURN_IN,
    confidence_sequence,
    one_sided,
    rho,
    threshold,
    threshold_above,
)
from stats.sequential.moments import Contrast
from stats.sufficiency import InsufficientData

PLANNED = 1000
"""Units for which an interval is made tightest, where nobody said how many there will be."""


def contrast(estimate: float, se: float, n: float) -> Contrast:
    """One number as a contrast."""
    return Contrast(np.asarray(estimate), np.asarray(se), np.asarray(float(n)))


def last(found: Contrast) -> Contrast:
    """The last hour of a path, or the one moment there is."""
    return contrast(*(float(np.atleast_1d(column)[-1]) for column in (found.estimate, found.se, found.n)))


def less(one: Contrast, other: Contrast) -> Contrast:
    """`one` less `other` as if they were independent, on the clock of the one with more units."""
    return Contrast(one.estimate - other.estimate, np.hypot(one.se, other.se), np.maximum(one.n, other.n))


def always(found: Contrast, *, planned: float = PLANNED, level: float = 0.95, burn_in: float = BURN_IN) -> Estimate:
    """A difference at its last moment with its two-sided interval. Raises InsufficientData under `burn_in` units."""
    now = last(found)
    bounds = confidence_sequence(now, planned=planned, level=level, burn_in=burn_in)
    return _shown(now, bounds.low, bounds.high, burn_in)


def bounded(found: Contrast, *, planned: float = PLANNED, level: float = 0.95, burn_in: float = BURN_IN) -> Estimate:
    """The same with two bounds, each of which alone holds with `level`. Raises InsufficientData."""
    now = last(found)
    bounds = one_sided(now, planned=planned, level=level, burn_in=burn_in)
    return _shown(now, bounds.low, bounds.high, burn_in)


def reach(n: Array, *, planned: float | Array, level: float = 0.95) -> Array:
    """How many standard errors a two-sided interval reaches after `n` units."""
    return threshold(n * rho(1, 1 - level) ** 2 / planned, 1 - level)


def reach_to_one_side(n: Array, *, planned: float | Array, level: float = 0.95) -> Array:
    """The same for a bound to one side."""
    return threshold_above(n * rho(1, 2 * (1 - level)) ** 2 / planned, 1 - level)


def _shown(now: Contrast, low: Array, high: Array, burn_in: float) -> Estimate:
    if not math.isfinite(float(low)):
        raise InsufficientData(needed=max(1, math.ceil(burn_in - float(now.n))), unit="units")
    return Estimate(float(now.estimate), float(low), float(high), int(now.n))
