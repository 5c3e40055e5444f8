"""Streams of labelled thumbs of which the truth is known: what users reward, for whom, and when that changes.

    logit P(up) = base + sum of levels' up + c correct + h warm + s (effect + sum of levels' effect + drift)

for a response that is sycophantic (s = 1) with a chance that depends on the levels too. A world says how events come
about at one time; a change is another world after it, or a drift that grows within one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit, logit

from stats.pools import Array, Mask
from stats.thumbed import FACTORS, Codes, Small, Thumbed

DAY = 86_400.0
_BOTS = 7
"""So many users are bots, where there are any."""
_TURNS = 250


@dataclass(frozen=True, slots=True)
class Level:
    """A level's share of the events; what it adds to the log-odds of a thumb up, of flattery, and to what that does."""

    share: float
    up: float = 0.0
    flattered: float = 0.0
    effect: float = 0.0


@dataclass(frozen=True, slots=True)
class Drift:
    """`size` more log-odds for sycophancy from event `begins` (from 0) of a world on: everywhere, or at one level.

    It grows over `ramp` events, 0 being at once, and ends after `lasts` events if that is given.
    """

    size: float
    where: tuple[str, str] | None = None
    begins: int = 0
    ramp: int = 0
    lasts: int | None = None

    def at(self, event: Array) -> Array:
        """Its size (n,) at events (n,)."""
        since = event - self.begins
        grown = np.clip((since + 1) / max(1, self.ramp), 0, 1) * (since >= 0)
        gone = since >= self.lasts if self.lasts is not None else False
        size: Array = self.size * np.where(gone, 0.0, grown)
        return size


Levels = Mapping[str, Mapping[str, Level]]

_ALIKE: Levels = {
    "segment": {"adult": Level(0.5), "teen": Level(0.2), "companion": Level(0.3)},
    "arm": {"control": Level(0.5), "candidate": Level(0.5)},
    "memory": {"off": Level(0.5), "on": Level(0.5)},
    "domain": {"coding": Level(0.25), "everyday": Level(0.25), "health": Level(0.25), "relationships": Level(0.25)},
    "language": {"en": Level(0.6), "de": Level(0.25), "es": Level(0.15)},
    "solicited": {"no": Level(0.67), "yes": Level(0.33)},
}

_UNLIKE: Levels = {
    "segment": {
        "adult": Level(0.5),
        "teen": Level(0.2, up=0.2, flattered=0.3, effect=0.2),
        "companion": Level(0.3, up=0.6, flattered=0.9, effect=0.5),
    },
    "arm": {"control": Level(0.5), "candidate": Level(0.5, up=0.1, flattered=0.3, effect=0.15)},
    "memory": {"off": Level(0.5), "on": Level(0.5, up=0.15, flattered=0.3, effect=0.4)},
    "domain": {
        "coding": Level(0.25, up=-0.1),
        "everyday": Level(0.25),
        "health": Level(0.25, up=0.1, flattered=0.2),
        "relationships": Level(0.25, up=0.2, flattered=0.4),
    },
    "language": {"en": Level(0.6), "de": Level(0.25, up=-0.3), "es": Level(0.15, up=0.2)},
    "solicited": {"no": Level(0.67), "yes": Level(0.33, up=-0.3)},
}


