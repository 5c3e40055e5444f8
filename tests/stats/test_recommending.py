"""Recommended weights: held-out numbers only, ceilings kept, and what is said where nothing passes."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from scenarios.worlds import DOMAINS, REFERENCE, april, weighed
from stats.influence import shares
from stats.pools import Array, Pool, standardised
from stats.recommendation import Ceiling, Recommendation, Terms
from stats.recommending import MOST_FITTED, halves, recommend
from stats.sufficiency import InsufficientData
from stats.tilting import Unreachable, shift
from stats.trials import Trials

KL = 0.25
POINTS = 60


def pool_of(prompts: int = 800, seed: int = 5, families: int = 1) -> Pool:
    return april(prompts, 4, np.random.default_rng(seed), families=families)


def recommended(pool: Pool, terms: Terms, *, against: Array | None = None, seed: int = 1) -> Recommendation:
    rng = np.random.default_rng(seed)
    return recommend(pool, standardised(pool), KL, terms, rng, against=against, most_points=POINTS)


def test_halves_are_whole_families_and_the_same_for_the_same_seed() -> None:
    clusters = np.repeat(np.arange(400), 3)
    fitting, held_out = halves(clusters, np.random.default_rng(4))
    assert fitting.sum() == held_out.sum() == 600
    assert not set(clusters[fitting]) & set(clusters[held_out])
    np.testing.assert_array_equal(fitting, halves(clusters, np.random.default_rng(4))[0])
    assert (fitting != halves(clusters, np.random.default_rng(5))[0]).any()
    assert halves(np.arange(20_000), np.random.default_rng(4))[0].sum() == MOST_FITTED
    with pytest.raises(InsufficientData, match="about 10 more prompts"):
        halves(np.repeat(np.arange(90), 9), np.random.default_rng(4))


def test_the_numbers_are_those_of_the_held_out_half_alone() -> None:
    pool = pool_of()
    z = standardised(pool)
    found = recommended(pool, Terms((Ceiling("sycophancy", 0.0),)))
    assert found.chosen is not None
    _, held_out = halves(pool.clusters, np.random.default_rng(1))
    exact = shift(pool.only(held_out), z[:, :, held_out], weighed(found.chosen.weights, pool.signals), KL)
    for name, estimate in zip(pool.outcomes, exact.estimate, strict=True):
        if name != "length":
            assert found.chosen.shifts[name].estimate == pytest.approx(estimate, abs=1e-6)
            assert found.chosen.shifts[name].n == 400
    for option in found.front:
        theirs = shift(pool.only(held_out), z[:, :, held_out], weighed(option.weights, pool.signals), KL).estimate
        assert option.shifts["sycophancy"].estimate == pytest.approx(theirs[0], abs=1e-6)


def test_every_upper_bound_is_under_its_ceiling() -> None:
    pool = pool_of(1600)
    domains = tuple(Ceiling("sycophancy", 0.04, f"domain:{name}") for name in DOMAINS)
    ceilings = (Ceiling("sycophancy", 0.02), Ceiling("coldness", 0.01), *domains)
    found = recommended(pool, Terms(ceilings), against=weighed(REFERENCE, pool.signals))
    assert found.status == "recommended"
    assert found.chosen is not None
    assert not found.reference
    for each in ceilings:
        assert found.chosen.shifts[each.asked.name].high <= each.most
    assert found.chosen.shifts["correctness"].low > 0
    # What stopped the walk is named.
    assert found.binding == "sycophancy"


def test_without_a_ceiling_in_the_way_nothing_binds() -> None:
    found = recommended(pool_of(), Terms((Ceiling("sycophancy", 0.5),)))
    assert found.status == "recommended"
    assert found.binding is None


def test_the_coldness_ceiling_binds_as_the_sycophancy_ceiling_does() -> None:
    pool = pool_of(1600)
    free = recommended(pool, Terms((Ceiling("sycophancy", 0.5),)))
    assert free.chosen is not None
    most = free.chosen.shifts["coldness"].estimate
    held = recommended(pool, Terms((Ceiling("coldness", most),)))
    assert held.binding == "coldness"
    assert held.chosen is None or held.chosen.shifts["coldness"].high <= most


def test_bounds_and_the_share_of_the_brake_are_kept() -> None:
    pool = pool_of()
    z = standardised(pool)
    bounds = {"fresh": (0.1, 0.3), "primary": (0.0, 0.65)}
    terms = Terms((Ceiling("sycophancy", 0.5),), bounds=bounds, brake="primary", floor=0.5)
    found = recommended(pool, terms)
    assert found.chosen is not None
    fitting, _ = halves(pool.clusters, np.random.default_rng(1))
    for option in (found.chosen, *found.front):
        assert 0.1 <= option.weights["fresh"] <= 0.3
        assert option.weights["primary"] <= 0.65
        assert sum(abs(weight) for weight in option.weights.values()) == pytest.approx(1)
        weights = weighed(option.weights, pool.signals)
        assert shares(z[:, :, fitting], pool.present[:, fitting], weights)[0] >= 0.5 - 1e-9


def test_what_cannot_be_kept_is_named() -> None:
    pool = pool_of()
    ceilings = (Ceiling("sycophancy", 0.0),)
    impossible = dict.fromkeys(pool.signals, (0.0, 0.2))
    assert recommended(pool, Terms(ceilings, bounds=impossible)).binding == "bounds"
    few = Terms(ceilings, bounds={"primary": (0.0, 0.1)}, brake="primary", floor=0.9)
    found = recommended(pool, few)
    assert (found.status, found.chosen, found.binding) == ("infeasible", None, "brake")
    with pytest.raises(KeyError):
        recommended(pool, Terms(ceilings, brake="nobody", floor=0.1))
    with pytest.raises(Unreachable):
        recommend(pool, standardised(pool), 1.5, Terms(ceilings), np.random.default_rng(1), most_points=POINTS)


def test_an_infeasible_ceiling_is_named_with_the_nearest_that_would_pass() -> None:
    pool = pool_of(1600)
    terms = Terms((Ceiling("sycophancy", -0.08), Ceiling("coldness", 0.2)))
    found = recommended(pool, terms)
    assert (found.status, found.binding, found.needed) == ("infeasible", "sycophancy", None)
    assert found.relaxation is not None
    assert set(found.relaxation.ceilings) == {"sycophancy"}
    raised = found.relaxation.ceilings["sycophancy"]
    assert -0.08 < raised < 0
    # Raised a little more, since another ceiling makes another order to walk in, it passes.
    again = recommended(pool, replace(terms, ceilings=(Ceiling("sycophancy", raised + 0.005), terms.ceilings[1])))
    assert again.status == "recommended"


def test_where_more_prompts_would_do_it_says_how_many() -> None:
    """The safest shift is about -0.038, so that -0.033 can be proven, but not on 400 prompts."""
    pool = pool_of(800, seed=2)
    found = recommended(pool, Terms((Ceiling("sycophancy", -0.033),)))
    assert found.status == "infeasible"
    assert found.needed is not None
    # 1.96 x 0.15 / 0.005 squared prompts to hold out, give or take the noise of 400.
    assert 500 < found.needed < 100_000


def test_keeping_the_reference_is_an_answer() -> None:
    pool = pool_of()
    reference = np.array([0.0, 0.35, 0.65, 0.0])
    terms = Terms((Ceiling("sycophancy", 0.0),), bounds={"primary": (0.0, 0.0), "fresh": (0.0, 0.0)})
    found = recommended(pool, terms, against=reference)
    assert found.chosen is not None
    if found.reference:
        assert found.chosen.shifts["sycophancy"].high == 0.0
    # Only itself is under a ceiling below what anything else shifts.
    only = recommended(pool, replace(terms, bounds={"thumbs": (0.35, 0.35), "memory": (0.65, 0.65)}), against=reference)
    assert only.reference
    assert only.chosen is not None
    assert only.chosen.shifts["correctness"].estimate == 0.0


def test_a_half_without_enough_labels_says_how_many_are_missing() -> None:
    pool = pool_of()
    values = pool.values.copy()
    values[0][:, 30:] = np.nan
    little = replace(pool, values=values)
    with pytest.raises(InsufficientData, match="more prompts needed"):
        recommended(little, Terms((Ceiling("sycophancy", 0.0),)))
    # What has no ceiling is left out where it cannot be told.
    found = recommended(little, Terms((Ceiling("coldness", 0.05),)))
    assert found.chosen is not None
    assert set(found.chosen.shifts) == {"correctness", "coldness"}


def test_the_same_seed_recommends_the_same_and_changes_nothing() -> None:
    pool = pool_of()
    before = pool.scores.copy(), pool.values.copy()
    reference = weighed(REFERENCE, pool.signals)
    terms = Terms((Ceiling("sycophancy", 0.02),))
    found = recommended(pool, terms, against=reference)
    assert found == recommended(pool, terms, against=reference)
    np.testing.assert_array_equal(pool.scores, before[0])
    np.testing.assert_array_equal(pool.values, before[1])
    np.testing.assert_array_equal(reference, weighed(REFERENCE, pool.signals))
    with pytest.raises(FrozenInstanceError):
        found.chosen = None  # type: ignore[misc]


def test_the_json_has_what_the_report_shows() -> None:
    pool = pool_of()
    body = recommended(pool, Terms((Ceiling("sycophancy", 0.0),))).as_json()
    assert body["status"] == "recommended"
    assert body["relaxation"] is None
    assert set(body["held_out"]) == {"correctness", "sycophancy", "coldness"}  # type: ignore[call-overload]
    front = body["front"]
    assert isinstance(front, list)
    assert 2 <= len(front) <= 16
    assert set(front[0]) == {"weights", "correctness", "sycophancy", "coldness"}
    refused = recommended(pool, Terms((Ceiling("sycophancy", -0.08),))).as_json()
    assert (refused["status"], refused["weights"], refused["held_out"]) == ("infeasible", None, None)


def test_refining_gains_correctness_on_the_fitting_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a step of 0.2 the best weights lie between the points."""
    tried: list[int] = []
    board = Trials.board

    def counted(self: Trials, weights: Array) -> object:
        tried.append(len(weights))
        return board(self, weights)

    monkeypatch.setattr(Trials, "board", counted)
    pool = pool_of(1600)
    found = recommended(pool, Terms((Ceiling("sycophancy", 0.02),)), against=weighed(REFERENCE, pool.signals))
    assert found.step == 0.2
    assert found.tried > tried[0]
    assert found.chosen is not None
    assert any(round(weight * 5, 6) % 1 for weight in found.chosen.weights.values())
