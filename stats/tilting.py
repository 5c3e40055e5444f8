"""What a policy trained on a reward would answer: the base policy's own responses, tilted toward the reward.

For a prompt x with responses y sampled from the base policy, a recipe w makes the reward R = sum over k of w_k z_k, and
the policy that is closest to the base at a given pressure is

    p(y|x) proportional to exp(beta R(x, y)),   beta such that the mean over prompts of KL(p || base) is `kl`.

Holding the divergence fixed compares recipes at equal optimisation pressure. Without it, adding a signal adds pressure,
and that a brake was diluted cannot be seen. (Exponential tilting as the optimum of KL-regularised reinforcement
learning; the pressure is that of best-of-2 at log 2 - 1/2 = 0.193 and of best-of-4 at 0.636.)

Since beta is estimated from the same prompts, it moves with them, and the error of a shift is that of its influence

    f_i = d_i - (kl_i - kl) (dE[d]/dbeta) / (dKL/dbeta),

by the implicit function theorem. Taking the prompts' own differences d_i instead covers too much where the outcome is
what the reward mostly pays for (docs/statistics.md).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from stats.intervals import Estimate, Rounds, interval, standard_error
from stats.pools import LEAST_PROMPTS, Array, Mask, Pool, UnusableOutcome, known, telling
from stats.sufficiency import InsufficientData

LEAST_EFFECTIVE = 0.30
"""The least effective share of the responses at which a tilted pool still says something."""

GRID = np.linspace(0.85, 1.15, 9)
"""Pressures at which a bootstrap evaluates the pool, as multiples of the root of the whole pool."""

_STEPS = 80
_CLOSE = 1e-4
"""So near to the root that one more step leaves less than a millionth: an error about squares with each step."""

_NOTHING = 1e-24


class Unreachable(ValueError):
    """No pressure makes the mean divergence `kl`: the reward can move this pool by less than `greatest` only."""

    def __init__(self, kl: float, greatest: float) -> None:
        why = (
            f"with these weights it stays under {greatest:.3g}"
            if greatest > 0
            else "these weights prefer no response to another"
        )
        super().__init__(f"the pool cannot be tilted by {kl:g} nats a prompt: {why}")
        self.kl = kl
        self.greatest = greatest


class TooThin(ValueError):
    """At `kl` the tilted pool is worth `share` of its responses only, less than LEAST_EFFECTIVE."""

    def __init__(self, share: float, kl: float) -> None:
        super().__init__(
            f"at {kl:g} nats a prompt the pool is worth {share:.0%} of its responses, less than {LEAST_EFFECTIVE:.0%}: "
            "use less pressure, or more responses to each prompt"
        )
        self.share = share
        self.kl = kl


@dataclass(frozen=True, eq=False)
class Tilted:
    """A tilted policy. `policy` is (m, P), 0 where there is no response; `kl` is (P,), in nats; `beta` the pressure."""

    policy: Array
    beta: float
    kl: Array
    effective_share: float
    """Kish's effective number of the responses under importance weights, as a share of them."""


@dataclass(frozen=True, eq=False)
class Shift:
    """How a recipe moves each outcome away from the base policy."""

    estimate: Array
    """(d,) the mean shift over the prompts of which the outcome is known."""
    differences: Array
    """(d, P) E_tilted - E_base of each prompt, nan where the outcome is not known."""
    influence: Array
    """(d, P) what each prompt adds to the estimate, the root of the divergence included; its mean is the estimate."""
    beta: float
    effective_share: float

    def checked(self, kl: float) -> "Shift":
        """This shift. Raises TooThin where the effective share is under LEAST_EFFECTIVE."""
        if self.effective_share < LEAST_EFFECTIVE:
            raise TooThin(self.effective_share, kl)
        return self


def reward(z: Array, weights: Array) -> Array:
    """R = sum over signals of w_k z_k: (m, P) from z (k, m, P) and weights (k,)."""
    return np.asarray(np.einsum("k,kmp->mp", weights, z), dtype=np.float64)


