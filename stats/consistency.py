"""How steady a voice is within a conversation: the variance of a score from turn to turn, pooled over conversations.

A model that flatters in one turn and is a robot in the next can have the same mean as one that is the same throughout.
What tells them apart is the variance within conversations:

    v = Σ_c Σ_t (x_ct - mean of c)² / Σ_c (n_c - 1)

over series c (one voice in one conversation) with n_c ≥ 2 scored turns. People differ, and one person has several
conversations, so the person is the cluster: v is the ratio of the people's sums S_g of squares and D_g of freedoms, and

    variance of log v = (G - 1)/G Σ_g u_g²,    u_g = log v - log v without person g

the jackknife over clusters (Efron and Stein, *Annals of Statistics* 9, 1981), on the logarithm so that the interval
stays above 0; Student's t on the people of equal size that these are worth (Kish), less one. The ratio of two bundles'
variances has the influence u_g of the one less that of the other for each person, since one person may try both.
How well the interval covers is in docs/statistics.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from stats.pools import Array, Whole
from stats.proportions import wilson
from stats.sufficiency import InsufficientData

LEAST_PEOPLE = 6
"""Of fewer people than this the interval covers too seldom (docs/statistics.md)."""

WIDEST = 4.0
"""An interval of the swing whose upper end is more than so many times the lower says nothing."""

_MOST_WITHIN = 0.5
"""The greatest variance (divisor n - 1) that scores from 0 to 1 can have within a series: of two, 0 and 1."""


@dataclass(frozen=True, eq=False)
class Within:
    """Sums over people that a variance within conversations follows from.

    `squares` and `freedom` are S_g and D_g by person; `turns` scored turns in `series` series of two or more.
    """

    squares: Mapping[int, float]
    freedom: Mapping[int, int]
    turns: int
    series: int

    @property
    def variance(self) -> float:
        """v, in squares of the score's unit. Raises ZeroDivisionError where no series has two turns."""
        return sum(self.squares.values()) / sum(self.freedom.values())

    def influence(self) -> dict[int, float]:
        """u_g by person: how far each moves log v; infinite for one without whom nothing varies. v must be positive."""
        squares, freedom = sum(self.squares.values()), sum(self.freedom.values())
        moved = {}
        for g, own in self.freedom.items():
            rest = (squares - self.squares[g]) / max(freedom - own, 1)
            moved[g] = math.log(self.variance / rest) if rest > 1e-12 else math.inf
        return moved


@dataclass(frozen=True, slots=True)
class Swing:
    """How far a score typically strays from its conversation's mean: √v with its interval, in the score's unit.

    From `turns` scored turns in `series` voices' conversations of `people`.
    """

    estimate: float
    low: float
    high: float
    turns: int
    series: int
    people: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the one swing is the other, with its interval, from `people` who tried either."""

    estimate: float
    low: float
    high: float
    people: int


def within(scores: Array, series: Whole, person: Whole) -> Within:
    """The sums of these scores (n,) from 0 to 1, each of a turn of `series` (n,) with `person` (n,).

    Series of one turn say nothing and are left out. Raises ValueError for scores outside of 0 to 1.
    """
    if scores.size and not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("scores lie between 0 and 1")
    squares: dict[int, float] = {}
    freedom: dict[int, int] = {}
    turns = kept = 0
    names, places = np.unique(series, return_inverse=True)
    sizes = np.bincount(places, minlength=names.size)
    means = np.bincount(places, scores, names.size) / np.maximum(sizes, 1)
    spread = np.bincount(places, (scores - means[places]) ** 2, names.size)
    whose = dict(zip(places.tolist(), person.tolist(), strict=True))
    for place, size in enumerate(sizes.tolist()):
        if size < 2:
            continue
        g = whose[place]
        squares[g] = squares.get(g, 0.0) + float(spread[place])
        freedom[g] = freedom.get(g, 0) + size - 1
        turns, kept = turns + size, kept + 1
    return Within(squares, freedom, turns, kept)


def swing(parts: Within, *, level: float = 0.95) -> Swing:
    """√v with its interval. Raises InsufficientData of "people".

    Where nothing varied at all, the upper end is what the variance could be if as many people varied as Wilson's
    interval of none allows, each as much as scores from 0 to 1 can.
    """
    people = len(parts.freedom)
    if people < LEAST_PEOPLE:
        raise InsufficientData(needed=LEAST_PEOPLE - people, unit="people")
    v = parts.variance
    if v <= 1e-12:
        _, some = wilson(0.0, _worth(parts.freedom), level=level)
        return Swing(0.0, 0.0, math.sqrt(some * _MOST_WITHIN), parts.turns, parts.series, people)
    half = _half(parts.influence(), _worth(parts.freedom), level)
    _bounded(half, people)
    low, high = (math.sqrt(v) * math.exp(side * half / 2) for side in (-1, 1))
    return Swing(math.sqrt(v), low, high, parts.turns, parts.series, people)


def ratio(candidate: Within, baseline: Within, *, level: float = 0.95) -> Ratio:
    """How many times as far the candidate swings as the baseline. Raises InsufficientData of "people"."""
    for parts in (candidate, baseline):
        if len(parts.freedom) < LEAST_PEOPLE:
            raise InsufficientData(needed=LEAST_PEOPLE - len(parts.freedom), unit="people")
        if parts.variance <= 1e-12:
            # A ratio to nothing has no bounds: somebody has to see it vary first.
            raise InsufficientData(needed=1, unit="people")
    one, other = candidate.influence(), baseline.influence()
    both = {g: one.get(g, 0.0) - other.get(g, 0.0) for g in one.keys() | other.keys()}
    half = _half(both, min(_worth(candidate.freedom), _worth(baseline.freedom)), level)
    _bounded(half, len(both))
    found = math.sqrt(candidate.variance / baseline.variance)
    return Ratio(found, found * math.exp(-half / 2), found * math.exp(half / 2), len(both))


def spread(scores: Array) -> float | None:
    """The standard deviation (divisor n - 1) of one conversation's scores (n,); None of fewer than two."""
    return float(np.std(scores, ddof=1)) if scores.size >= 2 else None


def _worth(freedom: Mapping[int, int]) -> float:
    """How many people of equal weight these are worth (Kish)."""
    return sum(freedom.values()) ** 2 / sum(one**2 for one in freedom.values())


def _half(influence: Mapping[int, float], worth: float, level: float) -> float:
    """Half the width of the interval of log v, or of a difference of two."""
    g = len(influence)
    error = math.sqrt((g - 1) / g * sum(one**2 for one in influence.values()))
    return float(stdtrit(max(1.0, worth - 1), (1 + level) / 2)) * error


def _bounded(half: float, people: int) -> None:
    """Raises InsufficientData where the interval of the swing, exp(± half / 2), is wider than WIDEST, or a point."""
    most = math.log(WIDEST)
    if half < 1e-9:
        # Everybody to the digit alike: nothing is seen of how much people differ.
        raise InsufficientData(needed=1, unit="people")
    if half > most:
        # Where all that varies is one person's, nothing tells how many more it takes: as many again is a beginning.
        more = people * ((half / most) ** 2 - 1) if math.isfinite(half) else people
        raise InsufficientData(needed=max(1, math.ceil(more)), unit="people")
