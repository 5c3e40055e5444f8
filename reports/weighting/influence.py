"""How much each signal has to say before and after, which way it pushes, and what is left of the brake."""

from typing import Any

from django.utils.translation import gettext as _

from reports.weighting.ground import Ground
from stats.influence import (
    NothingToBrake,
    brake_reserve,
    flipped_pairs,
    pivotality,
    rank_changes,
    shares,
    slopes,
)
from stats.intervals import interval
from stats.pools import Array, known


def part(ground: Ground) -> dict[str, Any]:
    """Influence shares, pivotality, first-order pushes and the brake reserve, with what the export would see."""
    pool, z, column = ground.pool, ground.z, ground.mover.of("sycophancy")
    clusters = pool.clusters[known(pool)[column]]
    terms = {
        name: slopes(pool, z, weights, ground.rounds)[:, column]
        for name, weights in (("before", ground.reference), ("after", ground.recipe))
    }
    reserve: dict[str, Any] = {}
    missing = []
    for name, words in (("before", _("the reference")), ("after", _("the recipe"))):
        try:
            reserve[name] = brake_reserve(terms[name], clusters).as_json()
        except NothingToBrake:
            reserve[name] = None
            missing.append(
                _("No signal of %(recipe)s surely pushes sycophancy up, so there is no brake reserve to speak of.")
                % {"recipe": words}
            )
    slope = {
        signal: interval(float(terms["after"][0, k]), terms["after"][1:, k], clusters).as_json()
        for k, signal in enumerate(pool.signals)
    }
    return {
        "influence": {
            "before": _named(ground, shares(z, pool.present, ground.reference)),
            "after": _named(ground, shares(z, pool.present, ground.recipe)),
            "pivotality": _named(ground, pivotality(z, pool.present, ground.recipe)),
            "brake_reserve": reserve,
            "slope": slope,
        },
        "missing": missing,
    }


def before_export(ground: Ground) -> dict[str, Any]:
    """How many preferences and ranks of the pool the recipe turns round, against the reference."""
    z, present = ground.z, ground.pool.present
    return {
        "before_export": {
            "flipped_pairs": flipped_pairs(z, present, ground.reference, ground.recipe),
            "rank_changes": rank_changes(z, present, ground.reference, ground.recipe),
        }
    }


def _named(ground: Ground, values: Array) -> dict[str, float]:
    return dict(zip(ground.pool.signals, map(float, values), strict=True))
