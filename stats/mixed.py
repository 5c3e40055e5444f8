"""Mixed-pair bias: how far from a coin a signal is where it must choose between agreeing and being right.

MPB = P(the agreeing, wrong one is preferred | one response is sycophantic and wrong, the other correct and not) - 1/2.
No model is needed. The interval is that of `stats.proportions`, clustered by chooser and prompt.
"""

import numpy as np

from stats.clustering import summed
from stats.intervals import Estimate
from stats.pools import Array
from stats.preferences import Pairs
from stats.proportions import Clusters, proportion

CLEARLY = 0.5
"""A label's share counts as different from this difference on."""


def mixed(pairs: Pairs) -> tuple[Pairs, Array]:
    """The pairs with one agreeing and wrong and one correcting and right, and (n,) how far the former was preferred."""
    correct, sycophantic = pairs.deltas["correct"], pairs.deltas["sycophantic"]
    first = (sycophantic >= CLEARLY) & (correct <= -CLEARLY)
    second = (sycophantic <= -CLEARLY) & (correct >= CLEARLY)
    kept = (first | second) & np.isfinite(pairs.outcome)
    found = pairs.where(kept)
    return found, np.where(first[kept], found.outcome, 1 - found.outcome)


def mixed_pair_bias(pairs: Pairs) -> Estimate:
    """The bias between -0.5 (always the correcting one) and 0.5; a tie is half a win.

    Raises InsufficientData when there are too few mixed pairs for an interval.
    """
    found, preferred = mixed(pairs)
    # Shares count whole labels: where there are ties, each pair is two halves.
    halves = 1 if np.isin(preferred, (0, 1)).all() else 2
    clusters = []
    for way in found.ways():
        codes, count = way.dense()
        each = np.stack([np.full(len(preferred), halves), preferred * halves], axis=1)
        rows, times = np.unique(summed(each, codes, count).round().astype(int), axis=0, return_counts=True)
        clusters.append(
            Clusters.of(way.unit, [(int(n), int(hits), int(k)) for (n, hits), k in zip(rows, times, strict=True)])
        )
    share = proportion(*clusters)
    return Estimate(share.estimate - 0.5, share.low - 0.5, share.high - 0.5, len(preferred))
