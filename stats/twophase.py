"""Coefficients corrected for noisy labels, by a random subset with gold labels.

Labels of raters or judges are often wrong, and a fit on them is too small. Where a random part V of the rows also has
gold labels, drawn with known probabilities p_i, the two-phase augmented estimator (Chen and Chen, *Journal of the Royal
Statistical Society B* 62, 2000; Robins, Rotnitzky and Zhao, *JASA* 89, 1994) is

    b = b_gold(V) - A (g_noisy(V) - g_noisy(all)),

all fits on V being weighted by 1/p_i. It is consistent however the noise comes about, also where labels depend on the
choice. With the fits' influences f_i (gold) and h_i (noisy), A is the regression of the first term's error on the
second's under the drawing of V, which is independent by row:

    A = [sum (1-p)/p² f h'] [sum (1-p)/p² h h']^-1 over V.

Its variance is that of f_i V_i/p_i - A h_i (V_i/p_i - 1), summed within clusters: people's rows are alike, and where a
prompt is drawn all of its rows may be, so that to sum by row is wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stats.clustering import Robust, Way, over_ways, summed
from stats.logistic import Design, Fit, fit
from stats.pools import Array, Mask
from stats.sufficiency import InsufficientData

LEAST_PER_COLUMN = 20
"""Rows with gold for each coefficient, under which nothing is corrected."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """Coefficients (k,) as gold labels would give them, `gold` rows having some; beside, what the others gave."""

    names: tuple[str, ...]
    coefficients: Array
    sure: Robust
    gold: int
    gold_only: Array
    noisy: Array


def corrected(noisy: Design, gold: Design, drawn: Mask, chance: Array, ways: Sequence[Way]) -> Corrected:
    """The augmented estimate.

    `noisy` has all N rows, `gold` those that were drawn, in the same order and with the same columns; `drawn` (N,) says
    which, and `chance` (N,) with which probability each row would be. All rows are clustered in one or two `ways`.

    Raises what `fit` raises for either design, InsufficientData with too little gold or too few clusters, ValueError
    for probabilities outside of (0, 1] or designs that do not fit together.
    """
    if noisy.names != gold.names or len(gold.y) != drawn.sum() or len(noisy.y) != len(drawn):
        raise ValueError("the gold rows are those drawn, with the same columns")
    if not ((chance > 0) & (chance <= 1))[drawn].all():
        raise ValueError("a row that was drawn had a probability above 0 and up to 1")
    lacking = LEAST_PER_COLUMN * len(noisy.names) - int(drawn.sum())
    if lacking > 0:
        raise InsufficientData(needed=lacking, unit="gold labels")
    p = chance[drawn]
    weighted = Design(gold.names, gold.x, gold.y, gold.weight / p)
    part = Design(noisy.names, noisy.x[drawn], noisy.y[drawn], noisy.weight[drawn] / p)
    of_gold, of_part, of_all = fit(weighted), fit(part), fit(noisy)
    f, h = _influence(weighted, of_gold), _influence(noisy, of_all)
    # The influence on V is linearised where the fit on all rows is, so that the two noisy terms differ by V alone.
    augment = _augment(f * p[:, None], h[drawn], p)
    each = -h.copy()
    each[drawn] += h[drawn] / p[:, None]
    spread = -each @ augment.T
    spread[drawn] += f
    return Corrected(
        noisy.names,
        of_gold.coefficients - augment @ (of_part.coefficients - of_all.coefficients),
        over_ways(noisy.weight, ways, lambda way: _summed_by(way, spread)),
        int(drawn.sum()),
        of_gold.coefficients,
        of_all.coefficients,
    )


def _influence(design: Design, fitted: Fit) -> Array:
    """What each row adds to the coefficients: (n, k)."""
    scores = design.x * (design.weight * (design.y - fitted.chance))[:, None]
    return scores @ fitted.inverse


def _summed_by(way: Way, spread: Array) -> Array:
    """The covariance (k, k) of a sum of rows (n, k) that are alike within clusters."""
    codes, count = way.dense()
    sums = summed(spread, codes, count)
    covariance: Array = count / (count - 1) * sums.T @ sums
    return covariance


def _augment(f: Array, h: Array, p: Array) -> Array:
    """The regression (k, k) of gold influences on noisy ones under the drawing, from the rows drawn."""
    share = ((1 - p) / p**2)[:, None]
    if not share.any():
        return np.zeros((f.shape[1], f.shape[1]))
    return np.asarray(np.linalg.solve((h * share).T @ h, (h * share).T @ f).T, dtype=np.float64)
