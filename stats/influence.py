"""How much each signal has to say in a recipe, and which way it pushes.

The first-order push of a recipe on an outcome, the slope at no pressure, is a covariance under the base policy:

    d E[outcome]/d beta at 0 = Cov_base(outcome, R) = sum over k of w_k Cov_base(outcome, z_k),

so that each signal has a signed term of its own (Shapira, Benade and Procaccia, arXiv 2602.01002, 2026, state the drift
of sycophancy as this covariance). The brake reserve is minus the sum of the negative terms over the sum of the positive
ones: under 1 the recipe pushes the outcome up.
"""

import numpy as np

from stats.intervals import Estimate, Rounds, interval
from stats.pools import Array, Mask, Pool, Whole
from stats.tilting import labelled, reward

_TIE = 1e-9
"""Rewards nearer to each other than this part of their spread are equal but for rounding."""


class NothingToBrake(ValueError):
    """No signal surely pushes the outcome up, so that there is no brake reserve to speak of."""

    def __init__(self) -> None:
        super().__init__("no signal of this recipe surely pushes it up, so there is nothing to brake")


def shares(z: Array, present: Mask, weights: Array) -> Array:
    """Each signal's share of the reward's variance within prompts, Cov(w_k z_k, R)/Var(R): (k,), summing to 1.

    `z` is (k, m, P). A share may be negative: that of a signal the others outvote. Raises ValueError where the reward
    does not vary.
    """
    whole = reward(z, weights)
    base = present / present.sum(axis=0)
    own = weights * np.einsum("kmp,mp,mp->k", z, whole, base)
    total = float(own.sum())
    if not total > 0:
        raise ValueError("with these weights no response is preferred to another")
    return np.asarray(own / total)


def slopes(pool: Pool, z: Array, weights: Array, rounds: Rounds) -> Array:
    """Each signal's signed push on each outcome, w_k Cov_base(outcome, z_k): (1 + B, d, k).

    The estimate comes first, then the rounds. Raises UnusableOutcome.
    """
    values, where = labelled(pool)
    base = pool.present / pool.present.sum(axis=0)
    mean = (values * base).sum(axis=1, keepdims=True)
    each = np.einsum("dmp,kmp->dkp", (values - mean) * base * where[:, None, :], z * weights[:, None, None])
    counts = np.concatenate([np.ones((1, pool.prompts)), rounds.counts])
    sums = (counts @ each.reshape(-1, pool.prompts).T).reshape(-1, *each.shape[:2])
    found: Array = sums / np.maximum(counts @ where.T.astype(np.float64), 1.0)[:, :, None]
    return found


def brake_reserve(terms: Array, clusters: Whole) -> Estimate:
    """Minus the negative terms over the positive ones, from `terms` (1 + B, k) of one outcome.

    `clusters` (n,) are those of the prompts it rests on. Raises NothingToBrake where the sum of the positive terms is
    not surely above 0.
    """
    up = np.maximum(terms, 0.0).sum(axis=1)
    down = -np.minimum(terms, 0.0).sum(axis=1)
    if interval(float(up[0]), up[1:], clusters).low <= 0 or not (up > 0).all():
        raise NothingToBrake
    reserve = down / up
    return interval(float(reserve[0]), reserve[1:], clusters)


def pivotality(z: Array, present: Mask, weights: Array) -> Array:
    """The share of pairs of responses to one prompt whose winner is another without the signal: (k,)."""
    found = []
    for row in range(weights.size):
        without = weights.copy()
        without[row] = 0.0
        found.append(flipped_pairs(z, present, weights, without))
    return np.array(found)


def flipped_pairs(z: Array, present: Mask, before: Array, after: Array) -> float:
    """The share of pairs of responses to one prompt of which `after` prefers another one than `before` does.

    A pair that is tied under one of the two only counts as flipped. 0 where no prompt has two responses.
    """
    old, new = _plain(reward(z, before), present), _plain(reward(z, after), present)
    flipped = pairs = 0
    for first in range(present.shape[0]):
        for second in range(first):
            both = present[first] & present[second]
            pairs += int(both.sum())
            flipped += int((both & (np.sign(old[first] - old[second]) != np.sign(new[first] - new[second]))).sum())
    return flipped / pairs if pairs else 0.0


def rank_changes(z: Array, present: Mask, before: Array, after: Array) -> float:
    """The share of responses that stand at another place among those to their prompt."""
    old, new = _plain(reward(z, before), present), _plain(reward(z, after), present)
    changed = 0
    for one in range(present.shape[0]):
        places = [(present & (values > values[one])).sum(axis=0) for values in (old, new)]
        changed += int((present[one] & (places[0] != places[1])).sum())
    return changed / max(1, int(present.sum()))


def _plain(values: Array, present: Mask) -> Array:
    """The rewards in steps so small that only rounding is lost: equal ones are equal."""
    scale = float(np.abs(values[present]).max(initial=0.0))
    return np.round(values / scale / _TIE) if scale else values
