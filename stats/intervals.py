"""Intervals from a cluster bootstrap whose rounds are shared by everything in one report."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from stats.pools import Array, Mask, Whole
from stats.sufficiency import InsufficientData

ROUNDS = 300
LEAST_CLUSTERS = 3
"""Fewer clusters than this show nothing of how much they differ."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval, from `n` prompts (or pairs)."""

    estimate: float
    low: float
    high: float
    n: int

    def as_json(self) -> dict[str, float | int]:
        return {"estimate": self.estimate, "low": self.low, "high": self.high, "n": self.n}


@dataclass(frozen=True, eq=False)
class Rounds:
    """Rounds of a bootstrap that draws clusters with replacement.

    `counts` is (B, P): how often each prompt was drawn in each round. Whatever is computed from the same rounds is
    paired: the difference of two of its results is a result of the difference.
    """

    counts: Array

    @classmethod
    def drawn(cls, clusters: Whole, rng: np.random.Generator, *, rounds: int = ROUNDS) -> "Rounds":
        """`rounds` rounds over prompts of which `clusters` (P,) says the cluster. Raises InsufficientData."""
        names, place = np.unique(clusters, return_inverse=True)
        _enough(names.size)
        counts = np.empty((rounds, clusters.size))
        for row in counts:
            row[:] = np.bincount(rng.integers(names.size, size=names.size), minlength=names.size)[place]
        return cls(counts)

    def only(self, kept: Mask) -> "Rounds":
        """The same rounds over these prompts only, `kept` being (P,)."""
        return Rounds(np.ascontiguousarray(self.counts[:, kept]))


def interval(estimate: float, values: Array, clusters: Whole) -> Estimate:
    """`estimate` with its 95 % interval: t with one less than the clusters, times the deviation over rounds.

    `values` (B,) are its values in the rounds, `clusters` the clusters (n,) of the n prompts it rests on. Raises
    InsufficientData for fewer than LEAST_CLUSTERS clusters, ValueError where a value is not finite.
    """
    number = np.unique(clusters).size
    _enough(number)
    if not (np.isfinite(estimate) and np.isfinite(values).all()):
        raise ValueError("an estimate that is not finite has no interval")
    # Drawing g of g clusters understates the variance by (g - 1)/g.
    error = float(values.std(ddof=1)) * float(np.sqrt(number / (number - 1)))
    half = float(stdtrit(number - 1, 0.975)) * error
    return Estimate(float(estimate), float(estimate) - half, float(estimate) + half, int(clusters.size))


def standard_error(influence: Array, clusters: Whole) -> Array:
    """The standard error of a mean from its influence (…, P), summed within clusters (P,): shape (…).

    The variance is g/(g - 1) times the sum of squares of the clusters' sums of the centred influence, over P squared.
    Raises InsufficientData for fewer than LEAST_CLUSTERS clusters.
    """
    names, place = np.unique(clusters, return_inverse=True)
    _enough(names.size)
    centred = influence - influence.mean(axis=-1, keepdims=True)
    if names.size == clusters.size:
        squares = (centred**2).sum(axis=-1)
    else:
        rows = centred.reshape(-1, clusters.size)
        sums = np.stack([np.bincount(place, weights=row, minlength=names.size) for row in rows])
        squares = (sums**2).sum(axis=-1).reshape(centred.shape[:-1])
    error: Array = np.sqrt(names.size / (names.size - 1) * squares) / clusters.size
    return error


def _enough(clusters: int) -> None:
    if clusters < LEAST_CLUSTERS:
        raise InsufficientData(needed=LEAST_CLUSTERS - clusters, unit="prompts")
