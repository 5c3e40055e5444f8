"""What recommending weights costs: `python -m benchmarks.recommending [--prompts N]`.

Six signals, four responses to each prompt, eight ceilings' worth of things asked. The lattice's floor is the bare
arithmetic that no search can do without: for each of its points the reward of every response and one exponential of it.
"""

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks import _table
from scenarios.worlds import APRIL, DOMAINS, Loading, april
from stats.pools import Array, standardised
from stats.recommendation import Ceiling, Terms
from stats.recommending import MOST_FITTED, recommend
from stats.simplex import lattice
from stats.trials import Trials

KL = 0.25
WORLD = replace(
    APRIL,
    loadings={**APRIL.loadings, "raters": Loading(correct=1.0, warm=0.3), "judge": Loading(correct=1.2, long=0.4)},
)
TERMS = Terms(
    (
        Ceiling("sycophancy", 0.02),
        Ceiling("coldness", 0.01),
        *(Ceiling("sycophancy", 0.05, f"domain:{name}") for name in DOMAINS),
    ),
    brake="primary",
    floor=0.2,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=20_000)
    prompts = parser.parse_args().prompts
    pool = april(MOST_FITTED, 4, np.random.default_rng(1), world=WORLD)
    z = standardised(pool)
    against = np.eye(len(pool.signals))[0]
    points, _ = lattice(pool.signals, {})
    trials = Trials(pool, z, KL, TERMS.asked(pool.outcomes), against=against)
    floor, _ = _timed(lambda: _bare(z, points))
    lattice_wall, lattice_cpu = _timed(lambda: trials.board(points))
    whole = april(prompts, 4, np.random.default_rng(2), world=WORLD)
    scores = standardised(whole)
    wall, cpu = _timed(lambda: recommend(whole, scores, KL, TERMS, np.random.default_rng(3), against=against))
    _table.report(
        _table.Row(f"lattice, {len(points):,} points on {MOST_FITTED:,} prompts", lattice_wall, floor, "s", "10 s"),
        _table.Row(f"recommended weights, {prompts:,} prompts", wall, None, "s"),
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"processor time: lattice {lattice_cpu:.2f} s, all of it {cpu:.2f} s; peak memory {peak:.0f} MB")


def _bare(z: Array, points: Array) -> None:
    for weights in points:
        np.exp(np.einsum("k,kmp->mp", weights, z))


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor time of one run, in seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