def tilted(z: Array, present: Mask, weights: Array, kl: float) -> Tilted:
    """The pool's policy under these weights at mean divergence `kl`.

    `z` is (k, m, P) as `standardised` gives it, `present` (m, P), `weights` (k,). Raises Unreachable.
    """
    ground = _Ground.of(reward(z, weights), present)
    beta, policy, each = ground.root(kl)
    return Tilted(policy, beta, each, _effective_share(policy, ground.count))


def shift(pool: Pool, z: Array, weights: Array, kl: float) -> Shift:
    """How each outcome of the pool moves under these weights, against the base policy.

    Raises Unreachable, and UnusableOutcome for an outcome of which fewer than LEAST_PROMPTS prompts tell anything.
    """
    ground = _Ground.of(reward(z, weights), pool.present)
    beta, policy, each = ground.root(kl)
    mean = (policy * ground.reward).sum(axis=0)
    spread = (policy * (ground.reward - mean) ** 2).sum(axis=0)
    pressure = beta * float(spread.mean())
    values, where = labelled(pool)
    moved = (values * (policy - ground.base)).sum(axis=1)
    turning = (values * (policy * (ground.reward - mean))).sum(axis=1)
    count = where.sum(axis=1)
    estimate = moved.sum(axis=1) / count
    slope = turning.sum(axis=1) / count
    share = count / pool.prompts
    own = np.where(where, moved - estimate[:, None], 0.0) / share[:, None]
    influence = estimate[:, None] + own - (slope / pressure)[:, None] * (each - kl)
    differences = np.where(where, moved, np.nan)
    return Shift(estimate, differences, influence, beta, _effective_share(policy, ground.count))


@dataclass(frozen=True, eq=False)
class Drawn:
    """A recipe's shifts with those in each round of a bootstrap."""

    outcomes: tuple[str, ...]
    values: Array
    """(1 + B, d): the estimate first, then the rounds. Whatever is linear in shifts may be done to the whole array."""
    beta: float
    effective_share: float
    """As of a Shift."""


def drawn(pool: Pool, z: Array, weights: Array, kl: float, rounds: Rounds) -> Drawn:
    """The shifts of the pool's outcomes, in the pool and in each round, the pressure found anew in each.

    The pool is evaluated once at each pressure of a grid around its root. A round is then a weighted mean over prompts,
    so that all rounds are one matrix product, and its root and shifts are cubics through the four nearest pressures. A
    round whose root lies outside of the grid is solved exactly. Raises what `shift` raises.
    """
    ground = _Ground.of(reward(z, weights), pool.present)
    beta, policy, _ = ground.root(kl)
    values, where = labelled(pool)
    outcomes = len(pool.outcomes)
    rows = np.empty((GRID.size, outcomes + 1, pool.prompts))
    for row, factor in zip(rows, GRID, strict=True):
        tilt, row[outcomes] = ground.at(factor * beta)
        np.einsum("dmp,mp->dp", values, tilt, out=row[:outcomes])
    rows[:, :outcomes] -= np.einsum("dmp,mp->dp", values, ground.base)
    sums = (rounds.counts @ rows.reshape(-1, pool.prompts).T).reshape(-1, GRID.size, outcomes + 1)
    total = rounds.counts.sum(axis=1)
    share = _shares(rounds.counts, total, where)
    root = np.sqrt(np.maximum(sums[:, :, outcomes] / total[:, None], 0.0))
    found = _interpolated(root, sums[:, :, :outcomes], float(np.sqrt(kl))) / share
    for outside in np.flatnonzero((root[:, 0] > np.sqrt(kl)) | (root[:, -1] < np.sqrt(kl))):
        mass = rounds.counts[outside]
        _, tilt, _ = ground.root(kl, mass, beta)
        found[outside] = ((values * (tilt - ground.base)).sum(axis=1) @ mass) / share[outside]
    estimate = (values * (policy - ground.base)).sum(axis=(1, 2)) / where.sum(axis=1)
    whole = np.concatenate([estimate[None, :], found])
    return Drawn(pool.outcomes, whole, beta, _effective_share(policy, ground.count))


