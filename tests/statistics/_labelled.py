"""Labelled slices of experiments of which all is known: users and turns, behaviour by arm, thumbs for it."""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit

from stats.adjusting.labelled import Labelled
from stats.pools import Array, Mask, Whole

REMEMBERED = 0.38
"""The share of turns with memory on."""


@dataclass(frozen=True)
class World:
    """What the arms do, and what users reward, on the logit; `taste` is the deviation between users.

    `sycophantic`, `correct` and `cold` are shares of (control, candidate). `by_memory` is what memory adds to the
    direct effect `arm`, `remembered` what it adds to sycophancy. `spread` is the deviation of the logarithm of a user's
    number of turns. Turns with memory are chosen at `on`, others at `off`. A turn gets a thumb with probability `left`;
    `share` of the users are in the candidate.
    """

    sycophantic: tuple[float, float] = (0.10, 0.10)
    correct: tuple[float, float] = (0.80, 0.80)
    cold: tuple[float, float] = (0.08, 0.08)
    arm: float = 0.0
    by_memory: float = 0.0
    remembered: float = 0.0
    reward: dict[str, float] = field(
        default_factory=lambda: {"sycophantic": 1.2, "correct": 0.5, "cold": -0.8, "length": 0.2}
    )
    taste: float = 0.8
    spread: float = 0.7
    on: float = 0.02
    off: float = 0.02
    left: float = 0.5
    share: float = 0.5


@dataclass(frozen=True, eq=False)
class Drawn:
    """A slice with the chance of a thumb up in either arm, (n,) each, all else being as it is."""

    labelled: Labelled
    control: Array
    candidate: Array


def drawn(world: World, turns: int, rng: np.random.Generator) -> Drawn:
    """About `turns` labelled turns, in the order in which they came."""
    most = max(world.on, world.off)
    chosen = REMEMBERED * world.on / most + (1 - REMEMBERED) * world.off / most
    users = max(2, int(turns / chosen / np.exp(world.spread**2 / 2)))
    count = np.maximum(1, np.round(rng.lognormal(0, world.spread, users))).astype(np.int64)
    unit = rng.permutation(np.repeat(np.arange(users), count))
    arm = (rng.random(users) < world.share).astype(np.int64)[unit]
    remembers = rng.random(users) < 0.4
    # Who has memory on has it in most turns; what is chosen more often is there more often.
    memory = rng.random(len(unit)) < np.where(remembers, 0.8, 0.1)[unit]
    probability = np.where(memory, world.on, world.off)
    kept = rng.random(len(unit)) < probability / most
    unit, arm, memory, probability = unit[kept], arm[kept], memory[kept], probability[kept]
    labels = _labels(world, arm, memory, rng)
    length = rng.lognormal(6.0, 0.5, len(unit)) * np.exp(0.1 * arm)
    taste = rng.normal(0, world.taste, users)[unit]
    control, candidate = (_chance(world, given, labels, length, memory, taste) for given in (0.0, 1.0))
    up = (rng.random(len(unit)) < np.where(arm == 1, candidate, control)).astype(np.float64)
    up[rng.random(len(unit)) >= world.left] = np.nan
    labelled = Labelled(
        arm=arm,
        unit=unit,
        labels=labels,
        said={"thumb": up},
        length=length,
        memory=memory,
        probability=probability,
    )
    return Drawn(labelled, control, candidate)


def true_effects(world: World, *, turns: int = 2_000_000, seed: int = 99) -> tuple[float, float]:
    """The raw and the adjusted effect, over very many turns, each standing for 1 / probability turns."""
    found = drawn(world, turns, np.random.default_rng(seed))
    weight, treated = found.labelled.weight, found.labelled.arm == 1
    seen = np.where(treated, found.candidate, found.control)
    raw = np.average(seen[treated], weights=weight[treated]) - np.average(seen[~treated], weights=weight[~treated])
    return float(raw), float(np.average(found.candidate - found.control, weights=weight))


def _labels(world: World, arm: Whole, memory: Mask, rng: np.random.Generator) -> dict[str, Array]:
    n = len(arm)
    flattering = np.array(world.sycophantic)[arm] + world.remembered * memory
    sycophantic = rng.random(n) < flattering
    # Flattery agrees where it should not.
    correct = rng.random(n) < np.array(world.correct)[arm] - 0.3 * sycophantic
    cold = (rng.random(n) < np.array(world.cold)[arm]) & ~sycophantic
    flags = {"sycophantic": sycophantic, "correct": correct, "cold": cold}
    return {name: flag.astype(np.float64) for name, flag in flags.items()}


def _chance(world: World, given: float, labels: dict[str, Array], length: Array, memory: Mask, taste: Array) -> Array:
    logit = 0.4 + taste + given * (world.arm + world.by_memory * memory)
    for name, column in labels.items():
        logit = logit + world.reward[name] * column
    chance: Array = expit(logit + world.reward["length"] * (np.log(length) - 6.0) + 0.2 * memory)
    return chance
