"""The coefficients of a quirk card as gold labels would give them, from a random part of the pairs that has some."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stats.logistic import Unfittable
from stats.pools import Array
from stats.preferences import LABELS, Pairs, pair_rows
from stats.quirks import SHOWN, Values, as_json
from stats.sufficiency import InsufficientData
from stats.twophase import LEAST_PER_COLUMN, corrected
from stats.wording import listed, refusal


@dataclass(frozen=True, slots=True)
class Correction:
    """Corrected coefficients on the logit; `gold` of the `pairs` had gold labels.

    None is not known; `missing` says why.
    """

    coefficients: Values
    pairs: int
    gold: int
    missing: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "coefficients": as_json(self.coefficients),
            "pairs": self.pairs,
            "gold": self.gold,
            "missing": " ".join(self.missing) or None,
        }


def correction(pairs: Pairs, gold: Mapping[str, Array], chance: Array) -> Correction:
    """The correction of `pairs` by `gold`: deltas (n,) by the names of LABELS, nan where a pair was not drawn.

    `chance` (n,) is the probability with which a pair was to be drawn for gold. A label without gold keeps the one that
    it has. Never raises for what the data lack.
    """
    given = {name: column for name, column in gold.items() if np.isfinite(column).any()}
    rows = pair_rows(pairs)
    true = pair_rows(replace(pairs, deltas={**pairs.deltas, **given}))
    shared = [name for name in rows.design.names if name in true.design.names]
    both = true.kept & rows.kept & np.isfinite(chance) & (chance > 0)
    noisy = rows.design.without([name for name in rows.design.names if name not in shared])
    checked = true.design.without([name for name in true.design.names if name not in shared]).where(both[true.kept])
    kept = pairs.where(rows.kept)
    missing = []
    plain = [name for name in LABELS if name in shared and name != "length" and name not in given]
    if plain:
        missing.append(f"There are no gold labels of {listed(plain)}, which are taken as they are.")
    try:
        if not given:
            raise InsufficientData(needed=LEAST_PER_COLUMN * len(rows.design.names), unit="gold labels")
        found = corrected(noisy, checked, both[rows.kept], chance[rows.kept], kept.ways())
    except (Unfittable, InsufficientData) as refused:
        return Correction(
            dict.fromkeys(SHOWN), len(noisy.y), int(both.sum()), (*missing, f"Correction: {refusal(refused, 'pairs')}")
        )
    spread = np.diag(found.sure.covariance)
    values = {
        name: found.sure.estimate(float(b), float(v), len(noisy.y))
        for name, b, v in zip(found.names, found.coefficients, spread, strict=True)
    }
    return Correction({name: values.get(name) for name in SHOWN}, len(noisy.y), found.gold, tuple(missing))