def resampled(pool: Pool, z: Array, weights: Array, kl: float, rounds: Rounds) -> Array:
    """The shifts of the pool's outcomes in each round: (B, d). Raises what `shift` raises."""
    return drawn(pool, z, weights, kl, rounds).values[1:]


def estimates(pool: Pool, values: Array) -> dict[str, Estimate]:
    """Each outcome's shift with its interval, from `values` (1 + B, d): a Drawn's, or the difference of two."""
    where = known(pool)
    return {
        outcome: interval(float(values[0, row]), values[1:, row], pool.clusters[where[row]])
        for row, outcome in enumerate(pool.outcomes)
    }


def between(pool: Pool, found: Shift, rest: Shift) -> dict[str, Estimate]:
    """Each outcome's shift less another's of the same pool, with an interval from the prompts' influence: quick.

    The interval is the difference plus and minus t (clusters - 1) of its standard error, summed by cluster. Raises
    InsufficientData where there are too few clusters.
    """
    middle = found.estimate - rest.estimate
    error = standard_error(found.influence - rest.influence, pool.clusters)
    where = known(pool)
    said = {}
    for row, outcome in enumerate(pool.outcomes):
        clusters = np.unique(pool.clusters[where[row]]).size
        half = float(stdtrit(clusters - 1, 0.975)) * float(error[row])
        mid = float(middle[row])
        said[outcome] = Estimate(mid, mid - half, mid + half, int(where[row].sum()))
    return said


def _shares(counts: Array, total: Array, where: Mask) -> Array:
    """How many prompts with the outcome each round drew: (B, d). Raises InsufficientData where a round drew none."""
    share = np.repeat(total[:, None], where.shape[0], axis=1)
    for row in np.flatnonzero(~where.all(axis=1)):
        share[:, row] = counts @ where[row]
    if not share.all():
        raise InsufficientData(needed=LEAST_PROMPTS, unit="prompts")
    return share


def _interpolated(at: Array, values: Array, aim: float) -> Array:
    """The values at `aim` by cubics through the four nearest points: (B, d) from `at` (B, g) and `values` (B, g, d)."""
    first = np.clip((at < aim).sum(axis=1) - 2, 0, at.shape[1] - 4)
    near = first[:, None] + np.arange(4)
    x = np.take_along_axis(at, near, axis=1)
    y = np.take_along_axis(values, near[:, :, None], axis=1)
    weight = np.ones_like(x)
    for i in range(4):
        for j in range(4):
            if i != j:
                weight[:, i] *= (aim - x[:, j]) / (x[:, i] - x[:, j])
    found: Array = np.einsum("bg,bgd->bd", weight, y)
    return found


def labelled(pool: Pool) -> tuple[Array, Mask]:
    """The outcomes with 0 where they are not known (d, m, P), and where a prompt's are known (d, P).

    Raises UnusableOutcome for an outcome of which fewer than LEAST_PROMPTS prompts tell anything.
    """
    for outcome, count in zip(pool.outcomes, telling(pool), strict=True):
        if count < LEAST_PROMPTS:
            raise UnusableOutcome(outcome, int(count))
    where = known(pool)
    return np.where(where[:, None, :] & pool.present, pool.values, 0.0), where


