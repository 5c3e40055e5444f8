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


def enough(arm: Whole, unit: Whole, *, unit_name: str) -> None:
    """Raise InsufficientData where an arm (0 or 1) has too few rows or units; `unit_name` says what rows are."""
    needed = 0
    for each in (0, 1):
        mine = arm == each
        units = len(np.unique(unit[mine]))
        rows = int(mine.sum())
        by_units = math.ceil((LEAST_UNITS - units) * max(1.0, rows / max(units, 1)))
        needed = max(needed, LEAST_TURNS - rows, by_units)
    if needed > 0:
        # The arm that lacks most says how many more both must get.
        raise InsufficientData(needed=2 * needed, unit=unit_name)


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


def rise(labelled: Labelled, question: str, *, arm: int = 1) -> Contrast:
    """By how much the share of turns that are `question` is greater in `arm` than in the control.

    Where labels all agree they show no variance; so that of each arm is at least that of a share with one more hit
    and one more miss (Agresti and Caffo, *The American Statistician* 54, 2000), for as many turns as the unequal
    weights leave (Kish). Raises InsufficientData.
    """
    pair = labelled.between(arm)
    value = pair.labels[question]
    return mean_rise(pair, value, ~np.isnan(value))


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


def mean_rise(pair: Labelled, value: Array, known: Mask) -> Contrast:
    """The same of any `value` (n,) between 0 and 1, over the turns (n,) of which it is `known`."""
    rows = pair.where(known)
    value = value[known]
    enough(rows.arm, rows.unit, unit_name="labelled turns")
    mean, influence = means(value, rows.weight, rows.arm)
    variance = error(influence[1] - influence[0], rows.unit) ** 2
    least = sum(_least_variance(mean[each], rows.weight[rows.arm == each]) for each in (0, 1))
    return Contrast(float(mean[1] - mean[0]), math.sqrt(max(variance, least)), len(np.unique(rows.unit)))


def _least_variance(mean: float, weight: Array) -> float:
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    shrunk = (mean * effective + 1) / (effective + 2)
    return shrunk * (1 - shrunk) / (effective + 2)
