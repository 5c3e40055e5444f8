"""How good labels are that are not an expert's, from the responses that have both."""

from dataclasses import dataclass

import numpy as np

from stats.pools import Array

LEAST_BOTH = 100
"""Fewer responses with an expert's label beside another say nothing of how good the others are."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of a difference other labels keep, from so many `responses` with both."""

    share: float
    responses: int


def kept(gold: Array, other: Array) -> Kept | None:
    """The slope of other labels (n,) on an expert's (n,): for labels of 0 and 1, sensitivity and specificity less one.

    Responses that lack one of the two (nan) do not count; None under LEAST_BOTH that have both, or where the expert's
    are all alike.
    """
    both = ~np.isnan(gold) & ~np.isnan(other)
    gold, other = gold[both], other[both]
    spread = float(gold.var()) if gold.size else 0.0
    if gold.size < LEAST_BOTH or not spread:
        return None
    return Kept(float(np.cov(gold, other, ddof=0)[0, 1]) / spread, int(gold.size))
