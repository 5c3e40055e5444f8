"""Tilting at a fixed divergence: scipy's root, a bootstrap that finds each root, what must always hold."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import logsumexp
from scipy.stats import t

from scenarios.worlds import CHANGED, REFERENCE, april, weighed
from stats.intervals import Rounds, interval, standard_error
from stats.pools import Array, Pool, UnusableOutcome, UnusableSignal, standardised, usable, with_telling_outcomes
from stats.sufficiency import InsufficientData
from stats.tilting import TooThin, Unreachable, between, drawn, estimates, resampled, shift, tilted


def pool_of(prompts: int = 300, seed: int = 5, *, ragged: bool = False) -> Pool:
    rng = np.random.default_rng(seed)
    pool = april(prompts, 4, rng)
    if ragged:
        present = pool.present.copy()
        present[2:][rng.random((2, prompts)) < 0.4] = False
        pool = replace(pool, present=present)
    return pool


def theirs(reward: Array, present: Array, kl: float, mass: Array | None = None) -> Array:
    """The policy by scipy's logsumexp and brentq, prompt by prompt: (m, P)."""
    logits = np.where(present, reward, -np.inf)
    n = present.sum(axis=0)

    def at(beta: float) -> Array:
        tilt = np.where(present, beta * reward, -np.inf)
        return tilt - logsumexp(tilt, axis=0)

    def excess(beta: float) -> float:
        log = at(beta)
        with np.errstate(invalid="ignore"):
            each = np.where(present, np.exp(log) * (log + np.log(n)), 0.0).sum(axis=0)
        return float(np.average(each, weights=mass)) - kl

    assert logits.shape == reward.shape
    return np.exp(at(brentq(excess, 1e-9, 500, xtol=1e-14, rtol=1e-14)))


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("kl", [0.02, 0.25, 0.6])
def test_the_pressure_is_scipys_root(kl: float, ragged: bool) -> None:
    pool = pool_of(ragged=ragged)
    z = standardised(pool)
    weights = weighed(CHANGED, pool.signals)
    ours = tilted(z, pool.present, weights, kl)
    assert ours.kl.mean() == pytest.approx(kl, rel=1e-7)
    np.testing.assert_allclose(
        ours.policy, theirs(np.einsum("k,kmp->mp", weights, z), pool.present, kl), rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(ours.policy.sum(axis=0), 1.0)


@pytest.mark.parametrize("ragged", [False, True])
def test_the_rounds_are_those_of_a_bootstrap_that_finds_each_root(ragged: bool) -> None:
    pool = pool_of(ragged=ragged)
    z, weights = standardised(pool), weighed(CHANGED, pool.signals)
    rounds = Rounds.drawn(pool.clusters, np.random.default_rng(1), rounds=60)
    ours = resampled(pool, z, weights, 0.25, rounds)
    base = pool.present / pool.present.sum(axis=0)
    values = np.where(pool.present, pool.values, 0.0)
    for counts, found in zip(rounds.counts[:20], ours[:20], strict=True):
        policy = theirs(np.einsum("k,kmp->mp", weights, z), pool.present, 0.25, counts)
        exact = (values * (policy - base)).sum(axis=1) @ counts / counts.sum()
        assert np.abs(found - exact).max() < 0.01 * ours.std(axis=0).min()


def test_a_round_off_the_grid_is_solved_exactly() -> None:
    pool = pool_of(40, seed=8)
    z, weights = standardised(pool), weighed(CHANGED, pool.signals)
    lopsided = np.zeros((1, 40))
    lopsided[0, :2] = 20
    ours = drawn(pool.choosing(["length"]), z, weights, 0.25, Rounds(lopsided)).values[1:]
    policy = theirs(np.einsum("k,kmp->mp", weights, z), pool.present, 0.25, lopsided[0])
    exact = (pool.values[3] * (policy - 0.25)).sum(axis=0) @ lopsided[0] / 40
    np.testing.assert_allclose(ours[0], exact, rtol=1e-5)


def test_an_outcome_that_never_differs_is_no_good_news() -> None:
    pool = pool_of(120)
    z, weights = standardised(pool), weighed(CHANGED, pool.signals)
    honest = replace(pool, values=np.concatenate([pool.values[:1] * 0, pool.values[1:]]))
    with pytest.raises(UnusableOutcome, match="sycophancy cannot be used: only 0 prompts .* it takes 20"):
        shift(honest, z, weights, 0.25)
    rest, few = with_telling_outcomes(honest)
    assert rest.outcomes == ("correctness", "coldness", "length")
    assert few == {"sycophancy": 0}
    unlabelled = pool.values.copy()
    unlabelled[1, 0, 15:] = np.nan
    _, few = with_telling_outcomes(replace(pool, values=unlabelled))
    assert list(few) == ["correctness"]
    assert 0 < few["correctness"] <= 15


def test_the_influence_is_the_slope_of_the_estimate_in_each_prompts_mass() -> None:
    pool = pool_of(120)
    z, weights = standardised(pool), weighed(CHANGED, pool.signals)
    found = shift(pool, z, weights, 0.25)
    np.testing.assert_allclose(found.influence.mean(axis=1), found.estimate)
    reward = np.einsum("k,kmp->mp", weights, z)
    step = 1e-4
    for prompt in (0, 7, 23):
        mass = np.ones(120)
        mass[prompt] += step
        policy = theirs(reward, pool.present, 0.25, mass)
        moved = (pool.values * (policy - 0.25)).sum(axis=1) @ mass / mass.sum()
        slope = (moved - found.estimate) / step * 120
        np.testing.assert_allclose(found.influence[:, prompt] - found.estimate, slope, rtol=2e-3, atol=1e-4)


def test_the_bootstrap_and_the_influence_agree_with_families() -> None:
    pool = april(1500, 4, np.random.default_rng(3), families=5)
    z, weights = standardised(pool), weighed(CHANGED, pool.signals)
    rounds = Rounds.drawn(pool.clusters, np.random.default_rng(4))
    found = shift(pool, z, weights, 0.25)
    sd = resampled(pool, z, weights, 0.25, rounds).std(axis=0)
    np.testing.assert_allclose(standard_error(found.influence, pool.clusters), sd, rtol=0.15)


def test_a_prompt_asked_five_times_over_is_not_five_prompts() -> None:
    """A family of five copies is worth one prompt: drawn as one, and with the error of one."""
    once = pool_of(300)
    five = once.only(np.repeat(np.arange(300), 5))
    weights = weighed(CHANGED, once.signals)
    rounds = Rounds.drawn(five.clusters, np.random.default_rng(4))
    assert (rounds.counts.reshape(-1, 300, 5) == rounds.counts[:, ::5, None]).all()
    assert (rounds.counts.sum(axis=1) == 1500).all()
    alone = standard_error(shift(once, standardised(once), weights, 0.25).influence, once.clusters)
    np.testing.assert_allclose(
        standard_error(shift(five, standardised(five), weights, 0.25).influence, five.clusters), alone
    )
    sd = resampled(five, standardised(five), weights, 0.25, rounds).std(axis=0)
    np.testing.assert_allclose(sd, alone, rtol=0.15)


def test_an_outcome_in_a_slice_is_one_that_is_known_only_there() -> None:
    pool = pool_of(400)
    z, weights = standardised(pool), weighed(CHANGED, pool.signals)
    whole = shift(pool, z, weights, 0.25)
    parts = pool.sliced("sycophancy", ["memory:on", "memory:off"])
    found = shift(parts, z, weights, 0.25)
    on = pool.slices["memory:on"]
    assert found.estimate[0] == pytest.approx(whole.differences[0, on].mean())
    assert found.influence.mean(axis=1) == pytest.approx(found.estimate)
    together = found.estimate @ np.array([on.mean(), 1 - on.mean()])
    assert together == pytest.approx(whole.estimate[0])
    rounds = Rounds.drawn(pool.clusters, np.random.default_rng(4))
    sd = resampled(parts, z, weights, 0.25, rounds).std(axis=0)
    np.testing.assert_allclose(standard_error(found.influence, pool.clusters), sd, rtol=0.15)


def test_exchanging_responses_exchanges_their_shares_and_nothing_else() -> None:
    pool = pool_of(300, ragged=True)
    turned = replace(
        pool, scores=pool.scores[:, ::-1], values=pool.values[:, ::-1], present=np.ascontiguousarray(pool.present[::-1])
    )
    weights = weighed(CHANGED, pool.signals)
    here, there = (shift(one, standardised(one), weights, 0.25) for one in (pool, turned))
    np.testing.assert_allclose(here.estimate, there.estimate)
    np.testing.assert_allclose(here.influence, there.influence)
    opposite = replace(pool, values=-pool.values)
    np.testing.assert_allclose(shift(opposite, standardised(pool), weights, 0.25).estimate, -here.estimate)


def test_of_two_responses_the_shift_is_that_of_a_choice_between_them() -> None:
    """E[(logistic(beta (R_A - R_B)) - 1/2) (A - B)]: both factors change sign with A and B."""
    pool = april(200, 2, np.random.default_rng(6))
    z, weights = standardised(pool), weighed(CHANGED, pool.signals)
    found = shift(pool, z, weights, 0.1)
    ahead = np.einsum("k,kp->p", weights, z[:, 0] - z[:, 1])
    chosen = 1 / (1 + np.exp(-found.beta * ahead)) - 0.5
    np.testing.assert_allclose(found.estimate, (chosen * (pool.values[:, 0] - pool.values[:, 1])).mean(axis=1))


def test_a_copy_of_a_signal_shares_its_weight_and_changes_nothing() -> None:
    pool = pool_of(200)
    twice = replace(
        pool, signals=(*pool.signals, "copy"), scores=np.concatenate([pool.scores, 3 * pool.scores[1:2] + 9])
    )
    whole = shift(pool, standardised(pool), np.array([0.5, 0.3, 0.1, 0.1]), 0.25)
    split = shift(twice, standardised(twice), np.array([0.5, 0.1, 0.1, 0.1, 0.2]), 0.25)
    np.testing.assert_allclose(whole.estimate, split.estimate)


def test_outcomes_known_of_some_prompts_have_their_own_error() -> None:
    pool = pool_of(2000)
    values = pool.values.copy()
    values[0, 1, np.random.default_rng(2).random(2000) < 0.75] = np.nan
    some = replace(pool, values=values)
    z, weights = standardised(pool), weighed(CHANGED, pool.signals)
    found = shift(some, z, weights, 0.25)
    error = standard_error(found.influence, pool.clusters)
    assert error[0] / standard_error(shift(pool, z, weights, 0.25).influence, pool.clusters)[0] == pytest.approx(
        2, abs=0.2
    )
    draws = drawn(some, z, weights, 0.25, Rounds.drawn(pool.clusters, np.random.default_rng(4)))
    np.testing.assert_allclose(error, draws.values[1:].std(axis=0), rtol=0.15)
    said = estimates(some, draws.values)
    assert said["sycophancy"].n == int((~np.isnan(found.differences[0])).sum()) < 600
    assert said["correctness"].n == 2000
    assert said["sycophancy"].estimate == pytest.approx(found.estimate[0])


def test_what_cannot_be_reached_says_how_far_it_goes() -> None:
    pool = pool_of(50)
    z = standardised(pool)
    with pytest.raises(Unreachable, match=r"stays under 1\.39"):
        tilted(z, pool.present, weighed(REFERENCE, pool.signals), 1.5)
    with pytest.raises(Unreachable, match="prefer no response"):
        tilted(z, pool.present, np.zeros(4), 0.25)
    near = tilted(z, pool.present, weighed(REFERENCE, pool.signals), 1.38)
    assert near.kl.mean() == pytest.approx(1.38)
    assert near.effective_share < 0.3
    with pytest.raises(TooThin, match="more responses to each prompt"):
        shift(pool, z, weighed(REFERENCE, pool.signals), 1.38).checked(1.38)
    with pytest.raises(ValueError, match="above 0"):
        tilted(z, pool.present, weighed(REFERENCE, pool.signals), 0.0)


def test_what_is_missing_is_named() -> None:
    pool = pool_of(30)
    scores, present = pool.scores.copy(), pool.present.copy()
    scores[1, 2, 4] = np.nan
    scores[2, 0, 6] = np.inf
    present[1:, 9] = False
    kept, out = usable(replace(pool, scores=scores, present=present))
    assert [(each.why, each.prompts.tolist(), each.signals) for each in out] == [
        ("one_response", [9], ()),
        ("score_missing", [4], ("thumbs",)),
        ("score_infinite", [6], ("memory",)),
    ]
    assert kept.prompts == 27
    assert np.isfinite(standardised(kept)).all()
    with pytest.raises(UnusableSignal, match="thumbs cannot be used: some responses"):
        standardised(replace(pool, scores=scores))
    with pytest.raises(InsufficientData, match="20 more prompts"):
        standardised(pool.only(np.zeros(30, dtype=bool)))
    scores[1] = np.nan
    with pytest.raises(UnusableSignal, match="thumbs cannot be used: no response has a score"):
        usable(replace(pool, scores=scores))
    scores[1:] = np.arange(30.0)
    with pytest.raises(UnusableSignal, match="thumbs cannot be used: it gives all responses to the same prompt"):
        standardised(replace(pool, scores=scores))


def test_an_interval_is_the_deviation_times_students_t() -> None:
    values = np.random.default_rng(1).normal(size=300)
    found = interval(0.5, values, np.array([1, 1, 2, 3, 4]))
    assert found.n == 5
    assert found.high - found.estimate == pytest.approx(3.182446 * values.std(ddof=1) * np.sqrt(4 / 3))
    assert found.as_json() == {"estimate": 0.5, "low": found.low, "high": found.high, "n": 5}
    with pytest.raises(ValueError, match="not finite"):
        interval(float("nan"), values, np.arange(5))


def test_the_difference_of_two_shifts_has_the_interval_of_its_families_sums() -> None:
    pool = april(240, 4, np.random.default_rng(8), families=3)
    z = standardised(pool)
    found, rest = (shift(pool, z, weighed(weights, pool.signals), 0.25) for weights in (CHANGED, REFERENCE))
    told = between(pool, found, rest)
    for row, outcome in enumerate(pool.outcomes):
        each = found.influence[row] - rest.influence[row]
        sums = np.array([(each[pool.clusters == family] - each.mean()).sum() for family in range(80)])
        error = float(np.sqrt(80 / 79 * (sums**2).sum())) / 240
        middle = float(found.estimate[row] - rest.estimate[row])
        half = float(t.ppf(0.975, 79)) * error
        assert (told[outcome].estimate, told[outcome].n) == (pytest.approx(middle), 240)
        assert (told[outcome].low, told[outcome].high) == pytest.approx((middle - half, middle + half))
    with pytest.raises(InsufficientData):
        between(replace(pool, clusters=np.zeros(240, dtype=np.int64)), found, rest)
