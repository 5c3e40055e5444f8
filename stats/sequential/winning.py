"""How often the candidate wins side by side, ties counting as half: one mean over both arms' users, held against 1/2.

A user who compares often counts once in the variance, as everywhere (`moments.py`). Where each user compared once, the
decisive votes have evidence that is exact at any number of them as well (`exact.py`); it leaves ties out, whose number
says nothing of who wins.
"""

from dataclasses import dataclass

import numpy as np

from stats.sequential.exact import log_e_of_share, share_interval
from stats.sequential.moments import Moments
from stats.sequential.reading import Design, Read, read_mean

WIN = 2
"""Points of a win; a tie has 1, a loss none."""


@dataclass(frozen=True, slots=True)
class Decisive:
    """Votes that were no ties, the share that the candidate won with the interval of all hours, and e against 1/2."""

    won: int
    lost: int
    ties: int
    low: float
    high: float
    e: float
    p: float


def read_wins(control: Moments, candidate: Moments, design: Design) -> Read:
    """The candidate's win rate by hour (H,), whichever arm its voters are in; `estimate` is how far it is above 1/2."""
    return read_mean(control + candidate, design, null=0.5, scale=1 / WIN)


def decisive(votes: Moments, *, level: float = 0.95) -> Decisive | None:
    """The decisive votes of moments at one hour; None where somebody voted twice, or where all are ties.

    Of single votes with 2, 1 or 0 points, Σx² - Σx is twice the wins and 2 Σx - Σx² the ties.
    """
    units, sx, sxx = float(votes.units), float(votes.sx), float(votes.sxx)
    if float(votes.smm) != units:
        return None
    won, ties = round((sxx - sx) / 2), round(2 * sx - sxx)
    lost = round(units) - won - ties
    if won + lost == 0:
        return None
    log_e = float(log_e_of_share(won, lost))
    low, high = share_interval(won, lost, level=level)
    return Decisive(won, lost, ties, low, high, float(np.exp(min(log_e, 700.0))), float(np.exp(-max(log_e, 0.0))))