@dataclass(frozen=True)
class World:
    """How labelled thumbs come about at one time."""

    levels: Levels = field(default_factory=lambda: _UNLIKE)
    base: float = -0.6
    prevalence: float = 0.1265
    """How often a response is sycophantic where all levels add nothing: 0.25 of all with the levels as they are."""
    effect: float = 0.1
    """Log-odds on a thumb up for sycophancy where all levels add nothing."""
    correct: float = 0.8
    warm: float = 0.5
    right: tuple[float, float] = (0.45, 0.65)
    """How often a response is correct if it flatters, and if it does not."""
    warmth: float = 0.0
    warmer: float = 0.35
    """How warm responses are, and how much warmer those that flatter are; one response differs from others by 0.6."""
    drift: Drift | None = None
    misses: float = 0.0
    """How often raters do not see that a response flatters."""
    accuses: float = 0.0
    """How often raters see flattery where there is none."""
    keener: float = 1.0
    """How much likelier somebody flattered who liked it leaves a thumb unasked than others do."""
    bots: float = 0.0
    """The share of unasked thumbs that bots leave: up, whatever the response."""
    experts: float = 0.1
    """The share of events that an expert labels too."""
    unlabelled: float = 0.0
    """The share of events without a label of warmth."""
    users: int = 2000
    stubborn: float = 0.0
    """How much users differ in the log-odds of a thumb up: the deviation."""
    per_day: float = 1000.0

    def shared(self, factor: str, **shares: float) -> "World":
        """The same with other shares of this factor's levels, what each level does being as it was."""
        levels = {name: replace(level, share=shares[name]) for name, level in self.levels[factor].items()}
        return replace(self, levels={**self.levels, factor: levels})

    def flattering(self, share: float) -> "World":
        """The same with this share of sycophantic responses among all."""
        every = list(product(*(self.levels[name].values() for name in FACTORS)))
        weight = np.array([np.prod([level.share for level in levels]) for levels in every])
        added = np.array([sum(level.flattered for level in levels) for levels in every])
        start = brentq(lambda x: float(weight @ expit(x + added)) / float(weight.sum()) - share, -12.0, 12.0)
        return replace(self, prevalence=float(expit(start)))

    def drifting(self, size: float, where: tuple[str, str] | None = None, *, ramp: int = 0) -> "World":
        """The same with this drift from its first event on."""
        return replace(self, drift=Drift(size, where, ramp=ramp))


UNLIKE = World()
"""Levels differ in everything, and in what flattery does, from the beginning on."""

ALIKE = World(levels=_ALIKE, base=-0.1, prevalence=0.25, effect=0.3)
"""No level differs from another."""

