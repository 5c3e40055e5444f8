"""Influence: the slope is a covariance, shares sum to one, and pairs counted out one by one."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from scenarios.worlds import CHANGED, REFERENCE, april, weighed
from stats.influence import NothingToBrake, brake_reserve, flipped_pairs, pivotality, rank_changes, shares, slopes
from stats.intervals import Rounds
from stats.pools import Pool, standardised


def pool_of(prompts: int = 500) -> Pool:
    rng = np.random.default_rng(5)
    pool = april(prompts, 4, rng)
    present = pool.present.copy()
    present[2:][rng.random((2, prompts)) < 0.3] = False
    return replace(pool, present=present)


def test_the_slope_is_the_covariance_under_the_base_policy() -> None:
    pool = pool_of()
    z, weights = standardised(pool), weighed(CHANGED, pool.signals)
    rounds = Rounds.drawn(pool.clusters, np.random.default_rng(1), rounds=5)
    found = slopes(pool, z, weights, rounds)
    reward = np.einsum("k,kmp->mp", weights, z)
    step = 1e-5

    def tilted(beta: float) -> np.ndarray:
        policy = np.where(pool.present, np.exp(beta * reward), 0.0)
        return (pool.values * policy / policy.sum(axis=0)).sum(axis=1)

    numerically = (tilted(step) - tilted(-step)) / (2 * step)
    np.testing.assert_allclose(found[0].sum(axis=1), numerically.mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(found[3].sum(axis=1), numerically @ rounds.counts[2] / 500, rtol=1e-6)
    gaps = []
    for prompt in range(500):
        here = pool.present[:, prompt]
        said, points = pool.values[0, here, prompt] == 1, reward[here, prompt]
        p = said.mean()
        gaps.append(p * (1 - p) * (points[said].mean() - points[~said].mean()) if 0 < p < 1 else 0.0)
    assert found[0, 0].sum() == pytest.approx(np.mean(gaps))


def test_shares_of_influence_sum_to_one() -> None:
    pool = pool_of()
    z, weights = standardised(pool), weighed(CHANGED, pool.signals)
    found = shares(z, pool.present, weights)
    assert found.sum() == pytest.approx(1.0)
    assert found[0] == found.max()
    np.testing.assert_allclose(shares(z, pool.present, weighed(REFERENCE, pool.signals)), [1, 0, 0, 0])
    np.testing.assert_allclose(found, shares(z, pool.present, 3 * weights))
    with pytest.raises(ValueError, match="no response is preferred"):
        shares(z, pool.present, np.zeros(4))


def test_the_brake_reserve_says_what_is_left_to_hold_against() -> None:
    terms = np.array([[-0.03, 0.02, 0.02]] * 21)
    found = brake_reserve(terms, np.arange(40))
    assert (found.estimate, found.low, found.high) == pytest.approx((0.75, 0.75, 0.75))
    pool = april(2000, 4, np.random.default_rng(5))
    z, rounds = standardised(pool), Rounds.drawn(pool.clusters, np.random.default_rng(1))
    after = slopes(pool, z, weighed(CHANGED, pool.signals), rounds)[:, 0]
    assert brake_reserve(after, pool.clusters).high < 1
    with pytest.raises(NothingToBrake, match="nothing to brake"):
        brake_reserve(slopes(pool, z, weighed(REFERENCE, pool.signals), rounds)[:, 0], pool.clusters)


def test_pairs_and_ranks_are_those_of_an_obvious_loop() -> None:
    pool = pool_of(60)
    z = standardised(pool)
    before, after = weighed(REFERENCE, pool.signals), weighed(CHANGED, pool.signals)

    def points(weights: np.ndarray, prompt: int) -> np.ndarray:
        return (weights[:, None] * z[:, :, prompt]).sum(axis=0)[pool.present[:, prompt]]

    def flips(one: np.ndarray, other: np.ndarray) -> float:
        pairs = [
            (old[i] > old[j]) != (new[i] > new[j])
            for old, new in ((points(one, prompt), points(other, prompt)) for prompt in range(60))
            for i, j in combinations(range(old.size), 2)
        ]
        return float(np.mean(pairs))

    assert flipped_pairs(z, pool.present, before, after) == pytest.approx(flips(before, after))
    assert flipped_pairs(z, pool.present, after, 5 * after) == 0
    assert flipped_pairs(z, pool.present, after, -after) == 1
    without = after * np.array([1, 0, 1, 1])
    assert pivotality(z, pool.present, after)[1] == pytest.approx(flips(after, without))
    ranks = [
        np.argsort(np.argsort(points(before, prompt))) != np.argsort(np.argsort(points(after, prompt)))
        for prompt in range(60)
    ]
    assert rank_changes(z, pool.present, before, after) == pytest.approx(np.concatenate(ranks).mean())


def test_a_signal_that_is_everything_decides_every_pair() -> None:
    pool = pool_of(60)
    found = pivotality(standardised(pool), pool.present, weighed(REFERENCE, pool.signals))
    assert found.tolist() == [1, 0, 0, 0]
