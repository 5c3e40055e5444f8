"""Trying many weights on one pool: what each would shift, with its error, in about a millisecond.

The formulas are those of `stats.tilting.shift`; here everything that does not depend on the weights is prepared once,
outcomes within slices share the work of the outcome, and the root of the divergence is found to a thousandth, the rest
being taken out along the influence's own slope (whose error is the square of that thousandth).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from stats.intervals import Estimate
from stats.pools import LEAST_PROMPTS, Array, Mask, Pool, Whole, known, varying
from stats.sufficiency import InsufficientData
from stats.tilting import LEAST_EFFECTIVE, TooThin, Unreachable, reward, tilted

LEVEL = 0.95
"""Of two-sided intervals."""

_DRAWS = 4_000
_NEAR = 1e-3
_FARTHEST = 0.9
_NEWTON = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of weights: the shift of an outcome, in a slice of the prompts or in all."""

    outcome: str
    within: str | None = None

    @property
    def name(self) -> str:
        return self.outcome if self.within is None else f"{self.outcome}, {self.within}"


@dataclass(frozen=True, eq=False)
class Tried:
    """What weights came to: the shift for each thing asked, (r,) and each prompt's influence on it, (r, P)."""

    estimate: Array
    influence: Array


@dataclass(frozen=True, eq=False)
class Board:
    """Many weights and what they came to: `weights` (n, k), `estimate` and `error` (n, r)."""

    weights: Array
    estimate: Array
    error: Array

    def only(self, kept: Mask | Whole) -> "Board":
        return Board(self.weights[kept], self.estimate[kept], self.error[kept])

    def and_also(self, other: "Board") -> "Board":
        """This board with the other's rows below its own."""
        return Board(
            np.concatenate([self.weights, other.weights]),
            np.concatenate([self.estimate, other.estimate]),
            np.concatenate([self.error, other.error]),
        )


