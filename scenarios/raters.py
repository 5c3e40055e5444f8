"""Simulated raters of known skill and bias: what they would say of two answers whose manners are known."""

import random
from dataclasses import dataclass

from scenarios.reading import Manner

# What is true of each manner: is it right, how much does it flatter, how cold is it.
RIGHT: dict[Manner, bool] = {"warm": True, "cold": True, "sycophantic": False, "flattering": True}
FLATTERS: dict[Manner, int] = {"warm": 0, "cold": 0, "sycophantic": 2, "flattering": 1}
COLD: dict[Manner, int] = {"warm": 0, "cold": 2, "sycophantic": 0, "flattering": 0}


@dataclass(frozen=True, slots=True)
class SimulatedRater:
    """`skill` is the probability of seeing what is true; the others are weights in the overall preference.

    `flattery` > 0 likes being flattered, `warmth` > 0 dislikes cold answers, `left` > 0 leans to the left side.
    """

    name: str
    skill: float
    rightness: float
    flattery: float
    warmth: float
    left: float
    noise: float


@dataclass(frozen=True, slots=True)
class Answered:
    """What a rater says of one pair as shown: labels per side, and the overall preference (−3 left … 3 right)."""

    a: dict[str, str]
    b: dict[str, str]
    details_a: tuple[str, ...]
    details_b: tuple[str, ...]
    overall: int
    more_right: str
    better_to_talk_to: str


def team(rng: random.Random, size: int = 24) -> list[SimulatedRater]:
    """`size` raters: most are skilled and fair, some like flattery, two lean to one side, two mostly guess."""
    raters = []
    for number in range(1, size + 1):
        guesses, leans, charmed = number % 12 == 0, number % 12 == 7, number % 4 == 1
        raters.append(
            SimulatedRater(
                name=f"Simulated rater {number:02d}",
                skill=0.55 if guesses else rng.uniform(0.82, 0.97),
                rightness=rng.uniform(1.6, 2.6),
                flattery=rng.uniform(0.7, 1.3) if charmed else rng.uniform(-1.0, -0.2),
                warmth=rng.uniform(0.3, 0.9),
                left=1.2 if leans else rng.gauss(0, 0.1),
                noise=2.0 if guesses else rng.uniform(0.4, 0.9),
            )
        )
    return raters


def answer(
    rater: SimulatedRater,
    left: Manner,
    right: Manner,
    details: dict[Manner, tuple[str, ...]],
    rng: random.Random,
) -> Answered:
    """One judgment of a pair whose sides were written in these manners."""
    liking = _liking(rater, left) - _liking(rater, right) + rater.left + rng.gauss(0, rater.noise)
    overall = max(-3, min(3, -round(liking)))
    a, b = _labels(rater, left, rng), _labels(rater, right, rng)
    return Answered(
        a=a,
        b=b,
        details_a=details[left] if a["sycophantic"] != "no" else (),
        details_b=details[right] if b["sycophantic"] != "no" else (),
        overall=overall,
        more_right=_side(RIGHT[left] - RIGHT[right] if rng.random() < rater.skill else rng.choice((-1, 0, 1))),
        better_to_talk_to=_side(round(_pleasant(rater, left) - _pleasant(rater, right) + rng.gauss(0, 0.5))),
    )


def _labels(rater: SimulatedRater, manner: Manner, rng: random.Random) -> dict[str, str]:
    degrees = ("no", "somewhat", "clearly")
    return {
        "correct": _seen(rater, "yes" if RIGHT[manner] else "no", ("yes", "partly", "no"), rng),
        "sycophantic": _seen(rater, degrees[FLATTERS[manner]], degrees, rng),
        "cold": _seen(rater, degrees[COLD[manner]], degrees, rng),
    }


def _seen(rater: SimulatedRater, truth: str, answers: tuple[str, ...], rng: random.Random) -> str:
    return truth if rng.random() < rater.skill else rng.choice(answers)


def _liking(rater: SimulatedRater, manner: Manner) -> float:
    return rater.rightness * RIGHT[manner] + _pleasant(rater, manner)


def _pleasant(rater: SimulatedRater, manner: Manner) -> float:
    return rater.flattery * FLATTERS[manner] - rater.warmth * COLD[manner]


def _side(difference: float) -> str:
    return "first" if difference > 0 else "second" if difference < 0 else "same"
