"""The shift of a recipe in each slice of the prompts, with intervals that hold for all slices at once.

Of a dozen intervals of 95 %, one or two miss while each looks like the one that counts. So all are widened together:
over the rounds of the bootstrap, the greatest deviation of any slice, in standard errors of its own, is under some
value in 95 of 100 rounds, and each interval reaches that far (max-t: Westfall and Young, *Resampling-Based Multiple
Testing*, 1993; Romano and Wolf, *Econometrica* 73, 2005). Slices overlap (memory and domain divide the same prompts),
and since the rounds are shared, what the overlap saves is saved. A slice of few families is known less well than its
standard error says: the value is taken at the same probability from t with its own degrees of freedom.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from stats.intervals import Estimate, Rounds
from stats.pools import LEAST_PROMPTS, Array, Mask, Pool, known, varying
from stats.tilting import resampled, shift

KINDS = ("memory", "domain", "segment")

LEAST_FAMILIES = 30
"""A slice of fewer prompts (or families of them) is refused."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The shift in one slice, as "domain" and "health", or about how many more of its prompts are `needed`."""

    kind: str
    level: str
    prompts: int
    shift: Estimate | None
    needed: int | None = None

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.level}"

    def as_json(self, outcome: str = "sycophancy") -> dict[str, object]:
        return {
            "kind": self.kind,
            "level": self.level,
            "prompts": self.prompts,
            outcome: None if self.shift is None else self.shift.as_json(),
            "needed_prompts": self.needed,
        }


def sliced(
    pool: Pool,
    z: Array,
    weights: Array,
    kl: float,
    rounds: Rounds,
    *,
    against: Array | None = None,
    outcome: str = "sycophancy",
    kinds: Sequence[str] = KINDS,
    widest: float | None = None,
) -> tuple[Slice, ...]:
    """The shift of `outcome` in each slice of these kinds, in the order of the pool's slices.

    `weights` and `against` are (k,); the shift is against the policy of `against` where it is given, else against the
    base. Refused are slices of fewer than LEAST_FAMILIES families, those in which the outcome hardly ever differs
    between responses, and those whose interval reaches farther than `widest` to either side. Raises what `shift`
    raises, and KeyError for an outcome that the pool does not have.
    """
    chosen = pool.choosing([outcome])
    told, tells = known(chosen)[0], varying(chosen)[0]
    names = [name for name in pool.slices if name.partition(":")[0] in kinds]
    masks = [pool.slices[name] & told for name in names]
    families = [int(np.unique(pool.clusters[mask]).size) for mask in masks]
    missing = [_missing(mask, count, int((mask & tells).sum())) for mask, count in zip(masks, families, strict=True)]
    large = [row for row, lack in enumerate(missing) if not lack]
    found: dict[int, Estimate] = {}
    if large:
        part = pool.sliced(outcome, [names[row] for row in large])
        estimate, values = _paired(part, z, weights, against, kl, rounds)
        halves = _reach(values, np.array([families[row] for row in large]))
        for row, mid, half in zip(large, estimate, halves, strict=True):
            prompts = int(masks[row].sum())
            found[row] = Estimate(float(mid), float(mid - half), float(mid + half), prompts)
    return tuple(
        _said(name, int(mask.sum()), found.get(row), missing[row], widest)
        for row, (name, mask) in enumerate(zip(names, masks, strict=True))
    )


def worst(slices: Sequence[Slice], kind: str = "segment") -> Slice | None:
    """The slice of this kind with the greatest shift, among those that are not refused; None where all are."""
    answered = [each for each in slices if each.kind == kind and each.shift is not None]
    return max(answered, key=lambda each: each.shift.estimate if each.shift else -np.inf, default=None)


def _paired(
    part: Pool, z: Array, weights: Array, against: Array | None, kl: float, rounds: Rounds
) -> tuple[Array, Array]:
    """The shifts (s,) and their values in the rounds (B, s)."""
    estimate, values = shift(part, z, weights, kl).estimate, resampled(part, z, weights, kl, rounds)
    if against is None:
        return estimate, values
    return estimate - shift(part, z, against, kl).estimate, values - resampled(part, z, against, kl, rounds)


def _reach(values: Array, families: Array, level: float = 0.95) -> Array:
    """How far each interval reaches to either side so that all hold at once: (s,) from rounds (B, s)."""
    deviation = values - values.mean(axis=0)
    error = values.std(axis=0, ddof=1)
    # A recipe that is its own reference shifts nothing, in any round.
    scaled = np.abs(deviation) / np.where(error > 0, error, 1.0)
    greatest = max(float(np.quantile(scaled.max(axis=1), level)), float(ndtri((1 + level) / 2)))
    # Drawing g of g clusters understates the variance by (g - 1)/g.
    reach: Array = error * np.sqrt(families / (families - 1)) * stdtrit(families - 1, float(ndtr(greatest)))
    return reach


def _missing(mask: Mask, families: int, telling: int) -> int:
    """How many more prompts a slice needs before anything is said of it, 0 where it has enough.

    It takes LEAST_FAMILIES families, and LEAST_PROMPTS prompts whose responses are not all alike.
    """
    prompts = int(mask.sum())
    more = (LEAST_FAMILIES - families) * (prompts / families if families else 1.0)
    if telling < LEAST_PROMPTS:
        more = max(more, (LEAST_PROMPTS - telling) * (prompts / telling if telling else 1.0))
    return max(0, int(np.ceil(more)))


def _said(name: str, prompts: int, found: Estimate | None, missing: int, widest: float | None) -> Slice:
    kind, _, level = name.partition(":")
    if found is None:
        return Slice(kind, level, prompts, None, missing)
    half = found.high - found.estimate
    if widest is not None and half > widest:
        return Slice(kind, level, prompts, None, int(np.ceil(prompts * ((half / widest) ** 2 - 1))))
    return Slice(kind, level, prompts, found)
