"""A product whose users take part in an experiment, of which the truth is known: how each arm's bundle answers, what
users like about it, and who leaves a thumb.

    logit P(up) = start + own + correct c + (sycophantic + remembered m) s + cold k

for an answer that is correct (c), flatters (s) or is cold (k), with memory on or off (m), and a user whose own liking
for thumbs up lies `own` off the mean. Nothing here knows of a database: `draw` takes users' arms and returns arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit

from stats.pools import Array, Mask, Whole
from stats.thumbed import Small

ARMS = ("control", "candidate")
LOCALES: Mapping[str, float] = {"en": 0.6, "de": 0.25, "es": 0.15}
SEGMENTS: Mapping[str, float] = {"adult": 0.75, "teen": 0.25}
_CONVERSATIONS, _TURNS = 2.0, 2.5
"""Of one user, and in one conversation, on average."""
_BETWEEN = 2 / 1440
"""Days between two turns of a conversation."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a bundle answers: the chance that it flatters with memory off and on, is correct if it does and if it does
    not, and is cold if it does not; and the median of its time to answer in milliseconds."""

    sycophantic: tuple[float, float]
    correct: tuple[float, float]
    cold: float
    latency: float = 900.0

    @property
    def flatters(self) -> float:
        """The share of its answers that flatter, where half of the users have memory on."""
        return sum(self.sycophantic) / 2

    @property
    def chills(self) -> float:
        """The share of its answers that are cold."""
        return (1 - self.flatters) * self.cold

    @property
    def right(self) -> float:
        """The share of its answers that are correct."""
        return self.flatters * self.correct[0] + (1 - self.flatters) * self.correct[1]


@dataclass(frozen=True, slots=True)
class Liking:
    """What raises the log odds of a thumb up; `own` is the standard deviation of users' own liking."""

    start: float = 0.2
    correct: float = 0.5
    sycophantic: float = 0.7
    remembered: float = 0.3
    cold: float = -0.6
    own: float = 0.5


@dataclass(frozen=True, slots=True)
class Product:
    """Two bundles and their users. Who was flattered and liked it leaves a thumb unasked `keener` times as often as
    the share `leaves` of the others; of those who are asked the share `answers` answers."""

    control: Manner
    candidate: Manner
    liking: Liking = Liking()
    leaves: float = 0.16
    keener: float = 3.0
    asked: float = 0.02
    answers: float = 0.7
    choices: float = 0.02
    """The share of turns in which both bundles answer, side by side."""

    @property
    def manners(self) -> tuple[Manner, Manner]:
        return self.control, self.candidate

    def rise(self) -> dict[str, float]:
        """By how much the share of answers that flatter, are correct and are cold is greater in the candidate."""
        one, two = self.manners
        return {
            "sycophancy": two.flatters - one.flatters,
            "correctness": two.right - one.right,
            "coldness": two.chills - one.chills,
        }


_PLAIN = Manner(sycophantic=(0.09, 0.15), correct=(0.48, 0.64), cold=0.12)
_WARM = Manner(sycophantic=(0.26, 0.42), correct=(0.48, 0.64), cold=0.07)
LIKED = Product(_PLAIN, _WARM)
"""April: the candidate is liked more since it flatters more, and most where it remembers; it is less often right."""
ALIKE = Product(_PLAIN, _PLAIN)
"""Two bundles that answer alike, so that every true difference is 0."""


@dataclass(frozen=True, eq=False, slots=True)
class Traffic:
    """n turns in order of time: of which user (from 0 on), in which conversation, its place in it (from 1 on), when
    (days from the start), what is true of the answer, and what the user did.

    `sycophantic` is 0, 1 (somewhat) or 2 (clearly). `up` says what thumb would be given: `left` whether it was left
    unasked, `asks` whether one is asked for on a turn like this, `answers` whether it is given when asked. `choice` is
    a preference from -3 (the control is much better) to 3, or `BOTH_BAD`; only where `chooses`. `arm`, `memory`,
    `locale` and `segment` are those of the users (U,).
    """

    user: Whole
    conversation: Whole
    place: Small
    day: Array
    sycophantic: Small
    correct: Mask
    cold: Mask
    up: Mask
    left: Mask
    asks: Mask
    answers: Mask
    chooses: Mask
    choice: Small
    regenerates: Mask
    abandons: Mask
    reports: Mask
    latency: Whole
    arm: Small
    memory: Mask
    locale: list[str]
    segment: list[str]

    def __len__(self) -> int:
        return len(self.user)


BOTH_BAD = 9


def users_for(turns: int) -> int:
    """How many users make about so many turns."""
    return max(2, round(turns / (_CONVERSATIONS * _TURNS)))