@dataclass(frozen=True, eq=False)
class _Ground:
    """A reward over a pool, prepared: everything that does not depend on the pressure."""

    reward: Array
    """(m, P), less each prompt's greatest; 0 where there is no response."""
    base: Array
    """(m, P): 1/n for each of a prompt's n responses, else 0."""
    count: Array
    """(P,): how many responses there are."""
    log_count: Array
    square: Array
    """The reward's square."""
    full: bool
    """Whether each prompt has as many responses as any."""

    @classmethod
    def of(cls, reward: Array, present: Mask) -> "_Ground":
        if not present.shape[1] or not present.any(axis=0).all():
            raise ValueError("each prompt of a pool has a response, and there is one prompt at least")
        count = present.sum(axis=0).astype(np.float64)
        top = np.where(present, reward, -np.inf).max(axis=0)
        below = np.where(present, reward - top, 0.0)
        return cls(below, present / count, count, np.log(count), below**2, bool(present.all()))

    def at(self, beta: float) -> tuple[Array, Array]:
        """The policy (m, P) and each prompt's divergence (P,) at this pressure."""
        policy, total = self._unscaled(beta)
        policy /= total
        return policy, beta * np.einsum("mp,mp->p", policy, self.reward) - np.log(total) + self.log_count

    def greatest(self, mass: Array | None = None) -> float:
        """The divergence that endless pressure comes to: all on the best responses."""
        best = ((self.reward == 0) & (self.base > 0)).sum(axis=0)
        return _mean(self.log_count - np.log(best), mass)

    def root(self, kl: float, mass: Array | None = None, start: float | None = None) -> tuple[float, Array, Array]:
        """The pressure at which the mean divergence, weighted by `mass`, is `kl`; policy and divergences there.

        Newton's steps on the root of the divergence, which is nearly a straight line in the pressure; a step that
        leaves the bracket is replaced by halving or doubling it. Raises Unreachable.
        """
        if not kl > 0:
            raise ValueError("the divergence is above 0")
        spread = self._base_spread(mass)
        scale = float(np.abs(self.reward).max())
        if not spread > _NOTHING * scale**2 or not np.isfinite(scale):
            raise Unreachable(kl, 0.0)
        if kl >= (greatest := self.greatest(mass)):
            raise Unreachable(kl, greatest)
        low, high = 0.0, np.inf
        beta = start if start is not None else float(np.sqrt(2 * kl / spread))
        for _ in range(_STEPS):
            found, spread = self._moments(beta, mass)
            aim = beta + _newton(found, kl, beta * spread)
            if abs(found - kl) <= _CLOSE * kl:
                return aim, *self.at(aim)
            low, high = (beta, high) if found < kl else (low, beta)
            if not low < aim < min(high, 4 * beta):
                aim = (low + high) / 2 if np.isfinite(high) else 4 * beta
            beta = aim
        raise Unreachable(kl, greatest)

    def _base_spread(self, mass: Array | None) -> float:
        mean = self.reward.sum(axis=0) / self.count
        return _mean(self.square.sum(axis=0) / self.count - mean**2, mass)

    def _unscaled(self, beta: float) -> tuple[Array, Array]:
        policy = np.exp(beta * self.reward)
        if not self.full:
            policy *= self.base > 0
        return policy, policy.sum(axis=0)

    def _moments(self, beta: float, mass: Array | None) -> tuple[float, float]:
        """The mean divergence, and the mean variance of the reward under the policy."""
        policy, total = self._unscaled(beta)
        mean = np.einsum("mp,mp->p", policy, self.reward) / total
        square = np.einsum("mp,mp->p", policy, self.square) / total
        return _mean(beta * mean - np.log(total) + self.log_count, mass), _mean(square - mean**2, mass)


def _newton(found: float, kl: float, turn: float) -> float:
    """The step on the root of the divergence, whose slope there is `turn`; without a slope, as far as may be."""
    root = float(np.sqrt(max(found, 0.0)))
    return 2 * root * (float(np.sqrt(kl)) - root) / turn if turn > 0 else np.inf


def _mean(each: Array, mass: Array | None) -> float:
    return float(each.mean() if mass is None else each @ mass / mass.sum())


def _effective_share(policy: Array, count: Array) -> float:
    return float(count.sum() / (count**2 * (policy**2).sum(axis=0)).sum())
