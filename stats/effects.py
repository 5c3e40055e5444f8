"""What coefficients on the logit mean: percentage points, and what one is worth in terms of another.

Average marginal effects are derivatives of the chance, averaged over the rows as they are, with the delta method's
variance (Greene, *Econometric Analysis*, section on binary choice). The interval of a ratio is Fieller's (*Journal of
the Royal Statistical Society B* 16, 1954), which says so when it has no end.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from stats.clustering import Robust
from stats.intervals import Estimate
from stats.logistic import Design, Fit
from stats.pools import Array

POINTS = 100.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio with Fieller's interval. Where the interval has no end, `low` and `high` are None: it is unbounded."""

    estimate: float
    low: float | None
    high: float | None
    n: int

    @property
    def bounded(self) -> bool:
        return self.low is not None

    def as_json(self) -> dict[str, float | int] | None:
        """The form of an estimate; None where it is unbounded, which words must say."""
        if self.low is None or self.high is None:
            return None
        return {"estimate": self.estimate, "low": self.low, "high": self.high, "n": self.n}


def marginal(
    design: Design, fitted: Fit, sure: Robust, *, through: Mapping[str, tuple[str, Array]] | None = None
) -> dict[str, Estimate]:
    """By how many percentage points the chance grows for one unit more of each column, on average over the rows.

    `through` names, for a column, another that is the product of it and an array (n,): it then moves too.
    """
    curve = design.weight * fitted.chance * (1 - fitted.chance) / design.weight.sum()
    bend = (curve * (1 - 2 * fitted.chance))[:, None] * design.x
    effects = {}
    for j, name in enumerate(fitted.names):
        slope = np.full(len(design.y), fitted.coefficients[j])
        gradient = np.zeros(len(fitted.names))
        gradient[j] = curve.sum()
        other, factor = (through or {}).get(name, ("", None))
        if factor is not None and other in fitted.names:
            k = fitted.names.index(other)
            slope = slope + fitted.coefficients[k] * factor
            gradient[k] = curve @ factor
        gradient = gradient + slope @ bend
        variance = float(gradient @ sure.covariance @ gradient)
        effects[name] = sure.estimate(POINTS * float(curve @ slope), POINTS**2 * variance, len(design.y))
    return effects


def ratio(over: float, under: float, covariance: Array, critical: float, n: int) -> Ratio:
    """`over` / `under` with their covariance (2, 2), at `critical` standard errors either way."""
    square = critical**2
    a = under**2 - square * covariance[1, 1]
    b = over * under - square * covariance[0, 1]
    c = over**2 - square * covariance[0, 0]
    estimate = float(over / under) if under else float("inf")
    if a <= 0:
        return Ratio(estimate, None, None, n)
    half = float(np.sqrt(max(0.0, b * b - a * c)))
    return Ratio(estimate, float((b - half) / a), float((b + half) / a), n)
