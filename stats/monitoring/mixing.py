"""Whether the mix of events is what it was (M6): segments, topics, languages, memory and arms. For display.

With shares p of a factor's levels in the reference of N events and q among the last n,

    PSI = Σ (q - p) log(q / p),    JS = (KL(p ‖ m) + KL(q ‖ m)) / 2 in bits, m = (p + q) / 2,

each level having half an event more so that none is empty. Levels that the reference does not have or has too many of
are one level, and one that is not known is another. The limits of PSI, NOTED and WARNED, are customary, not derived:
the page says so. A chi-square test of both samples stands beside it, adjusted over the factors (Holm, *Scandinavian
Journal of Statistics* 6, 1979); it takes events for independent and so finds too much where people give many thumbs.

The interval of PSI: PSI nN/(n + N) is about a noncentral chi-square whose noncentrality is that of the true PSI, with
one degree of freedom less than levels (both are the chi-square distance to second order), so that its bounds are those
noncentralities at which what is seen is at the 97.5 % and the 2.5 % point.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import chdtrc, chndtr, chndtrinc, rel_entr

from stats.intervals import Estimate
from stats.monitoring import paths, standing
from stats.monitoring.blocks import pieces, take_note, until_end
from stats.monitoring.declared import Declared, Reading, State
from stats.multiplicity import holm
from stats.pools import Array, Whole
from stats.thumbed import Thumbed

WATCHED = ("segment", "domain", "language", "memory", "arm")
BLOCK = 1000
LEAST = 500
"""A block with fewer events, as the first may be after a reset, stays open for those of the next one too."""
RECENT = 2
"""So many blocks make the mix of now."""
MOST_LEVELS = 30
"""Levels of a factor that are followed one by one: the most frequent ones of the reference."""
NOTED, WARNED = 0.1, 0.25

NOT_KNOWN, OTHERS = "(not known)", "(new or rare)"


class Mixing:
    """M6."""

    key = "M6"

    def start(self, declared: Declared, reference: Thumbed) -> State:
        """The state after the reference, of which every mix is one that can be."""
        levels = {name: _levels(reference, name) for name in WATCHED}
        return {
            "events": 0,
            "last": None,
            "levels": levels,
            "reference": _counts(reference, levels),
            "open": _zeros(levels),
            "recent": [],
            **standing.blank(),
            "path": paths.blank(BLOCK),
        }

    def step(self, declared: Declared, state: State, events: Thumbed, first: int) -> State:
        after = copy.deepcopy(state)
        take_note(after, first, len(events))
        codes = {name: _placed(events, name, after["levels"][name]) for name in WATCHED}
        for piece, last in pieces(len(events), first, BLOCK):
            for name in WATCHED:
                counts = np.bincount(codes[name][piece], minlength=len(after["open"][name])).tolist()
                after["open"][name] = [a + b for a, b in zip(after["open"][name], counts, strict=True)]
            if last is not None and _held(after) >= LEAST:
                after["recent"] = [*after["recent"], after["open"]][-RECENT:]
                after["open"] = _zeros(after["levels"])
                distances = _distances(after)
                name = max(distances, key=lambda one: distances[one])
                furthest = distances[name]
                standing.move(after, standing.judged(furthest, NOTED, WARNED), last, alarms=False)
                at = float(events.at[piece.stop - 1])
                paths.offer(after["path"], last, at, psi_interval(*_sides(after, name)), furthest, furthest / NOTED)
        return after

    def reading(self, declared: Declared, state: State) -> Reading:
        """The PSI of the factor that moved most, and `segments` with all factors."""
        distances = _distances(state)
        furthest = max(distances, key=lambda name: distances[name], default=None)
        return Reading(
            standing=state["standing"],
            value=psi_interval(*_sides(state, furthest)) if furthest else None,
            statistic=distances[furthest] if furthest else 0.0,
            threshold=WARNED,
            warning=distances[furthest] / NOTED if furthest else 0.0,
            since=state["since"],
            events=state["events"],
            path=paths.path(state["path"]),
            segments=_said(state) if furthest else {},
            needed=None if furthest else _needed(state),
        )


def psi(before: Array, now: Array) -> float:
    """The population stability index of counts (k,) before and now."""
    there = (before + now) > 0
    p, q = _shares(before[there]), _shares(now[there])
    return float(((q - p) * np.log(q / p)).sum())


def jensen_shannon(before: Array, now: Array) -> float:
    """The Jensen-Shannon divergence in bits, 0 for the same shares and 1 for shares of different levels."""
    p, q = before / before.sum(), now / now.sum()
    middle = (p + q) / 2
    return float((rel_entr(p, middle) + rel_entr(q, middle)).sum() / 2 / np.log(2))


def chi_square(before: Array, now: Array) -> tuple[float, float]:
    """Pearson's statistic for the same shares in both samples, and its p; 0 and 1 for a single level."""
    there = (before + now) > 0
    table = np.stack([before[there], now[there]]).astype(float)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    freedom = int(there.sum()) - 1
    return statistic, float(chdtrc(freedom, statistic)) if freedom else 1.0


