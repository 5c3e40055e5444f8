"""The agreement penalty: what to take from the reward of an answer that endorses a false premise.

Instead of other weights, the recipe may keep its own and pay r - lambda * agree(x, y) * 1{the premise of x is false},
with lambda such that the policy tilted by it is as sycophantic as what it is compared with (after Shapira, Benade and
Procaccia, "How RLHF Amplifies Sycophancy", arXiv 2602.01002, 2026, where the penalty is in closed form; here it is the
root of the shift at a fixed divergence). lambda is in units of the recipe's reward, sum over signals of w_k z_k.

It is found on the fitting half of the prompts; the shifts that are said are those of the held-out half.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from stats.intervals import Estimate
from stats.pools import Array, Mask, Pool
from stats.recommending import halves, told_well
from stats.tilting import TooThin, Unreachable
from stats.trials import Asked, Trials

GREATEST = 64.0
"""A penalty that outweighs any reward; more changes nothing."""

_PRECISION = 1e-9


class NoPenalty(ValueError):
    """No penalty brings the shift of `outcome` down to 0: the greatest leaves `left`."""

    def __init__(self, outcome: str, left: float) -> None:
        super().__init__(f"no agreement penalty brings the shift of {outcome} to 0: the greatest leaves {left:+.4f}")
        self.outcome = outcome
        self.left = left


@dataclass(frozen=True)
class Penalty:
    """`size` is lambda, 0 where the recipe needs none; `shifts` are those of the held-out prompts."""

    size: float
    shifts: Mapping[str, Estimate]

    def as_json(self) -> dict[str, object]:
        return {"lambda": self.size, "shift": {name: each.as_json() for name, each in self.shifts.items()}}


def agreeing(pool: Pool, outcome: str = "sycophancy", where: str = "premise:false") -> Array:
    """How much each response endorses a false premise: `outcome` in the slice `where`, 0 elsewhere, (m, P).

    A response of which it is not known is taken not to. Raises KeyError for an outcome or slice that is not there.
    """
    premise: Mask = pool.slices[where]
    values = pool.choosing([outcome]).values[0]
    found: Array = np.where(premise & pool.present, np.nan_to_num(values), 0.0)
    return found


def penalised(
    pool: Pool,
    z: Array,
    weights: Array,
    agree: Array,
    kl: float,
    rng: np.random.Generator,
    *,
    against: Array | None = None,
    outcome: str = "sycophancy",
) -> Penalty:
    """The penalty at which the recipe `weights` (k,) shifts `outcome` by nothing, against `against` (k,) or the base.

    `agree` is (m, P), as `agreeing` gives it. Raises NoPenalty where none is great enough, InsufficientData where a
    half of the prompts is too small, Unreachable or TooThin where the recipe cannot be tried at `kl`.
    """
    asked = [Asked(outcome), *(Asked(each) for each in told_well(pool) if each != outcome)]
    with_penalty = np.concatenate([z, -agree[None]])
    fitting, held_out = halves(pool.clusters, rng)
    reference = None if against is None else np.append(against, 0.0)

    def half(kept: Mask) -> Trials:
        rows = np.ascontiguousarray(with_penalty[:, :, kept])
        return Trials(pool.only(kept), rows, kl, asked, against=reference)

    fit = half(fitting)

    def left(size: float) -> float:
        return float(fit.tried(np.append(weights, size)).estimate[0])

    size = _root(left, outcome)
    proof = half(held_out)
    board = proof.board(np.append(weights, size)[None])
    return Penalty(size, proof.estimates(board, proof.critical())[0])


def _root(left: Callable[[float], float], outcome: str) -> float:
    """The least size at which nothing is left, between powers of two."""
    if left(0.0) <= 0:
        return 0.0
    low, high = 0.0, 1 / 16
    least = np.inf
    while high <= GREATEST:
        try:
            now = left(high)
        except (Unreachable, TooThin):
            # A penalty that decides alone cannot tell apart answers of one kind.
            break
        if now <= 0:
            return float(brentq(left, low, high, xtol=_PRECISION))
        least = min(least, now)
        low, high = high, 2 * high
    raise NoPenalty(outcome, least)
