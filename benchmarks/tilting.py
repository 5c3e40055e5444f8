"""What the numbers of a report cost, on arrays alone: `python -m benchmarks.tilting [--prompts N] [--rounds B]`.

A pool of 20,000 prompts with four responses and six signals, 300 rounds. Prints the time of each part and its share,
how far rounds on a grid of pressures are from rounds whose root is found exactly, and what four times the prompts take.
Time is the processor's, since the clock of a busy machine says more about its neighbours. The floor is one evaluation
of the pool's policy: the least that knowing a recipe at a pressure can take.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks import _table
from scenarios.worlds import APRIL, Loading, april
from stats.attribution import leave_one_out, mobius, shapley
from stats.curves import pressure, what_if
from stats.influence import brake_reserve, flipped_pairs, pivotality, rank_changes, shares, slopes
from stats.intervals import ROUNDS, Rounds, interval
from stats.mixtures import Change, mixtures
from stats.pools import Pool, standardised, usable
from stats.tilting import drawn, estimates, tilted

KL = 0.25
LATTICE = 4_000
"""The prompts on which recipes by the hundred are tried."""
_MOST_SECONDS, _MOST_MEGABYTES, _MOST_GROWTH, _MOST_OFF = 25.0, 1024.0, 5.0, 0.01

SIX = replace(
    APRIL,
    loadings={
        **APRIL.loadings,
        "raters": Loading(correct=1.0, sycophantic=0.05, warm=0.1, long=0.15),
        "judge": Loading(correct=1.2, sycophantic=-0.1, long=0.3),
    },
)
NINE = replace(SIX, loadings={**SIX.loadings, **{f"extra {n}": Loading(correct=0.4, long=0.1 * n) for n in (1, 2, 3)}})
"""A world of eight changes: the largest lattice of which every subset is evaluated."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    once = _report(asked.prompts, asked.rounds)
    memory = _megabytes()
    print(f"{asked.prompts:,} prompts x 4 responses x 6 signals, {asked.rounds} rounds")
    _shares(once)
    print(f"peak memory {memory:.0f} MB")
    off = _off_the_grid(asked.prompts, asked.rounds)
    print(f"20 rounds on the grid against the exact root: {off:.2e} of the bootstrap's deviation at most")
    lattice = _whole_lattice(asked.rounds)
    print(f"lattice of 2^8 on {LATTICE:,} prompts: {lattice:.1f} s")
    total = sum(once.values())
    growth = sum(_report(4 * asked.prompts, asked.rounds).values()) / total
    print(f"{4 * asked.prompts:,} prompts: {growth:.1f} times the time\n")
    pool = _pool(asked.prompts)
    z = standardised(pool)
    floor = min(_timed(lambda: tilted(z, pool.present, _recipe(pool), KL))[0] for _ in range(5))
    one = once["one recipe in all rounds"]
    _table.report(
        _table.Row("one recipe in 300 rounds, 20,000 prompts", 1000 * one, 1000 * floor, "ms"),
        _table.Row("numbers of a weighting report", total, floor, "s", f"{_MOST_SECONDS:.0f} s"),
        _table.Row("four times the prompts", growth, None, "x", f"{_MOST_GROWTH:.0f} x"),
        _table.Row("memory of the numbers", memory, None, "MB", f"{_MOST_MEGABYTES:.0f} MB"),
    )
    over = total > _MOST_SECONDS or memory > _MOST_MEGABYTES or growth > _MOST_GROWTH or off > _MOST_OFF
    sys.exit("Over budget." if over else 0)


