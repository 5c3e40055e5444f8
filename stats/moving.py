"""How far recipes move a pool, each computed once however many parts ask, all in the same rounds."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from stats.intervals import Estimate, Rounds
from stats.pools import Array, Pool
from stats.tilting import LEAST_EFFECTIVE, TooThin, drawn, estimates

Move = Callable[["Mover", Array, float], "Moved"]


@dataclass(frozen=True, eq=False, slots=True)
class Moved:
    """How far one recipe moves each outcome from the base policy: (1 + B, d), the estimate first, then the rounds."""

    values: Array
    effective_share: float


@dataclass(eq=False, slots=True)
class Mover:
    """Moves the outcomes of one pool under recipes; `move` computes one that was not asked for before."""

    pool: Pool
    z: Array
    rounds: Rounds
    move: Move
    _known: dict[tuple[bytes, float], Moved] = field(default_factory=dict)

    def moved(self, weights: Array, kl: float) -> Moved:
        """How far these weights (k,) move the pool. Raises Unreachable, TooThin, UnusableOutcome."""
        key = (weights.tobytes(), kl)
        if key not in self._known:
            self._known[key] = self.move(self, weights, kl)
        found = self._known[key]
        if found.effective_share < LEAST_EFFECTIVE:
            raise TooThin(found.effective_share, kl)
        return found

    def base(self, weights: Array, kl: float) -> dict[str, Estimate]:
        """The shifts against the base policy, by outcome."""
        return estimates(self.pool, self.moved(weights, kl).values)

    def between(self, weights: Array, reference: Array, kl: float) -> dict[str, Estimate]:
        """The shifts of a recipe less those of another, both at the same pressure, paired by prompt and by round."""
        return estimates(self.pool, self.difference(weights, reference, kl))

    def difference(self, weights: Array, reference: Array, kl: float) -> Array:
        """The same as numbers: (1 + B, d)."""
        return self.moved(weights, kl).values - self.moved(reference, kl).values

    def of(self, outcome: str) -> int:
        """The outcome's column."""
        return self.pool.outcomes.index(outcome)


def as_scored(mover: Mover, weights: Array, kl: float) -> Moved:
    """Moves a pool whose scores are known."""
    found = drawn(mover.pool, mover.z, weights, kl, mover.rounds)
    return Moved(found.values, found.effective_share)


def rounds_for(pool: Pool, seed: int) -> Rounds:
    """The rounds that everything in one report shares. Raises InsufficientData."""
    return Rounds.drawn(pool.clusters, np.random.default_rng([seed, 1]))
