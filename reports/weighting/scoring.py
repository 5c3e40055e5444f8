"""How each signal comes to a score on every response of the pool: imported, from a shared anchor set, or by a bridge.

An imported score is what a trainer sees, so it stands where there is one. Else, where the signal's own people have
judged the pool's responses themselves, the pool is the anchor set that all sources share, and a response's score is how
often they preferred it, or gave it a thumb up. Else a bridge model of what they chose elsewhere scores the pool.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from reports.models import RewardSignal
from reports.reading.choices import Decided, Thumbs
from reports.reading.labels import Floats
from reports.reading.pools import Read
from reports.weighting.choosing import pairs_of, thumbs_of
from stats.bridging import Bridge, bridge_pairs, bridge_thumbs, features
from stats.intervals import ROUNDS
from stats.liking import ups, wins
from stats.logistic import Unfittable
from stats.pools import Pool
from stats.sufficiency import InsufficientData

ANCHORED = 0.5
"""From this share of prompts on whose responses were all judged, the pool itself is the anchor set."""


@dataclass(frozen=True, eq=False, slots=True)
class Sources:
    """What a signal's own people said: comparisons by the kind of signal, and thumbs."""

    decided: Mapping[str, Decided]
    thumbs: Thumbs | None


@dataclass(frozen=True, eq=False, slots=True)
class Scored:
    """The pool with a score of every signal that has a way to one, by which way, and the bridges by signal."""

    pool: Pool
    scored_by: dict[str, str]
    bridges: dict[str, Bridge]


def scored(read: Read, signals: Mapping[str, RewardSignal], sources: Sources, seed: int) -> Scored:
    """Fill in what was not imported. A signal that has no way to a score keeps none."""
    pool = read.pool
    by = {signal: "imported" for signal, count in read.scored.items() if count}
    bridges: dict[str, Bridge] = {}
    for place, signal in enumerate(pool.signals):
        registered = signals.get(signal)
        if signal in by or registered is None:
            continue
        anchored = _anchored(read, registered, sources)
        if anchored is not None:
            by[signal] = "anchor"
            pool = _with(pool, signal, anchored * float(registered.direction))
            continue
        bridge = _bridge(registered, sources, np.random.default_rng([seed, 4, place]))
        if bridge is not None and bridge.names:
            by[signal], bridges[signal] = "bridge", bridge
            pool = bridged(pool, signal, bridge, float(registered.direction))
    return Scored(pool, by, bridges)


def bridged(pool: Pool, signal: str, bridge: Bridge, direction: float) -> Pool:
    """The pool with the bridge's scores as the signal's; a response that is not labelled gets none."""
    return _with(pool, signal, direction * bridge.scores(features(pool, bridge.names)))


def _with(pool: Pool, signal: str, scores: Floats) -> Pool:
    changed = pool.scores.copy()
    changed[pool.signals.index(signal)] = np.where(pool.present, scores, np.nan)
    return replace(pool, scores=changed)


def _anchored(read: Read, signal: RewardSignal, sources: Sources) -> Floats | None:
    """How each response of the pool was liked, (m, P), if enough prompts were judged whole."""
    found = [
        likes
        for likes in (_wins(sources.decided.get(signal.kind)), _ups(signal, sources.thumbs))
        if likes is not None and likes
    ]
    for likes in found:
        scores = read.cube(np.array([likes.get(pk, np.nan) for pk in read.ids]))
        whole = ~(np.isnan(scores) & read.pool.present).any(axis=0)
        if whole.mean() >= ANCHORED:
            return scores
    return None


def _wins(decided: Decided | None) -> dict[object, float] | None:
    if decided is None:
        return None
    places = decided.judged.responses
    won = wins(decided.first, decided.second, decided.preference, decided.weight, len(places))
    return dict(zip(places, map(float, won), strict=True))


def _ups(signal: RewardSignal, thumbs: Thumbs | None) -> dict[object, float] | None:
    if thumbs is None or signal.kind != RewardSignal.Kind.THUMBS:
        return None
    places = thumbs.judged.responses
    return dict(zip(places, map(float, ups(thumbs.response, thumbs.value, thumbs.weight, len(places))), strict=True))


def _bridge(signal: RewardSignal, sources: Sources, rng: np.random.Generator) -> Bridge | None:
    decided = sources.decided.get(signal.kind)
    try:
        if decided is not None:
            return bridge_pairs(pairs_of(decided), rng, rounds=ROUNDS)
        if sources.thumbs is not None and signal.kind == RewardSignal.Kind.THUMBS:
            return bridge_thumbs(thumbs_of(sources.thumbs), rng, rounds=ROUNDS)
    except (Unfittable, InsufficientData):
        # Its quirk card says why.
        return None
    return None
