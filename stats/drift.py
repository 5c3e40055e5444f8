"""Detectors of a change in a stream: e-detectors for alarms, the tabular CUSUM for warnings, a likelihood ratio after.

**Alarms.** The e-SR detector (Shin, Ramdas and Rinaldo, *E-detectors: a nonparametric framework for sequential change
detection*, New England Journal of Statistics in Data Science, 2023) is, for scores u_t whose mean given the past is
at most epsilon before a change, and a bet lambda with lambda |u_t - epsilon| < 1,

    M_t = (M_(t-1) + 1) (1 + lambda (u_t - epsilon)),    alarm when M_t >= 1/alpha.

Then E[M_T] <= E[T] at every stopping time T, so the average run length without a change is at least 1/alpha, whatever
the distribution. Weighted averages of such detectors keep that (so do mixtures over lambda), and so does the **sum** of
detectors that each see a part of the events only: their clocks add up to the clock of all.

**Arithmetic.** A detector is a left fold within blocks of BLOCK events, counted from its first event, with P_t the
product of the factors e_s of the block so far:

    M_t = P_t (M_start + sum of 1/P_(s-1) over the block's events s up to t).

Whatever batches the events come in, the same operations run in the same order: the same bits. At the end of a block a
detector is cut to CAP, far above any threshold; a smaller detector keeps every promise.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from stats.pools import Array

BLOCK = 128
CAP = 1e100
BETS = (0.1, 0.2, 0.3, 0.45, 0.6)
"""The lambdas. For an efficient score the best one is the rise itself less what epsilon takes, in log-odds."""
BOUND = 1.6
"""Scores lie between minus this and this, so that factors are positive; larger ones are cut, which is allowed."""

_TOGETHER = 32
"""So many blocks are folded at once: they stay in the processor's cache."""
_CYCLES = 60
"""The threshold of a CUSUM is read off a stream of so many run lengths."""
_LONGEST = 40_000
"""... each of so many events at most."""


