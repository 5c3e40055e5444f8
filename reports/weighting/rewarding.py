"""What each signal rewards: a quirk card from its scores in the pool, or from what its own people chose."""

from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from reports.models import RewardSignal
from reports.reading.choices import Decided, Thumbs
from reports.reading.labels import Floats, Labels
from reports.weighting.found import Found
from stats.preferences import Pairs
from stats.preferences import Thumbs as Given

LABELS = {"correct": "correct", "sycophantic": "sycophantic", "cold": "cold"}


def pairs_of(decided: Decided, *, gold: bool = False) -> Pairs:
    """Choices as statistics take them: labels as if there were no experts, or the experts' own with `gold`."""
    judged = decided.judged

    def delta(values: Floats) -> Floats:
        difference: Floats = values[decided.first] - values[decided.second]
        return difference

    return Pairs(
        deltas={name: delta(_label(judged.labels, name, gold)) for name in LABELS} | {"length": delta(judged.length)},
        outcome=decided.preference,
        prompt=decided.prompt,
        chooser=decided.chooser,
        position=decided.position if decided.position.any() else None,
        memory=decided.memory.astype(float),
        weight=decided.weight,
    )


def thumbs_of(thumbs: Thumbs) -> Given:
    """Thumbs as statistics take them."""
    judged, at = thumbs.judged, thumbs.response
    return Given(
        labels={name: judged.labels.best(name)[at] for name in LABELS} | {"length": judged.length[at]},
        value=thumbs.value,
        user=thumbs.user,
        prompt=thumbs.prompt,
        solicited=thumbs.solicited,
        memory=thumbs.memory.astype(float),
        weight=thumbs.weight,
    )


def _label(labels: Labels, name: str, gold: bool) -> Floats:
    return labels.by["gold", name] if gold else labels.best(name)
