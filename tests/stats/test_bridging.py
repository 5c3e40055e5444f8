"""Bridge models: rounds as if each were fitted anew, scores that are what the source rewards."""

from dataclasses import replace

import numpy as np
import pytest

from scenarios.worlds import april
from stats.bridging import bridge_pairs, bridge_thumbs, features, refits
from stats.clustering import Way
from stats.logistic import Design, Unfittable, fit
from stats.pools import standardised
from stats.preferences import pair_rows
from stats.quirks import card
from stats.sufficiency import InsufficientData
from tests.pair_worlds import People, choices, thumbs

PAIRS = choices(2000, People(80), np.random.default_rng(6))


def test_a_round_is_a_fit_with_clusters_counted_as_drawn() -> None:
    design = pair_rows(PAIRS).design
    assert PAIRS.chooser is not None
    counts = np.random.default_rng(1).multinomial(80, np.full(80, 1 / 80), size=20).astype(float)
    found = refits(design, fit(design), Way("choosers", PAIRS.chooser), counts)
    once = refits(design, fit(design), Way("choosers", PAIRS.chooser), counts, steps=1)
    anew = [
        fit(Design(design.names, design.x, design.y, counts[r][PAIRS.chooser])).coefficients for r in range(len(counts))
    ]
    spread = np.std(anew, axis=0)
    assert np.abs(found - anew).max(axis=0) == pytest.approx(np.zeros(6), abs=1e-4)
    assert (np.abs(once - anew).max(axis=0) < 0.2 * spread).all()


def test_rounds_spread_as_the_clustered_errors_say() -> None:
    bridge = bridge_pairs(PAIRS, np.random.default_rng(2), rounds=400)
    known = card("s", replace(PAIRS, prompt=np.arange(2000))).coefficients
    for name, spread in zip(bridge.names, bridge.rounds.std(axis=0), strict=True):
        estimate = known[name]
        assert estimate is not None
        assert 2 * spread == pytest.approx(estimate.high - estimate.estimate, rel=0.15)


def test_scores_are_what_the_source_rewards() -> None:
    pool = april(50, 4, np.random.default_rng(3))
    bridge = bridge_pairs(PAIRS, np.random.default_rng(2), rounds=5)
    assert bridge.names == ("correct", "sycophantic", "cold", "length", "memory_sycophantic")
    given = features(pool, bridge.names)
    scores = bridge.scores(given)
    b = dict(zip(bridge.names, bridge.coefficients, strict=True))
    values = dict(zip(pool.outcomes, pool.values, strict=True))
    spread = np.sqrt(np.mean([(values["length"][i] - values["length"][j]) ** 2 for i in range(4) for j in range(i)]))
    prompt, mine = 7, 2
    longer = [np.tanh((values["length"][mine, prompt] - values["length"][j, prompt]) / spread) for j in (0, 1, 3)]
    by_hand = (
        b["correct"] * values["correctness"][mine, prompt]
        + b["sycophantic"] * values["sycophancy"][mine, prompt]
        + b["cold"] * values["coldness"][mine, prompt]
        + b["length"] * np.mean(longer)
        + b["memory_sycophantic"] * values["sycophancy"][mine, prompt] * pool.slices["memory:on"][prompt]
    )
    assert scores[mine, prompt] == pytest.approx(by_hand)
    assert bridge.round(3, given)[mine, prompt] != pytest.approx(by_hand, abs=1e-6)
    assert standardised(replace(pool, signals=("bridged",), scores=scores[None])).shape == (1, 4, 50)


def test_what_is_not_labelled_has_no_score() -> None:
    pool = april(50, 4, np.random.default_rng(3))
    unknown = pool.values.copy()
    unknown[:, 1, 9] = np.nan
    bridge = bridge_pairs(PAIRS, np.random.default_rng(2), rounds=2)
    scores = bridge.scores(features(replace(pool, values=unknown), bridge.names))
    assert np.argwhere(np.isnan(scores)).tolist() == [[1, 9]]
    with pytest.raises(KeyError):
        features(pool.choosing(("sycophancy", "correctness")), bridge.names)


def test_thumbs_make_a_bridge_too() -> None:
    given, _ = thumbs(40_000, "random", np.random.default_rng(4))
    bridge = bridge_thumbs(given, np.random.default_rng(2), rounds=50)
    assert bridge.names == ("correct", "sycophantic", "length")
    assert bridge.rows == int((given.value != 0).sum())
    assert bridge.coefficients[:2] == pytest.approx((0.8, 0.6), abs=0.25)
    assert bridge.rounds.shape == (50, 3)


def test_the_same_seed_draws_the_same_rounds() -> None:
    one, other = (bridge_pairs(PAIRS, np.random.default_rng(2), rounds=3) for _ in range(2))
    assert (one.rounds == other.rounds).all()


def test_a_source_that_says_too_little_is_refused() -> None:
    with pytest.raises(InsufficientData, match="70 more pairs"):
        bridge_pairs(PAIRS.where(np.arange(2000) < 50), np.random.default_rng(2), rounds=3)
    with pytest.raises(InsufficientData, match="choosers"):
        bridge_pairs(replace(PAIRS, chooser=np.arange(2000) % 2), np.random.default_rng(2), rounds=3)
    with pytest.raises(Unfittable, match="same"):
        bridge_pairs(replace(PAIRS, outcome=np.full(2000, 0.5)), np.random.default_rng(2), rounds=3)