@dataclass(frozen=True, eq=False)
class Detector:
    """An e-SR detector as the mean over its L bets: `start` (L,) at the beginning of a block, product and sum so far.

    `seen` are the events it has seen in all, to which its blocks are aligned.
    """

    start: Array
    product: Array
    total: Array
    seen: int = 0

    @classmethod
    def fresh(cls, bets: int = len(BETS)) -> Self:
        """One that has seen nothing."""
        return cls(np.zeros(bets), np.ones(bets), np.zeros(bets))

    @property
    def value(self) -> float:
        """M now."""
        now = self.product * (self.start + self.total)
        return float(_mean(now[:, None])[0])

    def after(self, factor: Array) -> tuple[Array, Self]:
        """M (n,) after each of n events, and the detector after all; `factor` (L, n) is 1 + lambda (u - epsilon)."""
        path = np.empty(factor.shape[1])
        state, done = self, 0
        while done < len(path):
            room = BLOCK - state.seen % BLOCK
            blocks = min((len(path) - done) // BLOCK, _TOGETHER) if room == BLOCK else 0
            width = blocks * BLOCK or min(room, len(path) - done)
            each = slice(done, done + width)
            path[each], state = state._folded(factor[:, each].reshape(len(factor), max(1, blocks), -1), width >= room)
            done += width
        return path, state

    def _folded(self, factor: Array, whole: bool) -> tuple[Array, Self]:
        """The same for (L, blocks, width), of which the first goes on from here; `whole` if the last is then full."""
        before = np.empty_like(factor)
        before[:, :, 0] = 1.0
        before[:, 0, 0] = self.product
        before[:, :, 1:] = factor[:, :, :-1]
        np.multiply.accumulate(before, axis=2, out=before)
        product = before * factor
        total = np.divide(1.0, before, out=before)
        total[:, 0, 0] += self.total
        np.add.accumulate(total, axis=2, out=total)
        starts = np.empty(factor.shape[:2])
        start = self.start
        for block in range(factor.shape[1]):
            starts[:, block] = start
            start = np.minimum(product[:, block, -1] * (start + total[:, block, -1]), CAP)
        seen = self.seen + factor[0].size
        if whole:
            after = type(self)(start, np.ones(len(start)), np.zeros(len(start)), seen)
        else:
            after = type(self)(starts[:, -1].copy(), product[:, -1, -1].copy(), total[:, -1, -1].copy(), seen)
        total += starts[:, :, None]
        product *= total
        return _mean(product.reshape(len(factor), -1)), after

    def as_json(self) -> dict[str, Any]:
        arrays = {name: getattr(self, name).tolist() for name in ("start", "product", "total")}
        return {**arrays, "seen": self.seen}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        start, product, total = (np.array(stored[name], dtype=float) for name in ("start", "product", "total"))
        return cls(start, product, total, stored["seen"])


def factors(excess: Array) -> Array:
    """What BETS make of `excess` (n,), the scores less epsilon: (L, n). A score is BOUND at most, or is cut there.

    Raises ValueError for one so far below that a bet would be lost more than once.
    """
    if len(excess) and not excess.min() > -1 / BETS[-1]:
        raise ValueError(f"a score of {excess.min():.3f} lies below what is bet on")
    grown: Array = 1 + np.multiply.outer(np.array(BETS), np.minimum(excess, BOUND))
    return grown


def _mean(values: Array) -> Array:
    """The mean (n,) of values (L, n), added up in the order of the rows whatever n is."""
    total: Array = values[0].copy()
    for row in values[1:]:
        total += row
    total /= len(values)
    return total


@dataclass(frozen=True, slots=True)
class Cusum:
    """The tabular CUSUM W_t = max(0, W_(t-1) + x_t) (Page, *Biometrika* 41, 1954), within a block.

    With C the sum of x over the block so far, W_t = max(start + C_t, C_t - least C so far). `zero` is how many events
    had been seen when W was last 0: the change, if there was one, came after it.
    """

    start: float = 0.0
    total: float = 0.0
    least: float = np.inf
    seen: int = 0
    zero: int = 0

    @property
    def value(self) -> float:
        """W now."""
        return self.start if self.least == np.inf else max(self.start + self.total, self.total - self.least)

    def after(self, x: Array) -> tuple[Array, "Cusum"]:
        """W (n,) after each of n events, and the CUSUM after all of them; `x` (n,) is what each adds."""
        path = np.empty(len(x))
        state, done = self, 0
        while done < len(x):
            room = BLOCK - state.seen % BLOCK
            blocks = min((len(x) - done) // BLOCK, _TOGETHER) if room == BLOCK else 0
            width = blocks * BLOCK or min(room, len(x) - done)
            each = slice(done, done + width)
            path[each], state = state._folded(x[each].reshape(max(1, blocks), -1), width >= room)
            done += width
        return path, state

    def _folded(self, x: Array, whole: bool) -> tuple[Array, "Cusum"]:
        """The same for (blocks, width), of which the first goes on from here; `whole` if the last is then full."""
        sums = x.copy()
        sums[0, 0] += self.total
        np.add.accumulate(sums, axis=1, out=sums)
        least = sums.copy()
        least[0, 0] = min(self.least, least[0, 0])
        np.minimum.accumulate(least, axis=1, out=least)
        starts = [self.start]
        for total, lowest in zip(sums[:, -1].tolist(), least[:, -1].tolist(), strict=True):
            starts.append(max(starts[-1] + total, total - lowest))
        path = np.maximum(np.array(starts[:-1])[:, None] + sums, sums - least).reshape(-1)
        zeros = np.flatnonzero(path == 0)
        zero = self.seen + int(zeros[-1]) + 1 if len(zeros) else self.zero
        seen = self.seen + x.size
        if whole:
            return path, Cusum(starts[-1], 0.0, np.inf, seen, zero)
        return path, Cusum(starts[-2], float(sums[-1, -1]), float(least[-1, -1]), seen, zero)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "least": None if self.least == np.inf else self.least}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Cusum":
        return cls(**{**stored, "least": np.inf if stored["least"] is None else stored["least"]})


def cusum_threshold(x: Array, run_length: int, rng: np.random.Generator) -> float:
    """The threshold at which the CUSUM of values like `x` (m,) runs for about `run_length` events until a false alarm.

    Between two zeros a CUSUM begins anew; with cycles of mean length l of which a share p reaches the threshold, the
    run length is l/p (Siegmund, *Sequential Analysis*, 1985, section 2.6). Cycles come from a stream that draws from
    `x`, whose mean must be below 0. Raises ValueError if it is not.
    """
    if not x.mean() < 0:
        raise ValueError("a CUSUM without a mean below 0 never comes back")
    if run_length <= _LONGEST:
        return _limit(x, run_length, rng)
    # Maxima of cycles fall off exponentially: each time a run is so many times longer adds as much to the threshold.
    short, long = (_limit(x, length, rng) for length in (_LONGEST // 8, _LONGEST))
    return long + (long - short) * math.log(run_length / _LONGEST) / math.log(8)


def _limit(x: Array, run_length: int, rng: np.random.Generator) -> float:
    path, _ = Cusum().after(rng.choice(x, size=_CYCLES * run_length))
    begins = np.flatnonzero(path == 0)
    if len(begins) <= _CYCLES:
        return float(path.max())
    highest = np.maximum.reduceat(path, begins)
    return float(np.partition(highest, len(highest) - _CYCLES)[len(highest) - _CYCLES])


@dataclass(frozen=True, slots=True)
class Split:
    """Where a change most likely came: after `place` of the scores, between `low` and `high` with 95 % confidence.

    `statistic` is twice the log of the likelihood ratio against no change, `rise` the mean after it.
    """

    place: int
    low: int
    high: int
    statistic: float
    rise: float


NEAR = -np.log1p(-np.sqrt(0.95))
"""How far below its maximum the log-likelihood of the true change lies in 95 of 100 streams."""


def change_point(scores: Array, deviation: float) -> Split:
    """The batch likelihood ratio for a rise of the mean of `scores` (n,) from 0, `deviation` being theirs.

    With S_v the sum of the scores after the first v, the log-likelihood ratio is max(0, S_v)^2 / (2 (n - v) sd^2).
    Around the true change it falls off on either side by a Brownian motion with drift -1/2 of its variance, whose
    maximum is exponential, so that the maximum exceeds the truth by x with the chance 1 - (1 - exp(-x))^2 (Siegmund,
    *International Statistical Review* 56, 1988). Raises ValueError for no scores or a deviation that is not positive.
    """
    if not len(scores) or not deviation > 0:
        raise ValueError("a change point needs scores that vary")
    after = np.cumsum(scores[::-1])[::-1]
    left = np.arange(len(scores), 0, -1)
    likelihood = np.maximum(after, 0) ** 2 / (2 * left * deviation**2)
    place = int(likelihood.argmax())
    near = np.flatnonzero(likelihood >= likelihood[place] - NEAR)
    return Split(place, int(near[0]), int(near[-1]), 2 * float(likelihood[place]), float(after[place] / left[place]))


def e_bh(values: Mapping[str, float], run_length: float) -> tuple[str, ...]:
    """The names whose detectors stand out together (Wang and Ramdas, *JRSS B* 84, 2022), the largest first.

    Of K values in falling order, the first k are named for the largest k with value_k >= K run_length / k.
    """
    falling = sorted(values, key=lambda name: (-values[name], name))
    passing = [k for k, name in enumerate(falling, 1) if values[name] >= len(falling) * run_length / k]
    return tuple(falling[: max(passing, default=0)])