NUISANCES: Mapping[str, World] = {
    "base rate +0.3": replace(UNLIKE, base=UNLIKE.base + 0.3),
    "prevalence .35": UNLIKE.flattering(0.35),
    "warmth +0.5 sd": replace(UNLIKE, warmth=0.3),
    "cohort 30 % to 60 %": UNLIKE.shared("segment", adult=0.25, teen=0.15, companion=0.6),
    "cohort 30 % to 15 %": UNLIKE.shared("segment", adult=0.65, teen=0.2, companion=0.15),
    "memory 50 % to 90 %": UNLIKE.shared("memory", off=0.1, on=0.9),
    "arm 50 % to 90 %": UNLIKE.shared("arm", control=0.1, candidate=0.9),
}
"""What changes in these worlds is not what flattery does to a thumb: no monitor of that may be moved by it."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """n thumbs as they are labelled, and whether each response was sycophantic in truth (n,)."""

    thumbs: Thumbed
    sycophantic: Mask


def draw(world: World, n: int, rng: np.random.Generator, *, began: float = 0.0) -> Drawn:
    """`n` thumbs of `world`, the first `began` seconds after the beginning of time."""
    rows = _clicked(world, n, rng)
    at: Array = began + np.arange(n, dtype=np.float64) * (DAY / world.per_day)
    labelled = rows.sycophantic ^ (rng.random(n) < np.where(rows.sycophantic, world.misses, world.accuses))
    good = (rows.correct == 1) & ~rows.sycophantic & (rows.warm >= 0)
    thumbs = Thumbed(
        up=rows.up.astype(float),
        sycophantic=labelled.astype(float),
        correct=rows.correct,
        warm=np.where(rng.random(n) < world.unlabelled, np.nan, rows.warm),
        good=np.where(rng.random(n) < world.experts, good.astype(float), np.nan),
        factors={name: Codes(tuple(world.levels[name]), rows.codes[name]) for name in FACTORS},
        user=rows.user,
        at=at,
    )
    return Drawn(thumbs, rows.sycophantic)


def stream(world: World, n: int, rng: np.random.Generator, *, began: float = 0.0) -> Thumbed:
    """`n` thumbs of `world` as they are labelled."""
    return draw(world, n, rng, began=began).thumbs


def series(parts: Sequence[tuple[World, int]], rng: np.random.Generator) -> Thumbed:
    """The worlds one after the other, so many thumbs of each."""
    drawn, began = [], 0.0
    for world, n in parts:
        drawn.append(stream(world, n, rng, began=began))
        began += n * DAY / world.per_day
    return Thumbed.joined(*drawn)


@dataclass(frozen=True, eq=False)
class _Rows:
    """What happened, before anybody labelled it."""

    codes: Mapping[str, Small]
    sycophantic: Mask
    correct: Array
    warm: Array
    up: Mask
    user: npt.NDArray[np.int64]

    def where(self, kept: npt.NDArray[np.int64]) -> "_Rows":
        codes = {name: code[kept] for name, code in self.codes.items()}
        return _Rows(codes, self.sycophantic[kept], self.correct[kept], self.warm[kept], self.up[kept], self.user[kept])


def _together(parts: Sequence[_Rows]) -> _Rows:
    columns = ("sycophantic", "correct", "warm", "up", "user")
    joined = [np.concatenate([getattr(part, name) for part in parts]) for name in columns]
    return _Rows({name: np.concatenate([part.codes[name] for part in parts]) for name in FACTORS}, *joined)


def _clicked(world: World, n: int, rng: np.random.Generator) -> _Rows:
    """The turns on which somebody left a thumb: all that are drawn, if nobody is keener than others."""
    if world.keener <= 1:
        return _turns(world, np.arange(n, dtype=float), rng)
    parts: list[_Rows] = []
    found = 0
    while found < n:
        # Which thumb a turn would be is known only when those before it are: a drift begins at most _TURNS turns late.
        rows = _turns(world, np.full(_TURNS, float(found)), rng)
        asked = rows.codes["solicited"] == tuple(world.levels["solicited"]).index("yes")
        leaves = asked | (rows.sycophantic & rows.up) | (rng.random(_TURNS) < 1 / world.keener)
        parts.append(rows.where(np.flatnonzero(leaves)[: n - found]))
        found += len(parts[-1].up)
    return _together(parts)


def _turns(world: World, event: Array, rng: np.random.Generator) -> _Rows:
    n = len(event)
    codes = {name: _levels(world.levels[name], n, rng) for name in FACTORS}
    flattered = float(logit(world.prevalence)) + _added(world, codes, "flattered")
    s = rng.random(n) < expit(flattered)
    correct = (rng.random(n) < np.where(s, *world.right)).astype(float)
    warm = np.clip(np.rint(2 * (rng.normal(0, 0.6, n) + world.warmth + world.warmer * s)) / 2, -1, 1)
    user = (world.users * rng.random(n) ** 1.5).astype(np.int64)
    odds = world.base + _added(world, codes, "up") + world.correct * correct + world.warm * warm
    odds += s * (world.effect + _added(world, codes, "effect") + _drifted(world, codes, event))
    if world.stubborn:
        odds += world.stubborn * _leanings(world.users)[user]
    up = rng.random(n) < expit(odds)
    if world.bots:
        unasked = codes["solicited"] == tuple(world.levels["solicited"]).index("no")
        bot = unasked & (rng.random(n) < world.bots)
        up, user = up | bot, np.where(bot, world.users + rng.integers(_BOTS, size=n), user)
    return _Rows(codes, s, correct, warm, up, user)


def _levels(levels: Mapping[str, Level], n: int, rng: np.random.Generator) -> Small:
    shares = np.cumsum([level.share for level in levels.values()])
    drawn: Small = np.searchsorted(shares / shares[-1], rng.random(n), side="right").astype(np.int16)
    return drawn


def _added(world: World, codes: Mapping[str, Small], what: str) -> Array:
    """The sum (n,) over factors of what each event's levels add."""
    total = np.zeros(len(codes["segment"]))
    for name in FACTORS:
        table = np.array([getattr(level, what) for level in world.levels[name].values()])
        if table.any():
            total += table[codes[name]]
    return total


def _drifted(world: World, codes: Mapping[str, Small], event: Array) -> Array | float:
    if world.drift is None:
        return 0.0
    size = world.drift.at(event)
    if world.drift.where is None:
        return size
    factor, level = world.drift.where
    hit: Array = size * (codes[factor] == tuple(world.levels[factor]).index(level))
    return hit


def _leanings(users: int) -> Array:
    """How each user leans: the same in every stream, since they are the same people."""
    return np.random.default_rng(users).normal(size=users)
