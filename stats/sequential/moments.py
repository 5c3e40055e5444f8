"""What an arm's users did, as sums over users from which a mean and its variance follow: the user is the unit.

A user u has a count m of what a metric counts and a total x of its values. Of an arm are known the numbers of units
and the sums of x, m, x², xm and m², at the end of each hour. So a user with 400 thumbs is one user in the variance.

    ratio               q = Σx / Σm,  L_u = (x_u - q m_u) / mean m,  variance of q = Σ L_u² / (n (n - 1))
    mean per exposed    x̄ = Σx / N,   variance of x̄ = (Σx² - N x̄²) / (N (N - 1))

where n are the units that have any m, N all exposed ones (who did nothing count as 0). The linearised ratio is in Deng,
Knoblich and Lu, "Applying the Delta Method in Metric Analytics", KDD 2018; Cochran, *Sampling Techniques*, 1977, 6.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from stats.pools import Array

Kind = Literal["ratio", "mean"]

BLENDED = 1000
"""Units that both arms' common variance counts as, in each arm's own."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over the units of an arm: numbers, or arrays (H,) over hours when they are cumulative.

    `units` have at least one event of the metric, `exposed` are all that are in the arm.
    """

    units: Array
    exposed: Array
    sx: Array
    sm: Array
    sxx: Array
    sxm: Array
    smm: Array

    @classmethod
    def of(cls, **sums: ArrayLike | Sequence[object]) -> "Moments":
        """From whole numbers of any kind (int, Decimal), alone or as a sequence over hours."""
        return cls(**{name: np.asarray(values, dtype=np.float64) for name, values in sums.items()})

    @classmethod
    def summed(cls, x: Array, m: Array, *, exposed: int | None = None) -> "Moments":
        """Of the users with totals `x` (U,) and counts `m` (U,), of whom `exposed` are in the arm (else these)."""
        has = m > 0
        one, count = x[has], m[has]
        sums = (one.sum(), count.sum(), (one**2).sum(), (one * count).sum(), (count**2).sum())
        numbers = (int(has.sum()), int(m.size) if exposed is None else exposed)
        return cls(*(np.asarray(each, dtype=np.float64) for each in (*numbers, *sums)))

    def __add__(self, other: "Moments") -> "Moments":
        """Both arms' units as one."""
        return Moments(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def __getitem__(self, key: int | slice) -> "Moments":
        """The hour or hours `key` of a path."""
        return Moments(*(np.asarray(getattr(self, one.name)[key]) for one in fields(self)))


@dataclass(frozen=True, eq=False)
class Mean:
    """A mean over an arm's units with its variance (that of the mean itself) and the n units it rests on."""

    value: Array
    variance: Array
    n: Array

    def scaled(self, factor: float) -> "Mean":
        """In another measure, such as points of which 2 are a win (1/2)."""
        return Mean(self.value * factor, self.variance * factor**2, self.n)


@dataclass(frozen=True, eq=False)
class Contrast:
    """What one arm has more than the other, its standard error, and the n units of both. NaN where nothing is known."""

    estimate: Array
    se: Array
    n: Array


def ratio(m: Moments) -> Mean:
    """Σx / Σm over users. NaN where there is nothing to divide by, or one unit only for the variance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        q = m.sx / m.sm
        squares = np.maximum(m.sxx - 2 * q * m.sxm + q**2 * m.smm, 0.0)
        variance = m.units / (m.units - 1) * squares / m.sm**2
    return Mean(q, _where(m.units > 1, variance), m.units)


def mean_per_exposed(m: Moments) -> Mean:
    """Σx over all exposed units, those that did nothing counting as 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = m.sx / m.exposed
        squares = np.maximum(m.sxx - m.exposed * value**2, 0.0)
        variance = squares / (m.exposed * (m.exposed - 1))
    return Mean(value, _where(m.exposed > 1, variance), m.exposed)


def mean_of(m: Moments, kind: Kind) -> Mean:
    """The mean of a metric of this kind."""
    return ratio(m) if kind == "ratio" else mean_per_exposed(m)


def steadied(control: Mean, candidate: Mean) -> tuple[Mean, Mean]:
    """Both with the variance of a unit never under what a blend with both arms' pooled one says.

    The pooled variance counts as BLENDED units. In a small arm that has not seen a rare thing yet, or that everybody
    liked so far, a variance of nearly nothing would make any difference look sure: with a tenth of the units and a
    rate of 0.02, 14 of 100 experiments without a difference were said to have one. In equal arms it is nothing.
    """
    pooled = _pooled(control, candidate)
    return _blended(control, pooled), _blended(candidate, pooled)


def difference(control: Mean, candidate: Mean) -> Contrast:
    """The candidate's mean less the control's; the arms' units are independent."""
    se = np.sqrt(control.variance + candidate.variance)
    return Contrast(candidate.value - control.value, se, control.n + candidate.n)


def relative(control: Mean, candidate: Mean) -> Contrast:
    """The logarithm of candidate over control, by the delta method: se² = Σ variance / mean². NaN unless both > 0."""
    positive = (control.value > 0) & (candidate.value > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.log(_where(positive, candidate.value)) - np.log(_where(positive, control.value))
        se = np.sqrt(control.variance / control.value**2 + candidate.variance / candidate.value**2)
    return Contrast(estimate, _where(positive, se), control.n + candidate.n)


def against(mean: Mean, value: float) -> Contrast:
    """How far one mean is above a fixed value, such as a win rate above one half."""
    return Contrast(mean.value - value, np.sqrt(mean.variance), mean.n)


def _pooled(control: Mean, candidate: Mean) -> Array:
    """The variance of one unit over both arms, around each arm's own mean."""
    squares = np.nan_to_num(control.variance) * control.n**2 + np.nan_to_num(candidate.variance) * candidate.n**2
    found: Array = squares / np.maximum(control.n + candidate.n, 1)
    return found


def _blended(mean: Mean, pooled: Array) -> Mean:
    own = np.nan_to_num(mean.variance) * mean.n
    unit = np.maximum(own, (mean.n * own + BLENDED * pooled) / (mean.n + BLENDED))
    return Mean(mean.value, _where(mean.n > 1, unit / np.maximum(mean.n, 1)), mean.n)


def _where(known: ArrayLike, values: Array) -> Array:
    found: Array = np.where(known, values, np.nan)
    return found
