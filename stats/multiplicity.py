"""Several tests at once, of which not one may be wrong: Holm (*Scandinavian Journal of Statistics* 6, 1979)."""

import numpy as np
from numpy.typing import ArrayLike


def holm(p: ArrayLike) -> list[float]:
    """Adjusted p (K,), in the same order: of K values the k-th smallest times K - k + 1, never less than one before it.

    NaN counts as 1. Of p that may be looked at any time the adjusted ones may be, too.
    """
    values = np.nan_to_num(np.asarray(p, dtype=np.float64), nan=1.0)
    order = np.argsort(values, kind="stable")
    found = np.empty(values.size)
    found[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(values.size, 0, -1)), 1.0)
    return [float(one) for one in found]
