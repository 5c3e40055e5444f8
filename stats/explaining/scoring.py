"""What each thumb says of the effect of sycophancy, all else being as the reference had it.

With the chance p of a thumb up and the projection g of sycophancy s on everything else, both fitted on the reference,

    score = (s - g)(up - p),    information = (s - g)² p (1 - p),

so that the sum of scores over the sum of information is, to first order, by how much the coefficient of s has risen
(Rao's efficient score; Le Cam's one-step estimate). p knows every factor, correctness, warmth, s and what s does with
each segment, arm and memory; g does not know the latter, or a rise everywhere would be taken for theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from stats.logistic import CONSTANT, Design, fit
from stats.pools import Array, Mask, Whole
from stats.thumbed import FACTORS, Codes, Small, Thumbed

MODIFIERS = ("segment", "arm", "memory")
"""What sycophancy does may differ between the levels of these from the beginning on."""

_RIDGE = 0.01
"""Worth a hundredth of an event: levels that were hardly seen keep a finite coefficient."""


@dataclass(frozen=True, eq=False)
class Scored:
    """n thumbs that can be used: their places among all, score, information, log-odds foretold, and levels."""

    places: Whole
    score: Array
    information: Array
    residue: Array
    """(n,) s - g: what of sycophancy nothing else tells."""
    odds: Array
    """(n,) the log-odds that the reference would have given a thumb up."""
    thumbs: Thumbed
    codes: Mapping[str, Small]
    """For each factor (n,) places among `Adjusted.levels`."""

    def __len__(self) -> int:
        return len(self.places)

    def where(self, kept: Mask) -> "Scored":
        """Those thumbs only, `kept` being (n,)."""
        return Scored(
            self.places[kept],
            self.score[kept],
            self.information[kept],
            self.residue[kept],
            self.odds[kept],
            self.thumbs.where(kept),
            {factor: code[kept] for factor, code in self.codes.items()},
        )


@dataclass(frozen=True, eq=False)
class Adjusted:
    """What the reference foretells of a thumb, and of whether a response flatters."""

    levels: Mapping[str, tuple[str, ...]]
    """Of each factor the levels that the reference has."""
    warmth: bool
    """Whether warmth was labelled in the reference."""
    chance: Array
    projection: Array

    @classmethod
    def fitted(cls, reference: Thumbed) -> "Adjusted":
        """Fitted on `reference`. Raises stats.logistic.Unfittable where one outcome or no sycophancy is all there is."""
        levels = {name: _seen(reference.factors[name]) for name in FACTORS}
        warmth = bool(np.isfinite(reference.warm).any())
        rough = cls(levels, warmth, np.empty(0), np.empty(0))
        thumbs = reference.where(rough.usable(reference))
        others, effects = rough._columns(thumbs)
        everything = np.column_stack([others, effects])
        chance = _coefficients(everything, thumbs.up)
        p = expit(everything @ chance)
        weighted = others * (p * (1 - p))[:, None]
        projection = np.linalg.lstsq(weighted.T @ others, weighted.T @ thumbs.sycophantic, rcond=None)[0]
        return cls(levels, warmth, chance, projection)

    def usable(self, thumbs: Thumbed) -> Mask:
        """(n,): which thumbs have all labels, and levels that the reference has."""
        kept = np.isfinite(thumbs.up) & np.isfinite(thumbs.sycophantic) & np.isfinite(thumbs.correct)
        if self.warmth:
            kept = kept & np.isfinite(thumbs.warm)
        for name, levels in self.levels.items():
            kept = kept & (thumbs.factors[name].on(levels) >= 0)
        return kept

    def scored(self, thumbs: Thumbed) -> Scored:
        """The thumbs of these that can be used, scored."""
        kept = self.usable(thumbs)
        used = thumbs.where(kept)
        others, effects = self._columns(used)
        odds = np.column_stack([others, effects]) @ self.chance
        p = expit(odds)
        residue = used.sycophantic - others @ self.projection
        codes = {name: used.factors[name].on(levels) for name, levels in self.levels.items()}
        return Scored(
            np.flatnonzero(kept), residue * (used.up - p), residue**2 * p * (1 - p), residue, odds, used, codes
        )

    def nuisance(self, thumbs: Thumbed) -> Array:
        """The columns (n, k) that a refit has beside what it asks for: all of the above, sycophancy last but them."""
        return np.column_stack(self._columns(thumbs))

    def _columns(self, thumbs: Thumbed) -> tuple[Array, Array]:
        """Everything but sycophancy (n, k), the constant first, and sycophancy alone and with its modifiers (n, m)."""
        codes = {name: thumbs.factors[name].on(levels) for name, levels in self.levels.items()}
        dummies = {
            name: [(codes[name] == place).astype(float) for place in range(1, len(levels))]
            for name, levels in self.levels.items()
        }
        others = [np.ones(len(thumbs)), thumbs.correct, *([thumbs.warm] if self.warmth else [])]
        others += [column for name in FACTORS for column in dummies[name]]
        s = thumbs.sycophantic
        effects = [s, *(s * column for name in MODIFIERS for column in dummies[name])]
        return np.column_stack(others), np.column_stack(effects)


def _seen(codes: Codes) -> tuple[str, ...]:
    count = np.bincount(codes.code[codes.code >= 0], minlength=len(codes.levels))
    return tuple(level for level, number in zip(codes.levels, count, strict=True) if number)


def _coefficients(x: Array, y: Array) -> Array:
    """The logistic coefficients of the columns of `x` that change, 0 for the others; a ridge keeps them finite."""
    moving = np.ptp(x, axis=0) > 0
    moving[0] = True
    names = tuple(CONSTANT if column == 0 else str(column) for column in np.flatnonzero(moving))
    found = fit(Design(names, x[:, moving], y, np.ones(len(y))), ridge=_RIDGE)
    whole = np.zeros(x.shape[1])
    whole[moving] = found.coefficients
    return whole
