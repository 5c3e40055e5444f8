"""How often the intervals of an alpha's steadiness and of its side-by-side win rate hold the truth.

`python -m tests.statistics.steadying` prints the tables of docs/statistics.md, and fails if that is not as it must be.
"""

import sys
from dataclasses import dataclass

import numpy as np

from stats.consistency import Within, swing, within
from stats.sufficiency import InsufficientData
from stats.wins import win_rate

SEED = 20261128


@dataclass(frozen=True)
class Ground:
    """So many people; `uneven` is how much the log of their own deviation varies between them."""

    people: int
    uneven: float


@dataclass(frozen=True)
class Held:
    """The share of the answers given that hold the truth, and of the worlds in which none is given."""

    held: float
    refused: float


def world(ground: Ground, rng: np.random.Generator, people: int = 0) -> Within:
    """One to three conversations each, of two to six turns that stray by 0.12 from a mean of their own."""
    scores: list[float] = []
    series: list[int] = []
    person: list[int] = []
    for g in range(people or ground.people):
        own = 0.12 * np.exp(ground.uneven * rng.normal())
        for _ in range(rng.integers(1, 4)):
            turns = int(rng.integers(2, 7))
            code = series[-1] + 1 if series else 0
            scores += list(np.clip(0.5 + 0.1 * rng.normal() + own * rng.normal(size=turns), 0, 1))
            series += [code] * turns
            person += [g] * turns
    return within(np.array(scores), np.array(series), np.array(person))


def steady(ground: Ground, *, worlds: int, rng: np.random.Generator) -> Held:
    """The interval of the swing, against that of 20,000 people of the same kind."""
    truth = world(ground, rng, 20_000).variance ** 0.5
    held = said = 0
    for _ in range(worlds):
        try:
            found = swing(world(ground, rng))
        except InsufficientData:
            continue
        said += 1
        held += found.low <= truth <= found.high
    return Held(held / max(said, 1), 1 - said / worlds)


def won(people: int, *, worlds: int, rng: np.random.Generator) -> Held:
    """The interval of a win rate of 0.58: one to seven choices each, a fifth ties, the rest by a taste of one's own."""
    held = said = 0
    for _ in range(worlds):
        points: list[float] = []
        person: list[int] = []
        for g in range(people):
            taste, n = rng.beta(2.4, 1.6), int(rng.integers(1, 8))
            points += list(np.where(rng.random(n) < 0.2, 0.5, rng.random(n) < taste))
            person += [g] * n
        try:
            found = win_rate(np.array(points, dtype=np.float64), np.array(person))
        except InsufficientData:
            continue
        said += 1
        held += found.low <= 0.58 <= found.high
    return Held(held / max(said, 1), 1 - said / worlds)


GROUNDS = [Ground(people, uneven) for uneven in (0.0, 0.5) for people in (6, 10, 20, 60)]
LEAST = {0.0: 0.92, 0.5: 0.8}


def main() -> None:
    rng, worlds, failed = np.random.default_rng(SEED), 2000, []
    print(f"{worlds} worlds each, seed {SEED}")
    print("| swing: people | people's own deviations | held | refused |\n|--:|---|--:|--:|")
    for ground in GROUNDS:
        found = steady(ground, worlds=worlds, rng=rng)
        kind = "alike" if not ground.uneven else "log-normal, 0.5"
        print(f"| {ground.people} | {kind} | {found.held:.3f} | {found.refused:.3f} |", flush=True)
        if found.held < LEAST[ground.uneven]:
            failed.append(str(ground))
    print("| win rate: people | held | refused |\n|--:|--:|--:|")
    for people in (5, 10, 30):
        found = won(people, worlds=worlds, rng=rng)
        print(f"| {people} | {found.held:.3f} | {found.refused:.3f} |", flush=True)
        if found.held < 0.93:
            failed.append(f"win rate of {people}")
    sys.exit(f"Not as it must be: {', '.join(failed)}." if failed else 0)


if __name__ == "__main__":
    main()
