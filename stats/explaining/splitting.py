"""How much of a change of the raw gap is another mix of thumbs, and how much is what thumbs reward.

The raw gap is the share of thumbs up among sycophantic responses less that among correct ones that are not. Thumbs of
either group are put into cells, and with the shares a of cells in a group and the rates p of thumbs up in them,

    change of the group's rate = sum of (p + p')/2 (a' - a)  +  sum of (a + a')/2 (p' - p),

exactly: the first is the mix, the second what people do (Kitagawa, *Journal of the American Statistical Association*
50, 1955). A cell that one of the two times lacks has no rate there: it gets the other's, so that all of it is mix.

Cells are tenths of the reference by the log-odds of a thumb up that the reference foretells (a prognostic score:
Hansen, *Biometrika* 95, 2008). Cells of all factors crossed would mostly be empty, and what is empty counts as mix.
"""

from dataclasses import dataclass

import numpy as np

from stats.pools import Array, Whole
from stats.sufficiency import InsufficientData

CELLS = 10
LEAST = 20.0
"""Fewer thumbs than this in a group, at one of the two times, say nothing of its mix."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """The raw gap before and after, and the two parts of the change, which sum to it."""

    before: float
    after: float
    mix: float
    coefficient: float

    def as_json(self) -> dict[str, float]:
        return {
            "gap_before": self.before,
            "gap_after": self.after,
            "mix": self.mix,
            "coefficient": self.coefficient,
        }


@dataclass(frozen=True, eq=False)
class Seen:
    """m thumbs at one time: up (0 or 1), how sycophantic and how correct (0..1), and the log-odds foretold."""

    up: Array
    sycophantic: Array
    correct: Array
    odds: Array


@dataclass(frozen=True, eq=False)
class Cells:
    """One group at one time: the shares of its cells, which sum to 1, and their rates, nan where there is nothing."""

    share: Array
    rate: Array

    @classmethod
    def of(cls, up: Array, weight: Array, cell: Whole, count: int) -> "Cells":
        """Thumbs (m,) of these weights in `count` cells. Raises InsufficientData for a weight of less than LEAST."""
        mass = np.bincount(cell, weight, count)
        total = float(mass.sum())
        if total < LEAST:
            raise InsufficientData(needed=int(np.ceil(LEAST - total)), unit="thumbs")
        sums = np.bincount(cell, weight * up, count)
        return cls(mass / total, np.divide(sums, mass, out=np.full(count, np.nan), where=mass > 0))

    @property
    def overall(self) -> float:
        """The group's rate of thumbs up."""
        return float(np.nansum(self.share * self.rate))


def kitagawa(before: Cells, after: Cells) -> tuple[float, float]:
    """Mix and rest of the change of a group's rate."""
    earlier = np.where(np.isnan(before.rate), after.rate, before.rate)
    later = np.where(np.isnan(after.rate), before.rate, after.rate)
    mix = (earlier + later) / 2 * (after.share - before.share)
    rest = (before.share + after.share) / 2 * (later - earlier)
    return float(np.nansum(mix)), float(np.nansum(rest))


def split(reference: Seen, after: Seen) -> Gaps:
    """The change of the raw gap from the reference to what came after. Raises InsufficientData."""
    before_gap = after_gap = mix = rest = 0.0
    for sign, weighed in ((1.0, _flattering), (-1.0, _upright)):
        weight = weighed(reference)
        edges = _edges(reference.odds[weight > 0])
        times = [
            Cells.of(seen.up, weighed(seen), np.searchsorted(edges, seen.odds).astype(np.int64), len(edges) + 1)
            for seen in (reference, after)
        ]
        own, others = kitagawa(*times)
        before_gap += sign * times[0].overall
        after_gap += sign * times[1].overall
        mix += sign * own
        rest += sign * others
    return Gaps(before_gap, after_gap, mix, rest)


def _flattering(seen: Seen) -> Array:
    return seen.sycophantic


def _upright(seen: Seen) -> Array:
    return (1 - seen.sycophantic) * seen.correct


def _edges(odds: Array) -> Array:
    """The inner edges of tenths."""
    if not len(odds):
        raise InsufficientData(needed=int(LEAST), unit="thumbs")
    edges: Array = np.unique(np.quantile(odds, np.arange(1, CELLS) / CELLS))
    return edges
