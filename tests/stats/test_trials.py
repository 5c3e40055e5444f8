"""Trying weights quickly says what the exact shift says, and its intervals hold together."""

from dataclasses import replace

import numpy as np
import pytest

from scenarios.worlds import CHANGED, DOMAINS, REFERENCE, april, weighed
from stats.intervals import standard_error
from stats.pools import Pool, standardised
from stats.sufficiency import InsufficientData
from stats.tilting import TooThin, Unreachable, shift
from stats.trials import Asked, Trials

KL = 0.25
ASKED = [Asked("correctness"), Asked("sycophancy"), *(Asked("sycophancy", f"domain:{name}") for name in DOMAINS)]


def pool_of(prompts: int = 600, *, families: int = 1, ragged: bool = False) -> Pool:
    rng = np.random.default_rng(3)
    pool = april(prompts, 4, rng, families=families)
    if ragged:
        present = pool.present.copy()
        present[2:][rng.random((2, prompts)) < 0.4] = False
        values = pool.values.copy()
        values[0][:, rng.random(prompts) < 0.2] = np.nan
        order = rng.permutation(prompts)
        pool = replace(pool, present=present, values=values).only(np.ones(prompts, dtype=np.bool_))
        pool = replace(pool, clusters=pool.clusters[order])
    return pool


@pytest.mark.parametrize(("families", "ragged"), [(1, False), (3, False), (3, True)])
@pytest.mark.parametrize("referenced", [False, True])
def test_a_trial_is_the_exact_shift(families: int, ragged: bool, referenced: bool) -> None:
    pool = pool_of(families=families, ragged=ragged)
    z, weights, reference = standardised(pool), weighed(CHANGED, pool.signals), weighed(REFERENCE, pool.signals)
    trials = Trials(pool, z, KL, ASKED, against=reference if referenced else None)
    found = trials.tried(weights)
    names = [each.within for each in ASKED if each.within]
    for part, rows in ((pool.choosing(["correctness", "sycophancy"]), slice(0, 2)), (None, slice(2, None))):
        part = pool.sliced("sycophancy", names) if part is None else part
        exact = shift(part, z, weights, KL)
        estimate, influence = exact.estimate, exact.influence
        if referenced:
            theirs = shift(part, z, reference, KL)
            estimate, influence = estimate - theirs.estimate, influence - theirs.influence
        np.testing.assert_allclose(found.estimate[rows], estimate, atol=2e-7)
        error = standard_error(influence, pool.clusters)
        # A slice has fewer clusters than the pool, and says so.
        np.testing.assert_allclose(trials.error(found)[rows], error, rtol=0.02)


@pytest.mark.parametrize("kl", [0.01, 0.1, 0.4, 0.6])
def test_the_pressure_is_found_whatever_the_divergence(kl: float) -> None:
    pool = pool_of(200)
    z = standardised(pool)
    for weights in (np.array([1.0, 0, 0, 0]), np.array([-0.2, 0.1, 0.3, 0.4]), weighed(CHANGED, pool.signals)):
        ours = Trials(pool, z, kl, ASKED[:2]).tried(weights).estimate
        np.testing.assert_allclose(
            ours, shift(pool.choosing(["correctness", "sycophancy"]), z, weights, kl).estimate, atol=2e-6
        )


def test_weights_that_cannot_reach_the_divergence_are_left_out() -> None:
    pool = pool_of(200)
    z = standardised(pool)
    z[1] = 0.0
    trials = Trials(pool, z, KL, ASKED[:2])
    board = trials.board(np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0]]))
    np.testing.assert_array_equal(board.weights, [[1.0, 0, 0, 0]])
    with pytest.raises(Unreachable):
        trials.tried(np.array([0, 1.0, 0, 0]))


def test_weights_shift_nothing_against_themselves() -> None:
    pool = pool_of(200)
    reference = weighed(REFERENCE, pool.signals)
    trials = Trials(pool, standardised(pool), KL, ASKED[:2], against=reference)
    board = trials.board(np.array([reference]))
    np.testing.assert_array_equal(board.estimate, 0.0)
    np.testing.assert_array_equal(board.error, 0.0)
    np.testing.assert_allclose(trials.together(board.weights, np.random.default_rng(1)), trials.critical())


def test_intervals_reach_farther_together_the_more_the_weights_differ() -> None:
    pool = pool_of(400)
    trials = Trials(pool, standardised(pool), KL, ASKED[:2])
    rng = np.random.default_rng(1)
    alike = trials.together(np.array([[0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0]]), rng)
    apart = trials.together(np.eye(4), rng)
    # Of 4,000 draws the quantile is known to about 0.03.
    np.testing.assert_allclose(alike, trials.critical(), atol=0.08)
    assert (apart > alike + 0.1).all()
    # Four independent ones would reach 2.49.
    assert (apart < 2.6).all()


def test_too_few_prompts_are_named_with_the_slice_that_lacks_them() -> None:
    pool = pool_of(300)
    varies = pool.values[0].min(axis=0) < pool.values[0].max(axis=0)
    rare = np.cumsum(varies) <= 10
    pool = replace(pool, slices={"domain:rare": rare})
    with pytest.raises(InsufficientData, match=f"about {rare.sum()} more prompts of domain:rare needed"):
        Trials(pool, standardised(pool), KL, [Asked("correctness"), Asked("sycophancy", "domain:rare")])
    with pytest.raises(KeyError):
        Trials(pool, standardised(pool), KL, [Asked("refusal")])


def test_an_outcome_that_never_differs_is_no_proof_of_safety() -> None:
    """Where no response flatters, no weights can be seen to teach it."""
    pool = pool_of(300)
    values = pool.values.copy()
    values[0] = 0.0
    with pytest.raises(InsufficientData):
        Trials(replace(pool, values=values), standardised(pool), KL, ASKED[:2])


def test_a_policy_that_rests_on_too_few_responses_is_refused() -> None:
    pool = pool_of(200)
    with pytest.raises(TooThin):
        Trials(pool, standardised(pool), 1.2, ASKED[:2]).tried(weighed(CHANGED, pool.signals))