class Trials:
    """A pool prepared for trying weights on it.

    Shifts are those of `asked`, against the base policy or, where `against` (k,) is given, against the policy of those
    weights at the same divergence, paired by prompt. `z` is (k, m, P) as `standardised` gives it. Raises
    InsufficientData where too few prompts tell, KeyError for an outcome or a slice that the pool does not have, and
    Unreachable or TooThin for a reference that `tried` refuses.
    """

    def __init__(
        self, pool: Pool, z: Array, kl: float, asked: Sequence[Asked], *, against: Array | None = None
    ) -> None:
        # In the order of clusters, their sums are sums of neighbours.
        order = np.argsort(pool.clusters, kind="stable")
        _, starts = np.unique(pool.clusters[order], return_index=True)
        self.asked = tuple(asked)
        self.kl = kl
        self.total = pool.prompts
        self._starts = starts if starts.size < pool.prompts else None
        self._z = np.ascontiguousarray(z[:, :, order])
        self._present = np.ascontiguousarray(pool.present[:, order])
        self._ragged = not self._present.all()
        self._responses = self._present.sum(axis=0).astype(np.float64)
        self._log_responses = np.log(self._responses)
        self._base = self._present / self._responses
        centred = self._z - (self._z * self._base).sum(axis=1)[:, None, :]
        self._likeness = np.einsum("kmp,jmp,mp->kj", centred, centred, self._base, optimize=True) / pool.prompts
        outcomes = tuple(dict.fromkeys(each.outcome for each in asked))
        chosen = pool.choosing(outcomes)
        told = known(chosen)[:, order]
        self._values = np.where(told[:, None, :] & self._present, chosen.values[:, :, order], 0.0)
        self._outcome = np.array([outcomes.index(each.outcome) for each in asked])
        where = told[self._outcome]
        for row, each in enumerate(asked):
            if each.within is not None:
                where[row] &= pool.slices[each.within][order]
        self._where = where.astype(np.float64)
        self.prompts = where.sum(axis=1)
        self.families = (self._summed(self._where) > 0).sum(axis=1)
        self._enough(where & varying(chosen)[:, order][self._outcome])
        self._against: Tried | None = None
        if against is not None:
            self._against = self.tried(against)

    def _enough(self, telling: Mask) -> None:
        """Where an outcome never differs, no weights can shift it, which is no sign that they are safe."""
        families = (self._summed(telling.astype(np.float64)) > 0).sum(axis=1)
        scarce = int(families.argmin())
        if (few := int(families[scarce])) < LEAST_PROMPTS:
            within = self.asked[scarce].within
            unit = "prompts" if within is None else f"prompts of {within}"
            each = float(self.prompts[scarce]) / few if few else 1.0
            raise InsufficientData(needed=int(np.ceil((LEAST_PROMPTS - few) * each)), unit=unit)

    def tried(self, weights: Array) -> Tried:
        """What these weights (k,) come to. Raises Unreachable, and TooThin where too few responses carry the policy."""
        policy, steep, each, pressure = self._tilt(weights)
        share = float(self._responses.sum() / (self._responses**2 * (policy**2).sum(axis=0)).sum())
        if share < LEAST_EFFECTIVE:
            raise TooThin(share, self.kl)
        moved = (self._values * (policy - self._base)).sum(axis=1)[self._outcome] * self._where
        turned = (self._values * steep).sum(axis=1)[self._outcome] * self._where
        estimate = moved.sum(axis=1) / self.prompts
        slope = turned.sum(axis=1) / (self.prompts * pressure)
        gap = each - self.kl
        told = self.prompts / each.size
        influence = (moved - estimate[:, None] * self._where) / told[:, None] - slope[:, None] * gap
        estimate = estimate - slope * gap.mean()
        if self._against is None:
            return Tried(estimate, influence)
        return Tried(estimate - self._against.estimate, influence - self._against.influence)

    def board(self, weights: Array) -> Board:
        """What each of these weights (n, k) comes to. Left out are those that `tried` refuses."""
        kept: list[int] = []
        estimates: list[Array] = []
        errors: list[Array] = []
        for row, one in enumerate(weights):
            try:
                found = self.tried(one)
            except (Unreachable, TooThin):
                continue
            kept.append(row)
            estimates.append(found.estimate)
            errors.append(self.error(found))
        shape = (len(kept), len(self.asked))
        return Board(weights[kept], np.array(estimates).reshape(shape), np.array(errors).reshape(shape))

    def error(self, found: Tried) -> Array:
        """The standard errors of the shifts (r,), from influence summed within clusters."""
        sums = self._summed(found.influence)
        error: Array = np.sqrt(self.families / (self.families - 1) * (sums**2).sum(axis=1)) / found.influence.shape[1]
        return error

    def critical(self) -> Array:
        """How many standard errors an interval reaches to either side, for each thing asked alone: t, (r,)."""
        return self._reaching(np.full(len(self.asked), (1 + LEVEL) / 2))

    def together(self, weights: Array, rng: np.random.Generator) -> Array:
        """The same where the intervals of all these weights (n, k) are to hold at once, for each thing asked: (r,).

        Weights that are alike miss together, so that what counts is how their influences go together: the value is
        that which the greatest of normal deviations with the same correlations stays under.
        """
        sums = np.stack([self._summed(self.tried(each).influence) for each in weights])
        upper = np.empty(len(self.asked))
        for row in range(upper.size):
            size = np.sqrt((sums[:, row] ** 2).sum(axis=1))
            # What does not move at all cannot miss.
            ways = sums[size > 0, row] / size[size > 0, None]
            values, axes = np.linalg.eigh(ways @ ways.T)
            spread = axes * np.sqrt(np.maximum(values, 0.0))
            greatest = np.abs(rng.standard_normal((_DRAWS, len(ways))) @ spread.T).max(axis=1, initial=0.0)
            upper[row] = ndtr(max(float(np.quantile(greatest, LEVEL)), float(ndtri((1 + LEVEL) / 2))))
        return self._reaching(upper)

    def _reaching(self, upper: Array) -> Array:
        reach: Array = stdtrit(self.families - 1, upper)
        return reach

    def estimates(self, board: Board, reach: Array) -> list[dict[str, Estimate]]:
        """The rows of a board as numbers with intervals of `reach` (r,) errors, by the name of what was asked."""
        return [
            {
                each.name: Estimate(float(mid), float(mid - half), float(mid + half), int(n))
                for each, mid, half, n in zip(self.asked, estimate, halves, self.prompts, strict=True)
            }
            for estimate, halves in zip(board.estimate, board.error * reach, strict=True)
        ]

    def _summed(self, rows: Array) -> Array:
        return rows if self._starts is None else np.add.reduceat(rows, self._starts, axis=1)

    def _tilt(self, weights: Array) -> tuple[Array, Array, Array, float]:
        """The policy (m, P), policy times the reward less its mean (m, P), divergences (P,), and dKL/dbeta."""
        ours = reward(self._z, weights)
        ours -= (np.where(self._present, ours, -np.inf) if self._ragged else ours).max(axis=0)
        if self._ragged:
            ours *= self._present
        spread = float(weights @ self._likeness @ weights)
        beta = float(np.sqrt(2 * self.kl / spread)) if spread > 0 else np.inf
        for _ in range(_NEWTON if np.isfinite(beta) else 0):
            policy, each = self._at(beta, ours)
            steep, spread = self._steep(policy, ours)
            found = max(float(each.mean()), 0.0)
            if abs(found - self.kl) <= _NEAR * self.kl:
                return policy, steep, each, beta * spread
            # The root of the divergence is nearly a straight line in the pressure; where it bends, `tilted` is slower.
            gap = np.sqrt(self.kl) - np.sqrt(found)
            turn = beta**2 * spread
            if 2 * np.sqrt(found) * abs(gap) > _FARTHEST * turn:
                break
            beta *= 1 + 2 * np.sqrt(found) * gap / turn
        exact = tilted(self._z, self._present, weights, self.kl)
        steep, spread = self._steep(exact.policy, ours)
        return exact.policy, steep, exact.kl, exact.beta * spread

    def _at(self, beta: float, ours: Array) -> tuple[Array, Array]:
        tilt = beta * ours
        policy = np.exp(tilt)
        if self._ragged:
            policy *= self._present
        total = policy.sum(axis=0)
        policy /= total
        tilt *= policy
        return policy, tilt.sum(axis=0) - np.log(total) + self._log_responses

    def _steep(self, policy: Array, ours: Array) -> tuple[Array, float]:
        weighted = policy * ours
        mean = weighted.sum(axis=0)
        steep = weighted - policy * mean
        return steep, float((steep * ours).sum() / mean.size)
