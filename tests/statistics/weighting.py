"""What the reward-weighting report's gates do in worlds of which the truth is known.

`python -m tests.statistics.weighting` prints the tables of docs/statistics.md, and fails if one is not as it must be.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from scenarios.worlds import APRIL, CHANGED, CHANGES, NO_LOADING, REFERENCE, World, april, truth, weighed
from stats.attribution import budget_line
from stats.intervals import ROUNDS, Estimate, Rounds, interval
from stats.mixtures import Change, mixtures
from stats.pools import Array, Pool, standardised
from stats.tilting import drawn, shift
from stats.verdicts import verdict

KL = 0.25
CEILING = 0.045
DECLARED = tuple(Change(name, (name,)) for name in CHANGES)
STEPS = tuple(frozenset(CHANGES[:number]) for number in range(1, len(CHANGES) + 1))
FLATTERING: Mapping[str, float] = {"thumbs": 0.3, "memory": 0.7}


def paired(pool: Pool, recipes: list[Array], rng: np.random.Generator, *, rounds: int = ROUNDS) -> list[Array]:
    """The sycophancy shifts of each recipe less those of the first one, in one bootstrap: (1 + B,) each."""
    pool = pool.choosing(["sycophancy"])
    z = standardised(pool)
    drawing = Rounds.drawn(pool.clusters, rng, rounds=rounds)
    found = [drawn(pool, z, weights, KL, drawing).values[:, 0] for weights in recipes]
    return [one - found[0] for one in found[1:]]


@dataclass(frozen=True)
class Aprils:
    """Shares of the seeds in which the gate said what it must."""

    alone: float
    """Each change alone within the budget."""
    together: float
    """All three over the budget."""
    steps: float
    """Each successive step within a tolerance as large as the budget."""
    all_of_it: float


def aprils(*, seeds: int, prompts: int = 800, rounds: int = ROUNDS) -> Aprils:
    """The incident of April, `seeds` times over."""
    lattice = mixtures(REFERENCE, CHANGED, DECLARED, tuple(APRIL.loadings))
    names = [some for some in lattice if len(some) == 1 or some in STEPS]
    said = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        pool = april(prompts, 4, rng)
        found = paired(pool, [lattice[frozenset()], *(lattice[some] for some in names)], rng, rounds=rounds)
        shifts = dict(zip(names, found, strict=True))
        answers = {some: verdict(_estimate(one, pool), CEILING).answer for some, one in shifts.items()}
        line = budget_line(np.stack([shifts[some] for some in STEPS]), pool.clusters)
        said.append(
            (
                all(answers[frozenset([name])] == "within_budget" for name in CHANGES),
                answers[frozenset(CHANGES)] == "over_budget",
                all(verdict(one.step, CEILING).answer == "within_budget" for one in line),
            )
        )
    table = np.array(said)
    return Aprils(*(float(column.mean()) for column in table.T), float(table.all(axis=1).mean()))


@dataclass(frozen=True)
class Releases:
    """Shares of the seeds over successive releases of one size."""

    truths: tuple[float, ...]
    steps: float
    """All steps within a tolerance as large as the budget."""
    over: tuple[float, ...]
    """Each release over the budget, counted from the pinned reference."""


def releases(*, seeds: int, number: int = 5, size: float = 0.03, prompts: int = 800, large: int = 400_000) -> Releases:
    """Successive releases, each `size` more sycophantic than the one before it, by more of what flatters."""
    recipes = [_towards(size * (place + 1), large) for place in range(number)]
    truths = tuple(truth(recipe, REFERENCE, kl=KL, prompts=large, seed=5)["sycophancy"] for recipe in recipes)
    steps, over = [], []
    for seed in range(seeds):
        rng = np.random.default_rng(10_000 + seed)
        pool = april(prompts, 4, rng)
        found = paired(pool, [weighed(recipe, pool.signals) for recipe in (REFERENCE, *recipes)], rng)
        line = budget_line(np.stack(found), pool.clusters)
        steps.append(all(verdict(one.step, CEILING).answer == "within_budget" for one in line))
        over.append([verdict(one.cumulative, CEILING).answer == "over_budget" for one in line])
    return Releases(truths, float(np.mean(steps)), tuple(map(float, np.mean(over, axis=0))))


def _towards(aim: float, large: int) -> dict[str, float]:
    """Primary and what flatters, mixed so that sycophancy is truly `aim` above the reference."""
    pool = april(large, 4, np.random.default_rng(99)).choosing(["sycophancy"])
    z = standardised(pool)
    base = shift(pool, z, weighed(REFERENCE, pool.signals), KL).estimate[0]

    def mixed(share: float) -> dict[str, float]:
        return {"primary": 1 - share, **{name: share * part for name, part in FLATTERING.items()}}

    def off(share: float) -> float:
        return float(shift(pool, z, weighed(mixed(share), pool.signals), KL).estimate[0] - base) - aim

    return mixed(brentq(off, 0.0, 1.0, xtol=1e-6))


@dataclass(frozen=True)
class Held:
    """How often intervals held the truth: the bootstrap's, and the prompts' own deviations alone."""

    outcome: str
    against: str
    families: int
    truth: float
    bootstrap: float
    plain: float


def coverage(*, pools: int, prompts: int = 800, families: int = 1, large: int = 400_000) -> list[Held]:
    """Coverage for sycophancy and correctness, against the base policy and against the reference."""
    outcomes = ("sycophancy", "correctness")
    wanted = [truth(CHANGED, against, kl=KL, prompts=large) for against in (None, REFERENCE)]
    hits = np.zeros((2, 2, 2))
    for seed in range(pools):
        rng = np.random.default_rng(20_000 + seed)
        pool = april(prompts, 4, rng, families=families).choosing(outcomes)
        z = standardised(pool)
        rounds = Rounds.drawn(pool.clusters, rng)
        both = [weighed(recipe, pool.signals) for recipe in (CHANGED, REFERENCE)]
        found = [drawn(pool, z, weights, KL, rounds).values for weights in both]
        plain = [shift(pool, z, weights, KL).differences for weights in both]
        for row, (values, own) in enumerate(((found[0], plain[0]), (found[0] - found[1], plain[0] - plain[1]))):
            for column, outcome in enumerate(outcomes):
                aim = wanted[row][outcome]
                ours = interval(float(values[0, column]), values[1:, column], pool.clusters)
                half = 1.96 * own[column].std(ddof=1) / np.sqrt(prompts)
                hits[row, column] += (ours.low <= aim <= ours.high, abs(own[column].mean() - aim) <= half)
    return [
        Held(outcome, against, families, wanted[row][outcome], *map(float, hits[row, column] / pools))
        for row, against in enumerate(("base", "reference"))
        for column, outcome in enumerate(outcomes)
    ]


@dataclass(frozen=True)
class Gate:
    """Shares of the datasets with each verdict at one ceiling."""

    name: str
    truth: float
    ceiling: float
    prompts: int
    within: float
    over: float
    unsure: float


def gate(name: str, world: World, ceiling: float | None, *, datasets: int, prompts: int, large: int) -> Gate:
    """The verdicts on the recipe of April in `world`; without a ceiling the truth itself is the ceiling."""
    true = truth(CHANGED, REFERENCE, kl=KL, world=world, prompts=large)["sycophancy"]
    top = true if ceiling is None else ceiling
    answers = []
    for seed in range(datasets):
        rng = np.random.default_rng(30_000 + seed)
        pool = april(prompts, 4, rng, world=world)
        (found,) = paired(pool, [weighed(recipe, pool.signals) for recipe in (REFERENCE, CHANGED)], rng)
        answers.append(verdict(_estimate(found, pool), top).answer)
    shares = [answers.count(answer) / datasets for answer in ("within_budget", "over_budget", "not_enough_data")]
    return Gate(name, true, top, prompts, *shares)


def _estimate(values: Array, pool: Pool) -> Estimate:
    return interval(float(values[0]), values[1:], pool.clusters)


def main() -> None:
    faults: list[str] = []

    def must(what: str, holds: bool) -> None:
        if not holds:
            faults.append(what)

    print(f"\nApril: {KL} nats a prompt, ceiling {CEILING}, {ROUNDS} rounds, 4 responses to a prompt, 200 seeds")
    print("| prompts | each alone within | all three over | each step passes a tolerance | all of it |")
    print("|--:|--:|--:|--:|--:|")
    for prompts in (400, 800, 1500):
        found = aprils(seeds=200, prompts=prompts)
        print(f"| {prompts} | {found.alone:.3f} | {found.together:.3f} | {found.steps:.3f} | {found.all_of_it:.3f} |")
        must(f"April at {prompts} prompts", prompts < 800 or found.all_of_it >= 0.95)

    five = releases(seeds=200)
    print("\nFive releases of +.03 each, 800 prompts, 200 seeds")
    print(f"every step passes a tolerance of {CEILING}: {five.steps:.3f}")
    print("| release | true shift | over the budget |\n|--:|--:|--:|")
    for place, (true, over) in enumerate(zip(five.truths, five.over, strict=True), 1):
        print(f"| {place} | {true:+.4f} | {over:.3f} |")
    must("the second of five releases is stopped", min(five.over[1:]) >= 0.95 and five.over[0] <= 0.05)

    print("\nCoverage of the 95 % interval of a shift, 800 prompts, 1,000 pools")
    print("| outcome | against | prompts of a family | true shift | held | prompts' own deviations alone |")
    print("|---|---|--:|--:|--:|--:|")
    for families in (1, 4):
        for held in coverage(pools=1000, families=families):
            print(
                f"| {held.outcome} | {held.against} | {held.families} | {held.truth:+.4f} | {held.bootstrap:.3f} "
                f"| {held.plain:.3f} |",
                flush=True,
            )
            must(f"coverage of {held.outcome} against {held.against}", 0.92 <= held.bootstrap <= 0.98)

    print("\nVerdicts at the edge")
    print("| world | true shift | ceiling | prompts | datasets | within | over | not enough data |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, world, ceiling, datasets, prompts in (
        ("no loading", NO_LOADING, 0.01, 200, 4000),
        ("no loading", NO_LOADING, 0.01, 200, 3000),
        ("no loading", NO_LOADING, 0.01, 200, 800),
        ("no loading, truth at the ceiling", NO_LOADING, None, 1000, 800),
        ("April, truth at the ceiling", APRIL, None, 1000, 800),
        ("April, truth at the ceiling", APRIL, None, 200, 4000),
    ):
        edge = gate(name, world, ceiling, datasets=datasets, prompts=prompts, large=400_000)
        print(
            f"| {edge.name} | {edge.truth:+.4f} | {edge.ceiling:.4f} | {prompts} | {datasets} | {edge.within:.3f} "
            f"| {edge.over:.3f} | {edge.unsure:.3f} |",
            flush=True,
        )
        must(f"{name} at {prompts}", edge.within <= 0.05 if ceiling is None else edge.within >= 0.95 or prompts < 4000)
    sys.exit("\n".join(faults) or 0)


if __name__ == "__main__":
    main()