def _report(prompts: int, rounds: int) -> dict[str, float]:
    """The seconds of each part of the numbers of a report."""
    spent: dict[str, float] = {}

    def part(name: str, act: Callable[[], Any]) -> Any:
        spent[name], found = _timed(act)
        return found

    pool = _pool(prompts)
    pool, _ = part("what can be used", lambda: usable(pool))
    z = part("standardise", lambda: standardised(pool))
    drawing = part("draw the rounds", lambda: Rounds.drawn(pool.clusters, np.random.default_rng(2), rounds=rounds))
    weights, reference = _recipe(pool), np.eye(6)[0]
    mixed = mixtures(_REFERENCE, _named(pool), _changes(pool), pool.signals)
    found = part("one recipe in all rounds", lambda: drawn(pool, z, weights, KL, drawing))
    base = part("the reference", lambda: drawn(pool, z, reference, KL, drawing))
    part("intervals", lambda: estimates(pool, found.values - base.values))
    lattice = part(
        f"lattice of 2^5 on {LATTICE:,} prompts at most",
        lambda: _lattice(pool, mixed, drawing),
    )
    names = tuple(change.name for change in _changes(pool))
    part("attribution", lambda: (shapley(lattice, names), mobius(lattice, names), leave_one_out(lattice, names)))
    feedback = np.isin(pool.signals, ["thumbs", "memory"])
    part(
        "what-if over 21 shares",
        lambda: what_if(pool, z, weights, feedback, kl=KL, rounds=drawing, reference=reference),
    )
    part("pressure at 8 places", lambda: pressure(pool, z, weights, rounds=drawing, reference=reference))
    part("influence and brake", lambda: _influence(pool, z, weights, drawing))
    part("pivotality", lambda: pivotality(z, pool.present, weights))
    part(
        "flipped pairs and ranks",
        lambda: (
            flipped_pairs(z, pool.present, reference, weights),
            rank_changes(z, pool.present, reference, weights),
        ),
    )
    slices = [name for name in pool.slices if not name.startswith("premise")]
    part("slices", lambda: _slices(pool.sliced("sycophancy", slices), z, weights, drawing))
    return spent


def _lattice(pool: Pool, mixed: Mapping[frozenset[str], Any], rounds: Rounds) -> dict[frozenset[str], Any]:
    kept = np.arange(pool.prompts) < LATTICE
    fewer, drawing = pool.only(kept), rounds.only(kept)
    z = standardised(fewer)
    return {some: drawn(fewer, z, weights, KL, drawing).values[:, 0] for some, weights in mixed.items()}


def _influence(pool: Pool, z: Any, weights: Any, rounds: Rounds) -> Any:
    terms = slopes(pool, z, weights, rounds)[:, 0]
    signals = range(len(pool.signals))
    each = [interval(float(terms[0, row]), terms[1:, row], pool.clusters) for row in signals]
    return shares(z, pool.present, weights), each, brake_reserve(terms, pool.clusters)


def _slices(parts: Pool, z: Any, weights: Any, rounds: Rounds) -> Any:
    return estimates(parts, drawn(parts, z, weights, KL, rounds).values)


def _off_the_grid(prompts: int, rounds: int) -> float:
    """The greatest distance of 20 rounds from rounds tilted at the exact root, in deviations of the bootstrap."""
    pool = _pool(prompts)
    drawing = Rounds.drawn(pool.clusters, np.random.default_rng(2), rounds=rounds)
    z, weights = standardised(pool), _recipe(pool)
    ours = drawn(pool, z, weights, KL, drawing).values[1:]
    worst = 0.0
    for counts, found in zip(drawing.counts[:20], ours[:20], strict=True):
        # The prompts of the round, as often as they were drawn: no grid and no weights.
        places = np.repeat(np.arange(prompts), counts.astype(int))
        policy = tilted(np.ascontiguousarray(z[:, :, places]), pool.present[:, places], weights, KL).policy
        exact = (pool.values[:, :, places] * (policy - 0.25)).sum(axis=1).mean(axis=1)
        worst = max(worst, float((np.abs(found - exact) / ours.std(axis=0)).max()))
    return worst


def _whole_lattice(rounds: int) -> float:
    pool = april(LATTICE, 4, np.random.default_rng(1), world=NINE)
    drawing = Rounds.drawn(pool.clusters, np.random.default_rng(2), rounds=rounds)
    mixed = mixtures(_REFERENCE, _named(pool), _changes(pool), pool.signals)
    return _timed(lambda: _lattice(pool, mixed, drawing))[0]


_REFERENCE = {"primary": 1.0}


def _pool(prompts: int) -> Pool:
    return april(prompts, 4, np.random.default_rng(1), world=SIX)


def _named(pool: Pool) -> dict[str, float]:
    return {signal: 0.4 if signal == "primary" else 0.6 / (len(pool.signals) - 1) for signal in pool.signals}


def _recipe(pool: Pool) -> Any:
    return np.array(list(_named(pool).values()))


def _changes(pool: Pool) -> list[Change]:
    return [Change(signal, (signal,)) for signal in pool.signals if signal != "primary"]


def _shares(spent: dict[str, float]) -> None:
    total = sum(spent.values())
    print("| part | s | share |\n|---|--:|--:|")
    for name, seconds in spent.items():
        print(f"| {name} | {seconds:.3f} | {seconds / total:.0%} |")
    print(f"| **all** | {total:.3f} | |", flush=True)


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    found = act()
    return time.process_time() - began, found


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
