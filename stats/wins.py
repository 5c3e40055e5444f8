"""How often one of two wins side by side, ties counting as half, when one person chooses several times.

    q = Σ x / n,   x = 1 for a win, ½ for a tie, 0 for a loss
    variance of q = G/(G - 1) Σ_g (X_g - q N_g)² / n²

over people g with N_g choices worth X_g (Cochran, *Sampling Techniques*, 3rd ed. 1977, section 3.12), but never less
than that of n choices by n people. It makes an effective number q (1 - q) / variance, shrunk for few people by (z/t)²
(Korn and Graubard, *Survey Methodology* 24, 1998), at which Wilson's interval is taken, as in `proportions.py`.

This is the interval of one look. A trial with hundreds of units that is looked at every hour is read by
`sequential/winning.py` instead; the few people of an alpha do not reach its burn-in.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from stats.pools import Array, Whole
from stats.proportions import ASSUMED_LIKENESS, LEAST_CLUSTERS, WIDEST, wilson
from stats.sufficiency import InsufficientData


@dataclass(frozen=True, slots=True)
class WinRate:
    """A win rate from 0 to 1 with its interval, of n choices by `people`; n = won + tied + lost."""

    estimate: float
    low: float
    high: float
    n: int
    won: int
    tied: int
    lost: int
    people: int


def win_rate(points: Array, person: Whole, *, level: float = 0.95) -> WinRate:
    """The win rate of choices worth `points` (n,) of 0, ½ or 1 by `person` (n,).

    Raises InsufficientData of "people" for fewer than three of them or an interval over more than half of the scale;
    ValueError for other points.
    """
    if not np.isin(points, (0.0, 0.5, 1.0)).all():
        raise ValueError("a choice is worth 0, a half or 1")
    names, places = np.unique(person, return_inverse=True)
    if names.size < LEAST_CLUSTERS:
        raise InsufficientData(needed=LEAST_CLUSTERS - names.size, unit="people")
    sizes = np.bincount(places, minlength=names.size).astype(np.float64)
    share, n = float(points.mean()), int(points.size)
    worth = float(n**2 / (sizes**2).sum())
    left = np.bincount(places, points - share, names.size)
    clustered = names.size / (names.size - 1) * float((left**2).sum()) / n**2
    alone = float(((points - share) ** 2).sum()) / n**2
    upper = (1 + level) / 2
    shrunk = float(ndtri(upper) / stdtrit(max(1.0, worth - 1), upper)) ** 2
    effective = shrunk * (
        share * (1 - share) / max(alone, clustered) if alone else n / (1 + ASSUMED_LIKENESS * (n / worth - 1))
    )
    low, high = wilson(share, effective, level=level)
    if high - low > WIDEST:
        raise InsufficientData(needed=_needed(share, effective, names.size, level), unit="people")
    won, tied, lost = (int((points == value).sum()) for value in (1.0, 0.5, 0.0))
    return WinRate(share, low, high, n, won, tied, lost, int(names.size))


def _needed(share: float, effective: float, people: int, level: float) -> int:
    """About how many more people make the interval narrow enough, each worth what one is now."""
    more = 1
    while more < 1000:
        low, high = wilson(share, effective * (people + more) / people, level=level)
        if high - low <= WIDEST:
            break
        more = math.ceil(more * 1.2)
    return more
