"""Many questions at once: which of them are answered, when one looks at all of them at any hour.

e-BH (Wang and Ramdas, *JRSS B* 84, 2022): of K e-values, sorted down, the first k* are found, k* being the largest k
with e_(k) >= K / (α k). Of what it finds, no more than α is false on average, however the e-values hang together and
whenever one stops. For slices, which are many and mostly nothing.
"""

import numpy as np
from numpy.typing import ArrayLike

from stats.pools import Array, Mask


def e_bh(e: ArrayLike, *, alpha: float = 0.05) -> Mask:
    """Which of `e` (K,) are found; NaN, where there is not enough data, is evidence of nothing and counts in K."""
    return adjusted_e(e) <= alpha


def adjusted_e(e: ArrayLike) -> Array:
    """The least α at which each of `e` (K,) is found by e-BH: like an adjusted p; 1 at most."""
    values = np.nan_to_num(np.asarray(e, dtype=np.float64), nan=0.0, posinf=np.inf)
    order = np.argsort(-values, kind="stable")
    with np.errstate(divide="ignore"):
        alone = values.size / (np.arange(1, values.size + 1) * values[order])
    found = np.empty(values.size)
    found[order] = np.minimum(np.minimum.accumulate(alone[::-1])[::-1], 1.0)
    return found
