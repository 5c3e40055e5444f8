"""What if: a recipe's shift over the share that users' feedback has in it, and over the pressure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stats.intervals import Estimate, Rounds
from stats.mixtures import UnusableRecipe, normalised
from stats.pools import Array, Mask, Pool
from stats.tilting import LEAST_EFFECTIVE, Drawn, TooThin, Unreachable, drawn, estimates

SHARES = tuple(float(share) for share in np.linspace(0, 1, 21))
PRESSURES = (0.02, 0.05, 0.10, 0.193, 0.25, 0.40, 0.636, 0.90)


@dataclass(frozen=True, slots=True)
class Point:
    """The shift at one place of a curve; without one, `missing` says why."""

    at: float
    shift: dict[str, Estimate] | None
    effective_share: float | None
    missing: str | None = None


def with_share(weights: Array, feedback: Mask, share: float) -> Array:
    """The weights (k,) with `share` of their absolute sum on the signals in `feedback` (k,), the others in proportion.

    Where the recipe gives one of the two sides no weight, that side's signals get equal ones. Raises UnusableRecipe
    for a share outside of 0 to 1, or for a share of signals that are not there.
    """
    if not 0 <= share <= 1:
        raise UnusableRecipe("a share lies between 0 and 1")
    found = np.zeros_like(weights)
    for side, part in ((feedback, share), (~feedback, 1 - share)):
        if not part:
            continue
        if not side.any():
            raise UnusableRecipe("there are no signals to take that share")
        own = np.where(side, weights, 0.0)
        found += part * normalised(own if own.any() else side.astype(np.float64))
    return found


def what_if(
    pool: Pool,
    z: Array,
    weights: Array,
    feedback: Mask,
    *,
    kl: float,
    rounds: Rounds,
    reference: Array | None = None,
    shares: Sequence[float] = SHARES,
) -> list[Point]:
    """The shift against `reference` (or the base policy) over the share of users' feedback, at one pressure.

    Raises Unreachable and TooThin for the reference.
    """
    at_rest = _reference(pool, z, reference, kl, rounds)
    return [_point(pool, z, with_share(weights, feedback, share), share, kl, rounds, at_rest) for share in shares]


def pressure(
    pool: Pool,
    z: Array,
    weights: Array,
    *,
    rounds: Rounds,
    reference: Array | None = None,
    pressures: Sequence[float] = PRESSURES,
) -> list[Point]:
    """The shift against `reference` (or the base policy) over the divergence, both at the same one."""
    found = []
    for kl in pressures:
        try:
            at_rest = _reference(pool, z, reference, kl, rounds)
        except (Unreachable, TooThin) as why:
            found.append(_nothing(kl, why))
        else:
            found.append(_point(pool, z, weights, kl, kl, rounds, at_rest))
    return found


def _reference(pool: Pool, z: Array, weights: Array | None, kl: float, rounds: Rounds) -> Array:
    if weights is None:
        return np.zeros((1 + rounds.counts.shape[0], len(pool.outcomes)))
    return _borne(pool, z, weights, kl, rounds).values


def _point(pool: Pool, z: Array, weights: Array, at: float, kl: float, rounds: Rounds, at_rest: Array) -> Point:
    try:
        found = _borne(pool, z, weights, kl, rounds)
    except (Unreachable, TooThin) as why:
        return _nothing(at, why)
    return Point(at, estimates(pool, found.values - at_rest), found.effective_share)


def _borne(pool: Pool, z: Array, weights: Array, kl: float, rounds: Rounds) -> Drawn:
    found = drawn(pool, z, weights, kl, rounds)
    if found.effective_share < LEAST_EFFECTIVE:
        raise TooThin(found.effective_share, kl)
    return found


def _nothing(at: float, why: Unreachable | TooThin) -> Point:
    return Point(at, None, why.share if isinstance(why, TooThin) else None, str(why))
