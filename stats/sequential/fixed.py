"""The interval of one look, planned beforehand: right only if nobody looked, or would have stopped, before.

estimate ± z se,    p = 2 Φ(-|estimate| / se)
"""

import numpy as np
from scipy.special import ndtr, ndtri

from stats.pools import Array
from stats.sequential.anytime import Interval
from stats.sequential.moments import Contrast


def fixed_interval(contrast: Contrast, *, level: float = 0.95, null: float = 0.0) -> Interval:
    """The interval at each hour as if that were the only look; e is NaN, since one look has no evidence to add up."""
    se = np.where(contrast.se > 0, contrast.se, np.nan)
    half = se * ndtri((1 + level) / 2)
    p: Array = 2 * ndtr(-np.abs(contrast.estimate - null) / se)
    return Interval(contrast.estimate - half, contrast.estimate + half, p, np.full_like(p, np.nan))
