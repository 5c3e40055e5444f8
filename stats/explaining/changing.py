"""When a coefficient rose: the most likely place, the places that the data do not rule out, and how sure a rise is.

With the scores u and information i of events in their order, a change after the first v of them makes the rise

    d(v) = (sum of u after v) / (sum of i after v) - (sum of u up to v) / (sum of i up to v),

the reference counting among what came before, with variance phi (1 / i after + 1 / i before), phi being the reference's
mean of u² over its mean of i. So an error of the reference, which moves all scores alike, is no change. The profile
log-likelihood against no change is d² / (2 variance) where d is above 0, and 0 elsewhere.

**The interval** holds all places within 7.35 / 2 of the top. Around the true place the likelihood falls off on both
sides like a Brownian motion with a drift, so that twice the distance of the truth from the top is the greater of two
exponential variables of mean 2: P = (1 - exp(-x/2))² (Hinkley, *Biometrika* 57, 1970; Siegmund, *International
Statistical Review* 56, 1988; Hansen, *Econometrica* 68, 2000). Where no change can be told, it holds nearly everything.

**The evidence** for a rise is the likelihood averaged over all places, alike before anything is seen, and over its
size, the positive half of a normal distribution of deviation SPREAD; its logarithm is a Bayes factor against no change.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, logsumexp

from stats.pools import Array, Whole

LEVEL = 0.95
SPREAD = 1.0
"""Log-odds: rises are expected to be about this large, or smaller."""
LEAST_AFTER = 50
"""No change is looked for among the last so many events: a mean of a few is anything."""
MOST_PLACES = 20_000
"""Of a longer stream every second, third, … place is tried, so that there are no more than this."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of scores and information, and of squared scores."""

    score: float
    information: float
    squares: float

    @classmethod
    def of(cls, score: Array, information: Array) -> "Sums":
        return cls(float(score.sum()), float(information.sum()), float((score**2).sum()))

    @property
    def dispersion(self) -> float:
        """phi: how much more the scores vary than their information says."""
        return self.squares / self.information


@dataclass(frozen=True, slots=True)
class Change:
    """`place` events came before the change; `low` and `high` bound it. `rise` is the coefficient's, with its error."""

    place: int
    low: int
    high: int
    rise: float
    error: float


@dataclass(frozen=True, eq=False)
class Course:
    """The rise (k,) after each of k places of a stream, and its variance (k,)."""

    places: Whole
    rise: Array
    variance: Array

    @property
    def likelihood(self) -> Array:
        """The profile log-likelihood (k,) against no change."""
        found: Array = np.maximum(self.rise, 0) ** 2 / (2 * self.variance)
        return found

    def change(self) -> Change | None:
        """The most likely change; None where nothing rose."""
        likelihood = self.likelihood
        if not len(likelihood) or likelihood.max() <= 0:
            return None
        top = int(likelihood.argmax())
        near = self.places[likelihood >= likelihood[top] - threshold(LEVEL) / 2]
        error = float(np.sqrt(self.variance[top]))
        return Change(int(self.places[top]), int(near[0]), int(near[-1]), float(self.rise[top]), error)

    def evidence(self) -> float:
        """The log of the Bayes factor for a rise somewhere against none; -inf where no place can be tried."""
        if not len(self.places):
            return -np.inf
        narrowed = SPREAD**2 / (SPREAD**2 + self.variance)
        mean = self.rise * narrowed
        spread = np.sqrt(self.variance * narrowed)
        # The normal integral over rises above 0, of twice the density of all.
        each = np.log(2) + np.log1p(-narrowed) / 2 + (mean / spread) ** 2 / 2 + log_ndtr(mean / spread)
        return float(logsumexp(each) - np.log(len(each)))


def course(score: Array, information: Array, reference: Sums, *, latest: int) -> Course:
    """The rise after each place of a stream of `score` and `information` (n,), no place being after `latest`.

    `reference` comes before the stream. Where there is no information on one of the sides, no rise can be told.
    """
    n = len(score)
    last = min(latest, n - LEAST_AFTER)
    places = np.arange(0, last + 1, max(1, -(-(last + 1) // MOST_PLACES)), dtype=np.int64)
    sums, told = (np.concatenate([[0.0], np.cumsum(each)]) for each in (score, information))
    before, after = reference.information + told[places], told[n] - told[places]
    known = (before > 0) & (after > 0)
    places, before, after = places[known], before[known], after[known]
    rise = (sums[n] - sums[places]) / after - (reference.score + sums[places]) / before
    return Course(places, rise, reference.dispersion * (1 / before + 1 / after))


def threshold(level: float) -> float:
    """x with (1 - exp(-x/2))² = level: the true place is at most half of it from the top in that share of cases."""
    return float(-2 * np.log1p(-np.sqrt(level)))
