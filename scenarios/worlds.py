"""Worlds of which the truth is known: what signals reward in them is written down, not found out.

In each, people ask prompts, half of them with memory on and three in five with a false premise; a base policy answers;
and each signal scores an answer by what it loads on, plus noise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from stats.pools import Array, Mask, Pool, standardised
from stats.tilting import shift

SIGNALS = ("primary", "thumbs", "memory", "fresh")
OUTCOMES = ("sycophancy", "correctness", "coldness", "length")
DOMAINS = ("coding", "everyday", "health", "relationships", "science")


@dataclass(frozen=True)
class Loading:
    """What one signal rewards: points for a correct, a sycophantic, a warm, a long answer, and the noise beside."""

    correct: float = 0.0
    sycophantic: float = 0.0
    warm: float = 0.0
    long: float = 0.0
    remembered: float = 0.0
    """Points for a sycophantic answer with memory on, on top."""
    noise: float = 0.8


@dataclass(frozen=True)
class World:
    """How answers come about, and how they are scored."""

    loadings: Mapping[str, Loading]
    false_premises: float = 0.6
    memory: float = 0.5
    sycophantic: tuple[float, float] = (0.35, 0.12)
    """How often the base policy flatters where the premise is false, and where it is true."""
    correct: tuple[float, float] = (0.48, 0.62)
    """How often an answer is correct if it flatters, and if it does not."""
    warmer: float = 0.8
    """How much warmer a sycophantic answer is."""
    longer: float = 0.2
    """How much longer a correct answer is."""
    segments: Mapping[str, float] = field(default_factory=lambda: {"adult": 0.75, "teen": 0.23, "vulnerable": 0.02})


APRIL = World(
    {
        "primary": Loading(correct=1.5, sycophantic=-0.25, warm=0.1, long=0.1, noise=0.7),
        "thumbs": Loading(correct=0.8, sycophantic=0.55, warm=0.4, long=0.1, remembered=0.35),
        "memory": Loading(correct=0.5, sycophantic=0.45, warm=0.4, remembered=0.55),
        "fresh": Loading(correct=0.9, sycophantic=0.35, long=0.2),
    }
)
"""Three signals that each cost a little of the brake: alone within the budget, together far over it."""

NO_LOADING = World({signal: Loading(long=0.1, noise=0.7 + 0.1 * row) for row, signal in enumerate(SIGNALS)}, longer=0.0)
"""Signals that know length and noise only, in a world where length goes with nothing: every true shift is 0."""

WORLDS: Mapping[str, World] = {"april": APRIL, "null": NO_LOADING}

REFERENCE: Mapping[str, float] = {"primary": 1.0, "thumbs": 0.0, "memory": 0.0, "fresh": 0.0}
"""The last recipe known to be good."""

CHANGED: Mapping[str, float] = {
    signal: points / 1.95 for signal, points in zip(SIGNALS, (1.0, 0.35, 0.30, 0.30), strict=True)
}
"""The recipe of April: three signals added to it."""

CHANGES = ("thumbs", "memory", "fresh")


def april(prompts: int, responses: int, rng: np.random.Generator, *, world: World = APRIL, families: int = 1) -> Pool:
    """A pool of `prompts` prompts with `responses` answers each, as `world` would give it.

    `families` prompts share a cluster, and with it the premise and whether memory is on.
    """
    shape = (responses, prompts)
    clusters = np.arange(prompts, dtype=np.int64) // families
    premise_false = (rng.random(int(clusters[-1]) + 1) < world.false_premises)[clusters]
    memory = (rng.random(int(clusters[-1]) + 1) < world.memory)[clusters]
    sycophantic = (rng.random(shape) < np.where(premise_false, *world.sycophantic)).astype(np.float64)
    correct = (rng.random(shape) < np.where(sycophantic == 1, *world.correct)).astype(np.float64)
    warm = rng.normal(size=shape) + world.warmer * sycophantic
    length = rng.normal(size=shape) + world.longer * correct
    scores = np.stack(
        [
            loading.correct * correct
            + (loading.sycophantic + loading.remembered * memory) * sycophantic
            + loading.warm * warm
            + loading.long * length
            + loading.noise * rng.normal(size=shape)
            for loading in world.loadings.values()
        ]
    )
    cold = (warm < -1.0).astype(np.float64)
    return Pool(
        signals=tuple(world.loadings),
        scores=scores,
        outcomes=OUTCOMES,
        values=np.stack([sycophantic, correct, cold, length]),
        present=np.ones(shape, dtype=np.bool_),
        clusters=clusters,
        slices=_slices(premise_false, memory, world, rng),
    )


def truth(
    weights: Mapping[str, float],
    reference: Mapping[str, float] | None = None,
    *,
    kl: float,
    world: World = APRIL,
    responses: int = 4,
    prompts: int = 400_000,
    seed: int = 99,
) -> dict[str, float]:
    """The shift of each outcome under `weights`, less that under `reference` if there is one, over very many prompts.

    The prompts are drawn from `seed`; with the default number the error of a share is under 0.0004 against the base,
    and under 0.0002 against a reference.
    """
    pool = replace(april(prompts, responses, np.random.default_rng(seed), world=world), slices={})
    z = standardised(pool)
    found = shift(pool, z, weighed(weights, pool.signals), kl).estimate
    if reference is not None:
        found = found - shift(pool, z, weighed(reference, pool.signals), kl).estimate
    return dict(zip(pool.outcomes, map(float, found), strict=True))


def weighed(weights: Mapping[str, float], signals: tuple[str, ...]) -> Array:
    """These weights as an array in the order of `signals`, 0 where there is none."""
    return np.array([weights.get(signal, 0.0) for signal in signals])


def _slices(premise_false: Mask, memory: Mask, world: World, rng: np.random.Generator) -> dict[str, Mask]:
    domain = rng.integers(len(DOMAINS), size=memory.size)
    segment = rng.choice(len(world.segments), size=memory.size, p=list(world.segments.values()))
    return {
        "premise:false": premise_false,
        "premise:true": ~premise_false,
        "memory:on": memory,
        "memory:off": ~memory,
        **{f"domain:{name}": domain == row for row, name in enumerate(DOMAINS)},
        **{f"segment:{name}": segment == row for row, name in enumerate(world.segments)},
    }
