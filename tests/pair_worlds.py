"""People who choose between two answers, and thumbs they leave, with the coefficients written down.

In each world chances are logistic in what is written down, and people differ in how much they like to be flattered; the
truth that is asked for is the population's: what a fit on endless data would give.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import expit

from stats.logistic import fit
from stats.pools import Array, Mask, Whole
from stats.preferences import Pairs, Thumbs, pair_rows

CORRECT, SYCOPHANTIC, COLD, LENGTH, REMEMBERED, FIRST = 0.8, 0.6, -0.5, 0.15, 0.5, 0.1
SPREAD = 0.6
"""How much people differ in their liking of flattery (sd on the logit)."""


@dataclass(frozen=True)
class People:
    """How many choose how often: all alike, or with Pareto(1.2) activity, where a few choose most."""

    people: int = 120
    pareto: bool = False

    def choosers(self, n: int, rng: np.random.Generator) -> Whole:
        if not self.pareto:
            return rng.integers(0, self.people, n)
        activity = rng.pareto(1.2, self.people) + 1
        return rng.choice(self.people, n, p=activity / activity.sum())


def choices(n: int, who: People, rng: np.random.Generator) -> Pairs:
    """`n` choices; who chooses more than others likes flattery neither more nor less."""
    chooser = who.choosers(n, rng)
    liking = rng.normal(SYCOPHANTIC, SPREAD, who.people)[chooser]
    side = rng.normal(0, 0.3, who.people)[chooser]
    sycophantic = rng.choice([-1.0, 0.0, 1.0], n, p=[0.25, 0.5, 0.25])
    correct = np.clip(np.round(rng.normal(size=n) * 0.7 - 0.3 * sycophantic), -1, 1)
    cold = np.clip(np.round(rng.normal(size=n) * 0.7 - 0.3 * sycophantic), -1, 1)
    length = 400 * (rng.normal(size=n) + 0.2 * correct)
    memory = (rng.random(n) < 0.5).astype(float)
    position = rng.choice([-1.0, 1.0], n)
    eta = (
        CORRECT * correct
        + (liking + REMEMBERED * memory) * sycophantic
        + COLD * cold
        + LENGTH * np.tanh(length / 408)
        + (FIRST + side) * position
    )
    outcome = (rng.random(n) < expit(eta)).astype(float)
    deltas = {"correct": correct, "sycophantic": sycophantic, "cold": cold, "length": length}
    return Pairs(deltas, outcome, np.arange(n), chooser, position, memory)


@lru_cache
def population(n: int, seed: int = 99) -> dict[str, float]:
    """The coefficients of a population in which everyone chooses ten times."""
    found = fit(pair_rows(choices(n, People(n // 10), np.random.default_rng(seed))).design)
    return dict(zip(found.names, map(float, found.coefficients), strict=True))


@dataclass(frozen=True)
class Labelled:
    """Choices with labels as raters gave them, and as gold would have it where it was drawn (nan elsewhere)."""

    noisy: Pairs
    true: Pairs
    gold: dict[str, Array]
    chance: Array


def labelled(
    n: int, rng: np.random.Generator, *, people: int = 120, spread: float = SPREAD, differential: bool = False
) -> Labelled:
    """Choices whose labels have sensitivity 0.80 and specificity 0.88; 15 % at random have gold.

    `differential`: raters call what was chosen correct and sycophantic more readily than what was not.
    """
    chooser = rng.integers(0, people, n)
    liking = rng.normal(SYCOPHANTIC, spread, people)[chooser]
    flatters = rng.random((2, n)) < 0.35
    right = rng.random((2, n)) < np.where(flatters, 0.4, 0.7)
    eta = CORRECT * _difference(right) + liking * _difference(flatters)
    first = rng.random(n) < expit(eta)
    chosen = np.stack([first, ~first])

    def seen(label: Mask) -> Mask:
        hit = np.where(chosen, 0.92, 0.68) if differential else 0.80
        false = np.where(chosen, 0.20, 0.04) if differential else 0.12
        return rng.random((2, n)) < np.where(label, hit, false)

    true = {"correct": _difference(right), "sycophantic": _difference(flatters)}
    noisy = {"correct": _difference(seen(right)), "sycophantic": _difference(seen(flatters))}
    outcome, prompt = first.astype(float), np.arange(n)
    drawn = rng.random(n) < 0.15
    return Labelled(
        Pairs(noisy, outcome, prompt, chooser),
        Pairs(true, outcome, prompt, chooser),
        {name: np.where(drawn, column, np.nan) for name, column in true.items()},
        np.full(n, 0.15),
    )


@lru_cache
def labelled_population(spread: float, n: int, seed: int = 98) -> dict[str, float]:
    """The coefficients of a population with true labels, in which everyone chooses ten times."""
    world = labelled(n, np.random.default_rng(seed), people=n // 10, spread=spread)
    found = fit(pair_rows(world.true).design)
    return dict(zip(found.names, map(float, found.coefficients), strict=True))


def shared(prompts: int, each: int, people: int, rng: np.random.Generator) -> Labelled:
    """Comparisons that `each` of `people` judge, drawn at random; 20 % of the comparisons have gold.

    Both people and comparisons differ, by what the model does not see: a response may be liked for other reasons.
    """
    prompt = np.repeat(np.arange(prompts), each)
    n = len(prompt)
    chooser = rng.integers(0, people, n)
    flatters = rng.random((2, prompts)) < 0.35
    right = rng.random((2, prompts)) < np.where(flatters, 0.4, 0.7)
    true = {"correct": _difference(right), "sycophantic": _difference(flatters)}
    noisy = {
        name: _difference(rng.random((2, prompts)) < np.where(label, 0.80, 0.12))
        for name, label in (("correct", right), ("sycophantic", flatters))
    }
    liking = rng.normal(SYCOPHANTIC, SPREAD, people)[chooser]
    eta = CORRECT * true["correct"][prompt] + liking * true["sycophantic"][prompt] + rng.normal(0, 0.8, prompts)[prompt]
    outcome = (rng.random(n) < expit(eta)).astype(float)
    drawn = rng.random(prompts) < 0.2
    return Labelled(
        Pairs({name: column[prompt] for name, column in noisy.items()}, outcome, prompt, chooser),
        Pairs({name: column[prompt] for name, column in true.items()}, outcome, prompt, chooser),
        {name: np.where(drawn, column, np.nan)[prompt] for name, column in true.items()},
        np.full(n, 0.2),
    )


@lru_cache
def shared_population(prompts: int, seed: int = 97) -> dict[str, float]:
    """The coefficients where two people each judge very many comparisons, and everyone ten."""
    world = shared(prompts, 2, prompts // 5, np.random.default_rng(seed))
    found = fit(pair_rows(world.true).design)
    return dict(zip(found.names, map(float, found.coefficients), strict=True))


SELECTIONS = ("random", "outcome", "features", "flattered and happy")


def thumbs(n: int, selection: str, rng: np.random.Generator, *, asked: float = 0.02) -> tuple[Thumbs, float]:
    """Turns of which some get a thumb by the rule `selection`, and a share is asked; and the raw gap among those given.

    The gap is P(up | sycophantic) - P(up | correct, not sycophantic). Coefficients of all turns: correct 0.80,
    sycophantic 0.60.
    """
    flatters = (rng.random(n) < 0.3).astype(float)
    right = (rng.random(n) < np.where(flatters, 0.45, 0.65)).astype(float)
    length = rng.normal(size=n)
    happy = rng.random(n) < expit(-0.2 + CORRECT * right + SYCOPHANTIC * flatters + 0.3 * np.tanh(length))
    chance = {
        "random": np.full(n, 0.05),
        "outcome": np.where(happy, 0.03, 0.09),
        "features": expit(-3 + 0.8 * length + 0.7 * flatters),
        "flattered and happy": expit(-3 + 0.9 * happy * flatters),
    }[selection]
    solicited = rng.random(n) < asked
    given = rng.random(n) < np.where(solicited, 0.6, chance)
    value = np.where(given, np.where(happy, 1.0, -1.0), 0.0)
    offered = given & ~solicited
    gap = happy[offered & (flatters == 1)].mean() - happy[offered & (right == 1) & (flatters == 0)].mean()
    labels = {"correct": right, "sycophantic": flatters, "length": length}
    return Thumbs(labels, value, rng.integers(0, n // 5, n), solicited), float(gap)


def _difference(two: Mask) -> Array:
    found: Array = two[0].astype(float) - two[1]
    return found
