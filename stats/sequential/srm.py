"""Whether units came into the arms in the shares that were meant: sample-ratio mismatch, watched at every hour.

On units, never events: a user who comes back is no new draw of the lot. The exact e-process of counts (`exact.py`) with
a = 50 for each arm; a mismatch is found once e ever reaches 1/0.001 and stays found, since then the units of the arms
are not alike and no difference between them means anything.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stats.sequential.exact import log_e_of_counts

ALPHA = 0.001
PER_ARM = 50.0


@dataclass(frozen=True, slots=True)
class Srm:
    """The greatest evidence `e` at any hour and p = 1/e; `since` is the place of the hour in which it was found."""

    e: float
    p: float
    found: bool
    since: int | None


def sample_ratio(counts: ArrayLike, shares: ArrayLike) -> Srm:
    """Of exposed units by hour and arm (H, K), cumulative, or (K,) now, with the arms' `shares` (any scale).

    Raises ValueError for shares that are not positive or do not fit the counts.
    """
    units = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    theta = np.asarray(shares, dtype=np.float64)
    if theta.size != units.shape[1] or theta.size < 2 or not (theta > 0).all():
        raise ValueError("needs a positive share for each of two arms or more")
    if not units.shape[0]:
        return Srm(1.0, 1.0, False, None)
    log_e = log_e_of_counts(units, theta / theta.sum(), a=PER_ARM)
    reached = log_e >= -np.log(ALPHA)
    top = max(float(log_e.max()), 0.0)
    since = int(reached.argmax()) if reached.any() else None
    return Srm(float(np.exp(min(top, 700.0))), float(np.exp(-top)), since is not None, since)
