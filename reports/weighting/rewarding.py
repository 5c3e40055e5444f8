"""What each signal rewards: its quirk card, from its scores in the pool or from what its own people chose."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from reports.models import RewardSignal
from reports.reading.choices import Decided
from reports.reading.labels import Floats
from reports.reading.pools import Read
from reports.weighting.choosing import LABELS, delta, deltas, pairs_of, thumbs_of
from reports.weighting.material import Material
from stats.correcting import correction
from stats.poolpairs import Within, pool_pairs
from stats.pools import UnusableSignal
from stats.preferences import Pairs
from stats.quirks import card, empty_card
from stats.thumbing import thumb_card


def part(material: Material) -> dict[str, Any]:
    """A card for each registered signal; a signal of which nothing is known has one that says so."""
    thumbed = None
    if material.thumbs is not None:
        thumbed = thumb_card(thumbs_of(material.thumbs)).as_json()
    return {
        "quirks": [
            _card(material, signal) | {"thumbs": thumbed if signal.kind == RewardSignal.Kind.THUMBS else None}
            for signal in material.found.signals.values()
        ]
    }


def _card(material: Material, signal: RewardSignal) -> dict[str, Any]:
    read = material.read
    decided = material.decided.get(signal.kind)
    if read is not None and read.scored.get(signal.key):
        try:
            pairs, noisy, gold = _scored(read, signal)
        except UnusableSignal as refused:
            return empty_card(refused).as_json() | {"corrected": None}
        chance = _chance(_pairwise(read, signal, read.labels.probability, np.minimum))
    elif decided is not None:
        pairs, noisy, gold = _chosen(decided)
        probability = decided.judged.labels.probability
        chance = _chance(np.minimum(probability[decided.first], probability[decided.second]))
    else:
        return {"signal": signal.key, "missing": _("This signal has scored no response, and nobody's choices are its.")}
    return card(signal.key, pairs).as_json() | {"corrected": _corrected(noisy, gold, chance)}


def _scored(read: Read, signal: RewardSignal) -> tuple[Pairs, Pairs, dict[str, Floats]]:
    """The pool's pairs as the signal's scores choose, the same with labels that are not an expert's, and experts'."""
    directed = replace(read.pool, scores=read.pool.scores * float(signal.direction))
    pairs, labels = pool_pairs(directed, signal.key), read.labels
    noisy = {name: _pairwise(read, signal, labels.without_gold(name), np.subtract) for name in LABELS}
    gold = {name: _pairwise(read, signal, labels.by["gold", name], np.subtract) for name in LABELS}
    return pairs, replace(pairs, deltas={**pairs.deltas, **noisy}), gold


def _pairwise(read: Read, signal: RewardSignal, values: Floats, joined: np.ufunc) -> Floats:
    """A number for each pair that the signal has scored, from its responses' `values` (n,)."""
    within = Within.of(read.pool.present)
    scored = np.isfinite(within.delta(read.pool.scores[read.pool.signals.index(signal.key)]))
    cube = read.cube(values)
    found: Floats = joined(cube[within.first, within.prompt], cube[within.second, within.prompt])[scored]
    return found


def _chosen(decided: Decided) -> tuple[Pairs, Pairs, dict[str, Floats]]:
    """The same for choices that people made."""
    pairs, labels = pairs_of(decided), decided.judged.labels
    noisy = deltas(decided, labels.without_gold)
    gold = {name: delta(decided, labels.by["gold", name]) for name in LABELS}
    return pairs, replace(pairs, deltas={**pairs.deltas, **noisy}), gold


def _corrected(noisy: Pairs, gold: Mapping[str, Floats], chance: Floats) -> dict[str, Any] | None:
    """The coefficients as experts would have labelled; None where all labels are experts', or none is."""
    both = np.all([np.isfinite(column) for column in gold.values()], axis=0)
    rough = np.all([np.isfinite(noisy.deltas[name]) for name in LABELS], axis=0)
    if not both.any() or not rough.any():
        return None
    # Probabilities that are all alike say no more than the share that was drawn, and that is of pairs, not responses.
    uniform = np.unique(np.round(chance[both & np.isfinite(chance)], 9)).size <= 1
    drawn = float((both & rough).sum() / rough.sum())
    known = np.full(both.shape, drawn) if uniform else np.where(np.isfinite(chance), chance, drawn)
    said = correction(noisy, gold, known).as_json()
    return {**said["coefficients"], "pairs": said["pairs"], "gold": said["gold"], "missing": said["missing"]}


def _chance(probability: Floats) -> Floats:
    return np.where((probability > 0) & (probability <= 1), probability, np.nan)
