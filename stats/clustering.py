"""How sure the coefficients of a logistic fit are when rows come in clusters.

- CR0 is the plain sandwich of score sums per cluster (Liang and Zeger, *Biometrika* 73, 1986).
- CR3 leaves out one cluster after the other, with one Newton step each: (G - 1)/G × Σ d_g d_g', where
  d_g = (I - I_g)^-1 s_g (Bell and McCaffrey, *Survey Methodology* 28, 2002; for logistic fits MacKinnon, Nielsen and
  Webb, *Cluster-robust jackknife and bootstrap inference for logistic regression models*, 2024).
- Two ways at once: V(one) + V(other) - V(both) (Cameron, Gelbach and Miller, *Journal of Business & Economic
  Statistics* 29, 2011), with nothing taken away from the greater of the two.
- Student's t on the clusters of equal size that these are worth (Kish), less one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from stats.intervals import LEAST_CLUSTERS, Estimate
from stats.logistic import Design, Fit, Unfittable
from stats.pools import Array, Whole
from stats.sufficiency import InsufficientData

BATCH = 20_000
"""Clusters solved for at a time, to keep memory small."""


class OneCluster(Unfittable):
    """All that is known of a column comes from one cluster."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of clustering: a number for each row, of `unit` ("raters", "prompts")."""

    unit: str
    codes: Whole

    def dense(self) -> tuple[Whole, int]:
        """The codes as 0, 1, 2, … and how many there are."""
        found, codes = np.unique(self.codes, return_inverse=True)
        return codes.astype(np.int64), len(found)


@dataclass(frozen=True, slots=True)
class Robust:
    """The covariance (k, k) of coefficients, degrees of freedom for Student's t, and the clusters in each way."""

    covariance: Array
    freedom: float
    clusters: tuple[int, ...]

    def margin(self, variance: float, *, level: float = 0.95) -> float:
        """Half the width of the interval of something with this variance."""
        return float(stdtrit(self.freedom, (1 + level) / 2)) * float(np.sqrt(variance))

    def estimate(self, value: float, variance: float, n: int) -> Estimate:
        """`value` with its 95 % interval, from `n` rows."""
        half = self.margin(variance)
        return Estimate(value, value - half, value + half, n)


def summed(values: Array, codes: Whole, count: int) -> Array:
    """Rows of `values` (n, k) summed within clusters: (count, k)."""
    return np.stack([np.bincount(codes, column, count) for column in values.T], axis=1)


def likesized(weight: Array, codes: Whole, count: int) -> float:
    """How many clusters of equal size would be worth as much as these (Kish)."""
    sizes = np.bincount(codes, weight, count)
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def robust(design: Design, fitted: Fit, ways: Sequence[Way], *, jackknife: bool = True) -> Robust:
    """The covariance of `fitted` when rows are alike within each of one or two ways; CR3, or CR0 without `jackknife`.

    Raises InsufficientData with fewer than LEAST_CLUSTERS in one of the ways, OneCluster when a column rests on one.
    """
    return over_ways(design.weight, ways, lambda way: _one_way(design, fitted, way, jackknife))


def over_ways(weight: Array, ways: Sequence[Way], covariance: Callable[[Way], Array]) -> Robust:
    """What one or two ways of clustering rows of these weights (n,) come to, `covariance` being that of one way.

    Raises InsufficientData with fewer than LEAST_CLUSTERS in one of the ways, and what `covariance` raises.
    """
    counts, worth = [], []
    for way in ways:
        codes, count = way.dense()
        if count < LEAST_CLUSTERS:
            raise InsufficientData(needed=LEAST_CLUSTERS - count, unit=way.unit)
        counts.append(count)
        worth.append(likesized(weight, codes, count))
    freedom = max(1.0, min(worth) - 1)
    if len(ways) == 2 and (both := _crossed(*ways)).dense()[1] not in counts:
        parts = [covariance(way) for way in ways]
        greater, lesser = sorted(parts, key=lambda part: float(np.trace(part)), reverse=True)
        return Robust(greater + _positive(lesser - covariance(both)), freedom, tuple(counts))
    # Where the clusters of one way lie within those of the other, the wider ones say it all.
    return Robust(covariance(ways[int(np.argmin(counts))]), freedom, tuple(counts))


def _crossed(one: Way, other: Way) -> Way:
    """Clusters of rows that are alike in both ways."""
    first, _ = one.dense()
    second, count = other.dense()
    return Way("both", first * count + second)


def _one_way(design: Design, fitted: Fit, way: Way, jackknife: bool) -> Array:
    codes, count = way.dense()
    scores = summed(design.x * (design.weight * (design.y - fitted.chance))[:, None], codes, count)
    if jackknife:
        moved = _left_out(design, fitted, codes, scores)
        return (count - 1) / count * moved.T @ moved
    moved = scores @ fitted.inverse
    plain: Array = moved.T @ moved
    return plain


def _left_out(design: Design, fitted: Fit, codes: Whole, scores: Array) -> Array:
    """How far the coefficients go when each cluster is left out, by one Newton step: (G, k)."""
    k, count = len(fitted.names), len(scores)
    whole = np.asarray(np.linalg.inv(fitted.inverse), dtype=np.float64)
    curved = design.weight * fitted.chance * (1 - fitted.chance)
    parts = np.empty((count, k, k))
    for i in range(k):
        for j in range(i + 1):
            parts[:, i, j] = parts[:, j, i] = np.bincount(codes, design.x[:, i] * design.x[:, j] * curved, count)
    moved = np.empty((count, k))
    for start in range(0, count, BATCH):
        part = parts[start : start + BATCH]
        rest = whole - part
        # The sum of a cluster's leverages; only from 1 on can it be all that is known of something.
        heavy = np.einsum("ij,gji->g", fitted.inverse, part) > 0.99
        _refuse_one_cluster(fitted.names, whole, rest[heavy])
        moved[start : start + BATCH] = np.linalg.solve(rest, scores[start : start + BATCH, :, None])[..., 0]
    return moved


def _refuse_one_cluster(names: tuple[str, ...], whole: Array, rest: Array) -> None:
    if not len(rest):
        return
    scale = np.sqrt(np.diag(whole))
    values, directions = np.linalg.eigh(rest / np.outer(scale, scale))
    lone = values[:, 0] < 1e-10
    if lone.any():
        direction = np.abs(directions[int(np.argmax(lone)), :, 0])
        column = names[int(direction.argmax())]
        raise OneCluster(f"all that is known of {column} comes from one cluster", [column])


def _positive(matrix: Array) -> Array:
    """The part of a symmetric matrix that adds variance."""
    values, directions = np.linalg.eigh((matrix + matrix.T) / 2)
    found: Array = (directions * np.maximum(values, 0)) @ directions.T
    return found
