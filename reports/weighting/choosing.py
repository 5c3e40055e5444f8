"""Choices and thumbs as statistics take them, each response with the best label that it has."""

from collections.abc import Callable

from reports.reading.choices import Decided, Thumbs
from reports.reading.labels import Floats
from stats.preferences import Pairs
from stats.preferences import Thumbs as Given

LABELS = ("correct", "sycophantic", "cold")


def pairs_of(decided: Decided) -> Pairs:
    """Comparisons that were decided."""
    return Pairs(
        deltas=deltas(decided, decided.judged.labels.best) | {"length": delta(decided, decided.judged.length)},
        outcome=decided.preference,
        prompt=decided.prompt,
        chooser=decided.chooser,
        position=decided.position if decided.position.any() else None,
        memory=decided.memory.astype(float),
        weight=decided.weight,
    )


def thumbs_of(thumbs: Thumbs) -> Given:
    """Thumbs that were given."""
    judged, at = thumbs.judged, thumbs.response
    return Given(
        labels={name: judged.labels.best(name)[at] for name in LABELS} | {"length": judged.length[at]},
        value=thumbs.value,
        user=thumbs.user,
        solicited=thumbs.solicited,
        memory=thumbs.memory.astype(float),
        weight=thumbs.weight,
    )


def deltas(decided: Decided, values: Callable[[str], Floats]) -> dict[str, Floats]:
    """First minus second of each label, whose values (n,) are those of the responses judged."""
    return {name: delta(decided, values(name)) for name in LABELS}


def delta(decided: Decided, values: Floats) -> Floats:
    """First minus second of values (n,) of the responses judged: (N,)."""
    difference: Floats = values[decided.first] - values[decided.second]
    return difference
