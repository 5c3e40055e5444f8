"""A share and its interval, from labels that are not independent.

One rater gives many labels and one comparison gets several, so that n labels say less than n independent ones. The
interval here takes both into account:

- the variance of the share is that of the linearised residuals, summed within clusters: one-way as for any ratio
  (Cochran, *Sampling Techniques*, 3rd ed. 1977, section 3.12; Deng, Knoblich and Lu, KDD 2018), two ways at once as
  V(raters) + V(comparisons) - V(labels) (Cameron, Gelbach and Miller, *Journal of Business & Economic Statistics* 29,
  2011);
- that variance makes an effective number of labels, shrunk for few clusters by (z/t) squared (Korn and Graubard,
  *Survey Methodology* 24, 1998);
- Wilson's interval is taken at that number (Wilson, *JASA* 22, 1927; with effective sizes: Dean and Pagano, *Journal
  of Survey Statistics and Methodology* 3, 2015).

How well it covers is measured in docs/statistics.md.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from stats.sufficiency import InsufficientData

Counts = npt.NDArray[np.int64]

LEAST_CLUSTERS = 3
"""Fewer raters or comparisons than this show nothing of how much they differ."""

WIDEST = 0.5
"""An interval over more than half of the scale says nothing."""

ASSUMED_LIKENESS = 0.2
"""Intraclass correlation where all labels agree, so that none can be measured. Chosen by the simulation."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share between 0 and 1 with its interval.

    `n` labels of which `hits` say so, worth `effective` independent ones; `clusters` is the number of clusters in
    each way of clustering, in the order given.
    """

    estimate: float
    low: float
    high: float
    n: int
    hits: int
    effective: float
    clusters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Clusters:
    """Labels grouped in one way, as counts of equal groups: `count[i]` groups have `n[i]` labels and `hits[i]` hits.

    A group matters by its size and hits only, so that a million comparisons are a handful of rows.
    """

    unit: str
    n: Counts
    hits: Counts
    count: Counts

    @classmethod
    def of(cls, unit: str, rows: list[tuple[int, int, int]]) -> "Clusters":
        """Clusters of `unit` from rows of (labels, hits, how many of them). Raises ValueError for impossible rows."""
        table = np.array(rows, dtype=np.int64).reshape(-1, 3)
        n, hits, count = table[:, 0], table[:, 1], table[:, 2]
        if (n < 1).any() or (hits < 0).any() or (hits > n).any() or (count < 1).any():
            raise ValueError("a cluster has at least one label, and no more hits than labels")
        return cls(unit, n, hits, count)

    @property
    def total(self) -> int:
        """How many clusters there are."""
        return int(self.count.sum())

    @property
    def labels(self) -> int:
        return int((self.n * self.count).sum())

    @property
    def hit_labels(self) -> int:
        return int((self.hits * self.count).sum())

    @property
    def likesized(self) -> float:
        """How many clusters of equal size would be worth as much as these (Kish): one big one outweighs many."""
        return self.labels**2 / float((self.n.astype(float) ** 2 * self.count).sum())

    def variance(self, share: float) -> float:
        """The variance of the share if only these clusters are independent. Needs two of them."""
        residuals = self.hits - share * self.n
        return self.total / (self.total - 1) * float((residuals**2 * self.count).sum()) / self.labels**2


def wilson(share: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share seen in `n` independent trials; `n` need not be whole.

    Raises ValueError for a share outside of 0 to 1 or an `n` that is not positive.
    """
    if not 0 <= share <= 1 or n <= 0:
        raise ValueError("a share lies between 0 and 1, and n is positive")
    z2 = float(ndtri((1 + level) / 2)) ** 2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    # At the ends the bound is the share itself, which rounding would miss.
    return (0.0 if share == 0 else max(0.0, middle - half)), (1.0 if share == 1 else min(1.0, middle + half))


def proportion(*ways: Clusters, level: float = 0.95) -> Proportion:
    """The share of hits among labels that are clustered in each of these ways (one or two).

    Raises InsufficientData when there are fewer than LEAST_CLUSTERS in one of the ways or the interval would be wider
    than WIDEST; ValueError when the ways do not group the same labels.
    """
    if len({(way.labels, way.hit_labels) for way in ways}) != 1 or len(ways) > 2:
        raise ValueError("one or two ways to group the same labels")
    for way in ways:
        if way.total < LEAST_CLUSTERS:
            raise InsufficientData(needed=LEAST_CLUSTERS - way.total, unit=way.unit)
    n, hits = ways[0].labels, ways[0].hit_labels
    share = hits / n
    effective = _effective(ways, share, n, level)
    low, high = wilson(share, effective, level=level)
    if high - low > WIDEST:
        scarce = min(ways, key=lambda way: way.likesized)
        enough = _enough(share, level)
        raise InsufficientData(needed=max(1, math.ceil(scarce.total * (enough / effective - 1))), unit=scarce.unit)
    return Proportion(share, low, high, n, hits, effective, tuple(way.total for way in ways))


def _effective(ways: tuple[Clusters, ...], share: float, n: int, level: float) -> float:
    """How many independent labels these are worth, never more than there are."""
    alone = share * (1 - share) / n
    if alone:
        each = [way.variance(share) for way in ways]
        # Noise can make one way look better than independent; it must not make up for the other.
        variance = max(alone, *each, sum(each) - (len(ways) - 1) * alone)
        worth = share * (1 - share) / variance
    else:
        worth = n / (1 + ASSUMED_LIKENESS * sum(n / way.likesized - 1 for way in ways))
    freedom = max(1.0, min(way.likesized for way in ways) - 1)
    upper = (1 + level) / 2
    return worth * float(ndtri(upper) / stdtrit(freedom, upper)) ** 2


def _enough(share: float, level: float) -> float:
    """The effective number at which the interval is as wide as it may be, by bisection."""
    few, many = 0.5, 1000.0
    for _ in range(40):
        middle = (few + many) / 2
        low, high = wilson(share, middle, level=level)
        few, many = (middle, many) if high - low > WIDEST else (few, middle)
    return many