def psi_interval(before: Array, now: Array) -> Estimate:
    """PSI with its interval, from the events of now."""
    there = int(((before + now) > 0).sum())
    n, size = float(now.sum()), float(before.sum())
    worth = n * size / (n + size)
    seen, freedom = psi(before, now) * worth, max(1, there - 1)
    low = _noncentrality(seen, freedom, 0.975) / worth
    # Shares that are nearer to each other than by chance do not show that nothing moved.
    high = _noncentrality(max(seen, freedom), freedom, 0.025) / worth
    return Estimate(seen / worth, min(low, seen / worth), max(high, seen / worth), int(n))


def _noncentrality(seen: float, freedom: int, at: float) -> float:
    """That at which a noncentral chi-square is at most `seen` with the chance `at`; 0 where even none is too much."""
    return 0.0 if chndtr(seen, freedom, 0.0) <= at else float(chndtrinc(seen, freedom, at))


def _shares(counts: Array) -> Array:
    more = counts + 0.5
    shares: Array = more / more.sum()
    return shares


def _levels(reference: Thumbed, name: str) -> list[str]:
    """The factor's levels in the reference, at most MOST_LEVELS of them."""
    codes = reference.factors[name]
    counts = np.bincount(codes.code[codes.code >= 0], minlength=len(codes.levels))
    falling = sorted(range(len(codes.levels)), key=lambda place: (-counts[place], codes.levels[place]))
    return [codes.levels[place] for place in falling if counts[place]][:MOST_LEVELS]


def _placed(events: Thumbed, name: str, levels: Sequence[str]) -> Whole:
    """Each event's place among what is not known, others, and the followed levels."""
    places = events.factors[name].on(tuple(levels)).astype(np.int64)
    return np.where(places < 0, -1 - places, places + 2)


def _names(levels: Sequence[str]) -> list[str]:
    return [NOT_KNOWN, OTHERS, *levels]


def _zeros(levels: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
    return {name: [0] * len(_names(levels[name])) for name in WATCHED}


def _counts(events: Thumbed, levels: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
    return {
        name: np.bincount(_placed(events, name, levels[name]), minlength=len(_names(levels[name]))).tolist()
        for name in WATCHED
    }


def _held(state: State) -> int:
    """How many events the open block has."""
    return sum(state["open"][WATCHED[0]])


def _needed(state: State) -> int:
    left = until_end(state, BLOCK)
    return left if _held(state) + left >= LEAST else left + BLOCK


def _sides(state: State, name: str) -> tuple[Array, Array]:
    """Counts of a factor's levels, before and now."""
    recent = np.array([block[name] for block in state["recent"]], dtype=float).sum(axis=0)
    return np.array(state["reference"][name], dtype=float), recent


def _distances(state: State) -> dict[str, float]:
    """PSI by factor; empty before the first block is full."""
    return {name: psi(*_sides(state, name)) for name in WATCHED} if state["recent"] else {}


def _said(state: State) -> dict[str, dict[str, Any]]:
    tests = {name: chi_square(*_sides(state, name)) for name in WATCHED}
    adjusted = dict(zip(tests, holm([p for _, p in tests.values()]), strict=True))
    said = {}
    for name in WATCHED:
        before, now = _sides(state, name)
        there = (before + now) > 0
        rows = zip(np.array(_names(state["levels"][name]))[there], before[there], now[there], strict=True)
        distance = psi_interval(before, now)
        said[name] = {
            "psi": distance.as_json(),
            "jensen_shannon": jensen_shannon(before, now),
            "chi_square": tests[name][0],
            "p_adjusted": adjusted[name],
            "says": "warn" if distance.estimate > WARNED else "note" if distance.estimate > NOTED else "ok",
            "shares": {str(level): [a / before.sum(), b / now.sum()] for level, a, b in rows},
        }
    return said
