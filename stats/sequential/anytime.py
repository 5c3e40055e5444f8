"""Intervals that hold at all hours at once, so that one may look whenever one likes.

The asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory
and asymptotic confidence sequences", *Annals of Statistics* 52, 2024, arXiv 2103.06476): with t = n ρ² + 1,

    estimate ± se √n √(2 t / (n ρ)² log(√t / α)),    e = exp(ρ² n z² / (2 t)) / √t,  z = estimate / se,

e being the mixture of normal likelihood ratios (Robbins 1970) whose inverse is a p that may be looked at any time. It
is narrowest, beside the interval of one look, near the n* units for which ρ is made:

    ρ² = (-2 log α + log(1 - 2 log α)) / n*.

One-sided: the mixture over the half line (Howard, Ramdas, McAuliffe and Sekhon, *Annals of Statistics* 49, 2021,
section 3.2), e = 2 exp(ρ² n z² / (2 t)) Φ(√(n ρ² / t) z) / √t, whose bound is the z at which e = 1/α; ρ at 2α.

It is asymptotic: it says nothing before a burn-in of units, since variances of few units are not to be trusted.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtri

from stats.pools import Array
from stats.sequential.moments import Contrast

BURN_IN = 500
"""Units in both arms, fewer of which say nothing."""
POWER = 0.8
STEPS = 6


@dataclass(frozen=True, eq=False)
class Interval:
    """Bounds, p and e, each at every hour (H,) or at one; NaN where there is not enough data. `e` may be infinite."""

    low: Array
    high: Array
    p: Array
    e: Array


@dataclass(frozen=True, eq=False)
class Bounds:
    """A lower and an upper bound, each of which alone holds at all hours with 1 - α: for a margin on one side."""

    low: Array
    high: Array


def rho(planned: float, alpha: float) -> float:
    """The mixture's width for which `planned` units of both arms are the best place to look."""
    return float(np.sqrt((-2 * np.log(alpha) + np.log(1 - 2 * np.log(alpha))) / planned))


def confidence_sequence(
    contrast: Contrast, *, planned: float, level: float = 0.95, burn_in: float = BURN_IN, null: float = 0.0
) -> Interval:
    """The interval at each hour, and the evidence against `null`; NaN under `burn_in` units or without variance."""
    alpha = 1 - level
    time = _time(contrast, planned, alpha, burn_in)
    z = (contrast.estimate - null) / _error(contrast)
    half = _error(contrast) * threshold(time, alpha)
    log_e = _log_e(z, time)
    with np.errstate(over="ignore"):
        e = np.exp(log_e)
    return Interval(contrast.estimate - half, contrast.estimate + half, np.exp(-np.maximum(log_e, 0.0)), e)


def one_sided(contrast: Contrast, *, planned: float, level: float = 0.95, burn_in: float = BURN_IN) -> Bounds:
    """The lower and the upper bound at each hour, each valid by itself; NaN as for `confidence_sequence`."""
    alpha = 1 - level
    half = _error(contrast) * threshold_above(_time(contrast, planned, 2 * alpha, burn_in), alpha)
    return Bounds(contrast.estimate - half, contrast.estimate + half)


def threshold(time: Array, alpha: float) -> Array:
    """How many standard errors the interval reaches, at `time` n ρ²."""
    t = time + 1
    found: Array = np.sqrt(2 * t / time * np.log(np.sqrt(t) / alpha))
    return found


def threshold_above(time: Array, alpha: float) -> Array:
    """How many standard errors a one-sided bound reaches: the z at which its e is 1/α, by Newton's steps.

    They start where e would be 1/α if Φ were 1, which is a little too low, and Φ is nearly 1 there.
    """
    a = time / (time + 1)
    z = threshold(time, 2 * alpha)
    for _ in range(STEPS):
        above = np.sqrt(a) * z
        slope = a * z + np.sqrt(a) * np.exp(-(above**2) / 2 - log_ndtr(above)) / np.sqrt(2 * np.pi)
        z = z - (_log_e_above(z, time) + np.log(alpha)) / slope
    return z


def needed(contrast: Contrast, *, distance: float, planned: float, level: float = 0.95, power: float = POWER) -> int:
    """About how many more units until a true effect of `distance` is found with `power`; 0 if there are enough.

    Taken as if the units to come were like those there are. Raises ValueError for a distance that is not positive or
    a contrast without an error.
    """
    alpha, se, n = 1 - level, float(contrast.se), float(contrast.n)
    if not (distance > 0 and se > 0):
        raise ValueError("needs a distance and a standard error above 0")
    per_time, beyond = rho(planned, alpha) ** 2, float(ndtri(power))

    def reach(units: float) -> float:
        return se * float(np.sqrt(n / units) * (threshold(np.asarray(units * per_time), alpha) + beyond))

    low = high = n
    while reach(high) > distance:
        low, high = high, 2 * high
    while high - low > 0.5:
        middle = (low + high) / 2
        low, high = (middle, high) if reach(middle) > distance else (low, middle)
    return int(np.ceil(high - n))


def _time(contrast: Contrast, planned: float, alpha: float, burn_in: float) -> Array:
    enough = (contrast.n >= max(burn_in, 2)) & (contrast.se > 0)
    return np.where(enough, contrast.n, np.nan) * rho(planned, alpha) ** 2


def _error(contrast: Contrast) -> Array:
    """The standard error, NaN where there is none to divide by."""
    return np.where(contrast.se > 0, contrast.se, np.nan)


def _log_e(z: Array, time: Array) -> Array:
    t = time + 1
    found: Array = time * z**2 / (2 * t) - np.log(t) / 2
    return found


def _log_e_above(z: Array, time: Array) -> Array:
    found: Array = np.log(2) + _log_e(z, time) + log_ndtr(np.sqrt(time / (time + 1)) * z)
    return found