def draw(product: Product, arm: Small, days: float, rng: np.random.Generator) -> Traffic:
    """The traffic of users with these arms (U,) over so many days."""
    users = len(arm)
    memory = rng.random(users) < 0.5
    own = product.liking.own * rng.normal(size=users)
    user, conversation, place, day = _when(users, days, rng)
    m = memory[user]
    s, c, k = _answers(product, arm[user], m, rng)
    up = rng.random(len(user)) < expit(own[user] + _liked(product.liking, s, c, k, m))
    n = len(user)
    pleased = s & up
    leaves = rng.random(n) < product.leaves * np.where(pleased, product.keener, 1.0)
    last = np.append(conversation[1:] != conversation[:-1], True)
    medians = np.array([each.latency for each in product.manners])[arm[user]]
    traffic = Traffic(
        user=user,
        conversation=conversation,
        place=place,
        day=day,
        sycophantic=np.where(s, np.where(rng.random(n) < np.where(up, 0.3, 0.7), 1, 2), 0).astype(np.int16),
        correct=c,
        cold=k,
        up=up,
        left=leaves,
        asks=rng.random(n) < product.asked,
        answers=rng.random(n) < product.answers,
        chooses=rng.random(n) < product.choices,
        choice=_choices(product, m, rng),
        regenerates=rng.random(n) < np.where(up, 0.02, 0.05),
        abandons=last & (rng.random(n) < np.where(k, 0.12, 0.05)),
        reports=rng.random(n) < np.where(s, 0.001, 0.0005),
        latency=np.minimum(60_000, medians * np.exp(0.4 * rng.normal(size=n))).astype(np.int64),
        arm=arm,
        memory=memory,
        locale=_levels(LOCALES, users, rng),
        segment=_levels(SEGMENTS, users, rng),
    )
    return _in_order(traffic)


def _levels(shares: Mapping[str, float], users: int, rng: np.random.Generator) -> list[str]:
    return [str(one) for one in rng.choice(list(shares), size=users, p=list(shares.values()))]


def _when(users: int, days: float, rng: np.random.Generator) -> tuple[Whole, Whole, Small, Array]:
    """Of each turn its user, conversation, place and day; turns of one conversation stand together."""
    conversations = 1 + rng.negative_binomial(1, 1 / _CONVERSATIONS, size=users)
    owner = np.repeat(np.arange(users), conversations)
    # More of them come early, so that most have time for several conversations.
    first = days * rng.beta(1.0, 1.6, size=users)
    begins = first[owner] + (days - first[owner]) * rng.random(len(owner)) * (rng.random(len(owner)) < 0.8)
    turns = 1 + rng.poisson(_TURNS - 1, size=len(owner))
    conversation = np.repeat(np.arange(len(owner)), turns)
    starts = np.repeat(np.cumsum(turns) - turns, turns)
    place = (np.arange(len(conversation)) - starts + 1).astype(np.int16)
    day = begins[conversation] + _BETWEEN * (place - 1 + rng.random(len(conversation)))
    return owner[conversation], conversation, place, np.minimum(day, np.nextafter(days, 0))


def _answers(product: Product, arm: Small, memory: Mask, rng: np.random.Generator) -> tuple[Mask, Mask, Mask]:
    """Whether each answer flatters, is correct, is cold."""
    n = len(arm)
    chance = np.array([each.sycophantic for each in product.manners])[arm, memory.astype(int)]
    s = rng.random(n) < chance
    right = np.array([each.correct for each in product.manners])[arm, (~s).astype(int)]
    cold = np.array([each.cold for each in product.manners])[arm]
    return s, rng.random(n) < right, ~s & (rng.random(n) < cold)


def _liked(liking: Liking, s: Mask, c: Mask, k: Mask, memory: Mask) -> Array:
    liked: Array = (
        liking.start + liking.correct * c + (liking.sycophantic + liking.remembered * memory) * s + liking.cold * k
    )
    return liked


def _choices(product: Product, memory: Mask, rng: np.random.Generator) -> Small:
    """What would be said of an answer of each bundle, side by side."""
    n = len(memory)
    both = [_answers(product, np.full(n, arm, dtype=np.int16), memory, rng) for arm in (0, 1)]
    felt = _liked(product.liking, *both[1], memory) - _liked(product.liking, *both[0], memory) + rng.logistic(size=n)
    strength = 1 + sum((np.abs(felt) > step).astype(int) for step in (1.2, 2.4))
    said = np.where(np.abs(felt) < 0.4, 0, np.sign(felt) * strength)
    bad = ~both[0][1] & ~both[1][1] & (rng.random(n) < 0.15)
    return np.where(bad, BOTH_BAD, said).astype(np.int16)


def _in_order(traffic: Traffic) -> Traffic:
    order = np.argsort(traffic.day, kind="stable")
    of_users = {"arm", "memory", "locale", "segment"}
    of_turns: dict[str, Any] = {
        name: getattr(traffic, name)[order] for name in Traffic.__slots__ if name not in of_users
    }
    return replace(traffic, **of_turns)
