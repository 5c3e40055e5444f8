"""How much the scores of a signal vary within a prompt, and which of them are of another scale than the rest."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FACTOR = 100.0
# Of fewer, a small spread may be chance: two responses that a signal finds about equal.
_FEWEST = 5


def spreads(rows: Sequence[Sequence[float]]) -> Array:
    """The standard deviation (divisor n) of each row of finite scores; rows may differ in length. Shape (rows,)."""
    return np.array([_spread(np.asarray(row, dtype=np.float64)) for row in rows], dtype=np.float64)


def typical(found: Array) -> float | None:
    """The median of the spreads that are not 0; None if all are. A few rows of another scale do not move it."""
    varying = found[found > 0]
    return float(np.median(varying)) if varying.size else None


def out_of_scale(found: Array, usual: float) -> NDArray[np.bool_]:
    """Which of these spreads are of another scale than `usual`, the typical one; shape (rows,).

    One is, alone, if it is more than FACTOR times `usual`; a small one says nothing. But where the typical one of five
    or more is off by FACTOR either way, so is each that is off that way by the root of FACTOR.
    """
    off = found > FACTOR * usual
    here = typical(found)
    if here is not None and np.count_nonzero(found) >= _FEWEST:
        if here < usual / FACTOR:
            off = off | ((found > 0) & (found < usual / np.sqrt(FACTOR)))
        elif here > usual * FACTOR:
            off = off | (found > usual * np.sqrt(FACTOR))
    return np.asarray(off, dtype=np.bool_)


def _spread(row: Array) -> float:
    greatest = float(np.max(np.abs(row))) if row.size else 0.0
    # In units of the greatest, so that squares of large scores do not overflow.
    return float(np.std(row / greatest)) * greatest if greatest > 0 else 0.0
