"""The pairs of responses in a pool, and which of the two a signal's scores prefer."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from stats.pools import Array, Mask, Pool, UnusableSignal, Whole
from stats.preferences import Pairs

OUTCOMES = {"correctness": "correct", "sycophancy": "sycophantic", "coldness": "cold", "length": "length"}
"""The outcomes of a pool, by the names that pairs have for them."""


@dataclass(frozen=True, slots=True)
class Within:
    """All pairs within the prompts of a pool: places (n,) of the first and second response and of the prompt."""

    first: Whole
    second: Whole
    prompt: Whole

    @classmethod
    def of(cls, present: Mask) -> "Within":
        """The pairs of responses that are there, `present` being (m, P)."""
        pairs = np.array(list(combinations(range(len(present)), 2)), dtype=np.int64).reshape(-1, 2)
        which, prompt = np.nonzero(present[pairs[:, 0]] & present[pairs[:, 1]])
        return cls(pairs[which, 0], pairs[which, 1], prompt)

    def delta(self, values: Array) -> Array:
        """First minus second of `values` (m, P): (n,)."""
        difference: Array = values[self.first, self.prompt] - values[self.second, self.prompt]
        return difference


def outcome_of(pool: Pool, name: str) -> Array:
    """An outcome of all responses (m, P), nan where it is not known."""
    return pool.values[pool.outcomes.index(name)] if name in pool.outcomes else np.full(pool.present.shape, np.nan)


def pool_pairs(pool: Pool, signal: str) -> Pairs:
    """The pairs of `pool` as `signal` would choose: the higher score wins, equal scores tie; clustered by prompt.

    Pairs without both scores are left out. Raises UnusableSignal where there is no score at all, or no pair of
    responses that the scores tell apart.
    """
    scores = pool.scores[pool.signals.index(signal)] if signal in pool.signals else np.full(pool.present.shape, np.nan)
    if not np.isfinite(scores[pool.present]).any():
        raise UnusableSignal(signal, "missing")
    within = Within.of(pool.present)
    higher = np.sign(within.delta(scores))
    if len(higher) and not np.nan_to_num(higher).any():
        raise UnusableSignal(signal, "constant")
    memory = pool.slices.get("memory:on")
    pairs = Pairs(
        deltas={
            OUTCOMES[name]: within.delta(values)
            for name, values in zip(pool.outcomes, pool.values, strict=True)
            if name in OUTCOMES
        },
        outcome=(higher + 1) / 2,
        prompt=pool.clusters[within.prompt],
        memory=None if memory is None else memory[within.prompt].astype(float),
    )
    return pairs.where(np.isfinite(higher))
