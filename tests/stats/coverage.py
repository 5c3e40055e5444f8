"""How often the interval of a share holds the truth when raters and comparisons differ.

`python -m tests.stats.coverage` prints the table of docs/statistics.md.

Each label says yes with a probability on the logit of which a rater's and a comparison's normal effects lie, drawn anew
for each run; the truth is the share over all raters and comparisons there could be.
"""

from dataclasses import dataclass

import numpy as np

from stats.proportions import Clusters, proportion, wilson
from stats.sufficiency import InsufficientData


@dataclass(frozen=True)
class Ground:
    """`raters` label `comparisons`, `overlap` of them each; both differ by normal effects on the logit."""

    share: float
    raters: int
    comparisons: int
    overlap: int = 3
    rater_spread: float = 0.7
    comparison_spread: float = 1.0


@dataclass(frozen=True)
class Covered:
    """Shares of the runs: the truth inside, missed from above, from below, nothing said; and what Wilson alone held."""

    inside: float
    above: float
    below: float
    refused: float
    naive: float
    width: float


def simulate(ground: Ground, *, runs: int, rng: np.random.Generator) -> Covered:
    shift, truth = _calibrate(ground)
    inside = above = below = refused = naive = 0
    width = 0.0
    for _ in range(runs):
        said, who = _labels(ground, shift, rng)
        by_rater = [(int((who == r).sum()), int(said[who == r].sum()), 1) for r in np.unique(who)]
        hits = said.sum(axis=1)
        by_comparison = [(ground.overlap, int(k), int((hits == k).sum())) for k in np.unique(hits)]
        low, high = wilson(float(said.mean()), said.size)
        naive += low <= truth <= high
        try:
            found = proportion(Clusters.of("raters", by_rater), Clusters.of("comparisons", by_comparison))
        except InsufficientData:
            refused += 1
            continue
        width += found.high - found.low
        inside += found.low <= truth <= found.high
        above += found.low > truth
        below += found.high < truth
    answered = max(1, runs - refused)
    return Covered(
        inside / answered, above / answered, below / answered, refused / runs, naive / runs, width / answered
    )


def _labels(ground: Ground, shift: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    order = rng.random((ground.comparisons, ground.raters)).argsort(axis=1)
    who = order[:, : ground.overlap]
    raters = rng.normal(0, ground.rater_spread, ground.raters)
    comparisons = rng.normal(0, ground.comparison_spread, ground.comparisons)
    chance = 1 / (1 + np.exp(-(shift + raters[who] + comparisons[:, None])))
    return (rng.random(chance.shape) < chance).astype(int), who


def _calibrate(ground: Ground) -> tuple[float, float]:
    """The logit at which the share over all raters and comparisons there could be is the one asked for."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    spread = float(np.hypot(ground.rater_spread, ground.comparison_spread))

    def share(shift: float) -> float:
        return float((weights / (1 + np.exp(-(shift + spread * nodes)))).sum())

    low, high = -15.0, 15.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if share(middle) < ground.share else (low, middle)
    return low, share(low)


GROUNDS = [
    Ground(share, raters, comparisons, overlap)
    for share in (0.02, 0.1, 0.3, 0.5)
    for raters, comparisons, overlap in ((3, 30, 3), (5, 30, 3), (5, 300, 3), (10, 100, 3), (30, 300, 3), (30, 100, 1))
]


def main() -> None:
    runs, seed = 2000, 20261127
    print(f"{runs} runs each, seed {seed}; raters' effects 0.7, comparisons' 1.0 on the logit")
    print(
        "| share | raters | comparisons | overlap | held | too high | too low | refused | width | Wilson alone held |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for ground in GROUNDS:
        got = simulate(ground, runs=runs, rng=np.random.default_rng(seed))
        print(
            f"| {ground.share} | {ground.raters} | {ground.comparisons} | {ground.overlap} | {got.inside:.3f} "
            f"| {got.above:.3f} | {got.below:.3f} | {got.refused:.3f} | {got.width:.3f} | {got.naive:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
