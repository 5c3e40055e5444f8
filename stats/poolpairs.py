"""The pairs of responses in a pool, and which of the two a signal's scores prefer."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from stats.pools import Array, Mask, Pool, Whole
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
        parts = [
            (first, second, np.flatnonzero(present[first] & present[second]))
            for first, second in combinations(range(len(present)), 2)
        ]
        return cls(
            np.concatenate([np.full(len(prompts), first) for first, _, prompts in parts]).astype(np.int64),
            np.concatenate([np.full(len(prompts), second) for _, second, prompts in parts]).astype(np.int64),
            np.concatenate([prompts for _, _, prompts in parts]).astype(np.int64),
        )

    def delta(self, values: Array) -> Array:
        """First minus second of `values` (m, P): (n,)."""
        difference: Array = values[self.first, self.prompt] - values[self.second, self.prompt]
        return difference


def pool_pairs(pool: Pool, signal: str) -> Pairs:
    """The pairs of `pool` as `signal` would choose: the higher score wins, equal scores tie; clustered by prompt.

    Pairs without both scores are left out. Raises KeyError for a signal that the pool does not have.
    """
    if signal not in pool.signals:
        raise KeyError(signal)
    within = Within.of(pool.present)
    higher = np.sign(within.delta(pool.scores[pool.signals.index(signal)]))
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
