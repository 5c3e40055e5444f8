"""How often the intervals of all slices hold the truth at once.

`python -m tests.statistics.slicing` prints the table of docs/statistics.md, and fails if that is not as it must be.
"""

import sys
from dataclasses import dataclass

import numpy as np

from scenarios.worlds import CHANGED, REFERENCE, april, weighed
from stats.intervals import Rounds, interval
from stats.pools import standardised
from stats.slices import sliced
from stats.tilting import resampled, shift

KL = 0.25


@dataclass(frozen=True)
class Ground:
    """Pools of `prompts`, `families` of them in a cluster, compared with the last good recipe or with the base."""

    prompts: int
    families: int
    referenced: bool


@dataclass(frozen=True)
class Covered:
    """Shares of the pools in which all intervals held, and in which all would have if each stood alone."""

    together: float
    alone: float
    slices: float
    """How many slices were answered, on average."""
    refused: float


def true_shifts(ground: Ground, *, prompts: int = 200_000, seed: int = 77) -> dict[str, float]:
    """The shift of sycophancy in each slice, over very many prompts."""
    pool = april(prompts, 4, np.random.default_rng(seed))
    z, weights, reference = standardised(pool), weighed(CHANGED, pool.signals), weighed(REFERENCE, pool.signals)
    differences = shift(pool, z, weights, KL).differences[0]
    if ground.referenced:
        differences = differences - shift(pool, z, reference, KL).differences[0]
    # Domains and segments are drawn by lot in this world, so that the whole pool tells each one's shift best.
    alike = float(differences.mean())
    return {
        name: float(differences[mask].mean()) if name.startswith("memory") else alike
        for name, mask in pool.slices.items()
    }


def covered(ground: Ground, *, pools: int, rounds: int = 300, seed: int = 500, big: int = 200_000) -> Covered:
    """`pools` pools of the April world."""
    truth = true_shifts(ground, prompts=big)
    together = alone = answered = refused = 0
    for number in range(pools):
        rng = np.random.default_rng(seed + number)
        pool = april(ground.prompts, 4, rng, families=ground.families)
        drawing = Rounds.drawn(pool.clusters, rng, rounds=rounds)
        z, weights, reference = standardised(pool), weighed(CHANGED, pool.signals), weighed(REFERENCE, pool.signals)
        against = reference if ground.referenced else None
        found = sliced(pool, z, weights, KL, drawing, against=against)
        held = {each.name: each.shift for each in found if each.shift is not None}
        answered, refused = answered + len(held), refused + len(found) - len(held)
        together += all(one.low <= truth[name] <= one.high for name, one in held.items())
        part = pool.sliced("sycophancy", list(held))
        values = resampled(part, z, weights, KL, drawing)
        if against is not None:
            values = values - resampled(part, z, against, KL, drawing)
        each_alone = [
            interval(one.estimate, column, pool.clusters[pool.slices[name]])
            for (name, one), column in zip(held.items(), values.T, strict=True)
        ]
        alone += all(one.low <= truth[name] <= one.high for name, one in zip(held, each_alone, strict=True))
    return Covered(together / pools, alone / pools, answered / pools, refused / pools)


GROUNDS = [Ground(800, 1, True), Ground(800, 1, False), Ground(2000, 1, True), Ground(2000, 4, True)]


def main() -> None:
    pools = 200
    print(f"{pools} pools each, 300 rounds; slices: memory (2), domain (5), segment (3, one of 2 % of the prompts)")
    print("| prompts | in a family | against | slices answered | refused | all held | all held if each alone |")
    print("|--:|--:|---|--:|--:|--:|--:|")
    failed = []
    for ground in GROUNDS:
        found = covered(ground, pools=pools)
        print(
            f"| {ground.prompts:,} | {ground.families} | {'reference' if ground.referenced else 'base'} "
            f"| {found.slices:.1f} | {found.refused:.1f} | {found.together:.3f} | {found.alone:.3f} |",
            flush=True,
        )
        if not 0.92 <= found.together <= 0.98:
            failed.append(str(ground))
    sys.exit(f"Not as it must be: {', '.join(failed)}." if failed else 0)


if __name__ == "__main__":
    main()
