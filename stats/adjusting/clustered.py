"""Weighted means of two arms, and anything linear in them, with users as the unit of the variance.

An estimate is taken for its influence: what each turn adds to its error. Influence is summed within units, so that a
user with 400 turns is one user (Liang and Zeger, *Biometrika* 73, 1986; Deng, Knoblich and Lu, KDD 2018). Turns stand
for 1 / probability turns each (Hájek's mean; Särndal, Swensson and Wretman, *Model Assisted Survey Sampling*, 1992,
section 5.7).
"""

import math

import numpy as np

from stats.adjusting.contrasts import Contrast
from stats.adjusting.labelled import Labelled
from stats.intervals import Estimate
from stats.pools import Array, Mask, Whole
from stats.proportions import wilson
from stats.sufficiency import InsufficientData

LEAST_TURNS = 100
"""In each arm. With fewer, an interval that rests on large numbers promises what it does not hold."""
LEAST_UNITS = 50
"""In each arm."""
BLENDED = 300
"""Turns that a share which is feared, or common to both arms, counts as in the least variance of an arm."""


def enough(arm: Whole, unit: Whole, *, unit_name: str) -> int:
    """How many units there are in both arms (0 and 1); `unit_name` says what rows are.

    Raises InsufficientData where an arm has too few rows or units.
    """
    names, place = np.unique(unit, return_inverse=True)
    needed = 0
    for each in (0, 1):
        mine = place[arm == each]
        units = int((np.bincount(mine, minlength=1) > 0).sum())
        by_units = math.ceil((LEAST_UNITS - units) * max(1.0, mine.size / max(units, 1)))
        needed = max(needed, LEAST_TURNS - mine.size, by_units)
    if needed > 0:
        # The arm that lacks most says how many more both must get.
        raise InsufficientData(needed=2 * needed, unit=unit_name)
    return int(names.size)


def means(value: Array, weight: Array, arm: Whole) -> tuple[Array, Array]:
    """The weighted mean of each arm (2,), and the influence (2, n) of each row on it."""
    mean = np.empty(2)
    influence = np.zeros((2, len(value)))
    for each in (0, 1):
        mine = np.where(arm == each, weight, 0.0)
        mean[each] = mine @ value / mine.sum()
        influence[each] = mine * (value - mean[each]) / mine.sum()
    return mean, influence


def error(influence: Array, unit: Whole) -> float:
    """The standard error of an estimate from its influence (n,), summed within `unit` (n,)."""
    _, place = np.unique(unit, return_inverse=True)
    sums = np.bincount(place, influence)
    return float(np.sqrt(sums.size / (sums.size - 1) * (sums**2).sum()))


def rise(labelled: Labelled, question: str, *, arm: int = 1, boundary: float = 0.0) -> Contrast:
    """By how much the share of turns that are `question` is greater in `arm` than in the control.

    Where labels all agree they show no variance, and a small arm that has met few hits yet would look surer than it
    is. So the variance of an arm is at least that of a share with one more hit and one more miss (Agresti and Caffo,
    *The American Statistician* 54, 2000), and that of a share in which BLENDED turns are as both arms are together, or
    in `arm` as the control is plus `boundary`, the rise from which this one is to be told (in the spirit of Farrington
    and Manning, *Statistics in Medicine* 9, 1990); for as many turns as unequal weights leave (Kish). Raises
    InsufficientData.
    """
    value = labelled.labels[question]
    pair = (labelled.arm == 0) | (labelled.arm == arm)
    return _rise(labelled, value, pair & ~np.isnan(value), arm, boundary)


def share(pair: Labelled, value: Array, mask: Mask, arm: int) -> Estimate | None:
    """The weighted share of `value` (n,) among an arm's turns in `mask` (n,), with its 95 % interval of one look.

    Wilson's at the effective number of turns. None where the turns are of fewer than two units.
    """
    mine = mask & (pair.arm == arm)
    if len(np.unique(pair.unit[mine])) < 2:
        return None
    weight = pair.weight[mine]
    found = float(weight @ value[mine] / weight.sum())
    se = error(weight * (value[mine] - found) / weight.sum(), pair.unit[mine])
    most = float(weight.sum() ** 2 / (weight**2).sum())
    effective = min(most, found * (1 - found) / se**2) if se > 0 else most
    # Rounding may leave a mean of ones a hair above 1.
    found = min(max(found, 0.0), 1.0)
    return Estimate(found, *wilson(found, effective), int(mine.sum()))


def mean_rise(pair: Labelled, value: Array, known: Mask, *, boundary: float = 0.0) -> Contrast:
    """The same of any `value` (n,) between 0 and 1, over the turns (n,) of arms 0 and 1 of which it is `known`."""
    return _rise(pair, value, known, 1, boundary)


def _rise(labelled: Labelled, value: Array, used: Mask, candidate: int, boundary: float) -> Contrast:
    arm = (labelled.arm[used] == candidate).astype(np.int64)
    unit, weight, value = labelled.unit[used], 1 / labelled.probability[used], value[used]
    units = enough(arm, unit, unit_name="labelled turns")
    mean, influence = means(value, weight, arm)
    variance = error(influence[1] - influence[0], unit) ** 2
    pooled = float(weight @ value / weight.sum())
    feared = min(max(float(mean[0]) + boundary, 0.0), 1.0) if boundary else pooled
    least = sum(_least_variance(mean[each], prior, weight[arm == each]) for each, prior in ((0, pooled), (1, feared)))
    return Contrast(float(mean[1] - mean[0]), math.sqrt(max(variance, least)), units)


def _least_variance(mean: float, prior: float, weight: Array) -> float:
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    one_more = (mean * effective + 1) / (effective + 2)
    blended = (mean * effective + prior * BLENDED) / (effective + BLENDED)
    return max(each * (1 - each) for each in (one_more, blended)) / (effective + 2)
