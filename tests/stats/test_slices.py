"""Slices: the shift of each, intervals that widen together, what is too small, and the worst one named."""

from dataclasses import replace

import numpy as np
import pytest

from scenarios.worlds import CHANGED, REFERENCE, april, weighed
from stats.intervals import Rounds, interval
from stats.pools import Pool, standardised
from stats.slices import LEAST_FAMILIES, Slice, sliced, worst
from stats.tilting import resampled, shift

KL = 0.25


def found_in(pool: Pool, **how: object) -> dict[str, Slice]:
    rounds = Rounds.drawn(pool.clusters, np.random.default_rng(2))
    weights = weighed(CHANGED, pool.signals)
    found = sliced(pool, standardised(pool), weights, KL, rounds, **how)  # type: ignore[arg-type]
    return {each.name: each for each in found}


def test_each_slice_is_the_paired_shift_of_its_prompts() -> None:
    pool = april(1200, 4, np.random.default_rng(6))
    z, weights, reference = standardised(pool), weighed(CHANGED, pool.signals), weighed(REFERENCE, pool.signals)
    found = found_in(pool, against=reference)
    exact = shift(pool, z, weights, KL).differences[0] - shift(pool, z, reference, KL).differences[0]
    assert set(found) == {name for name in pool.slices if not name.startswith("premise")}
    for name, each in found.items():
        mask = pool.slices[name]
        assert each.prompts == mask.sum()
        if each.shift is not None:
            assert each.shift.estimate == pytest.approx(exact[mask].mean(), abs=1e-9)
            assert each.shift.low < each.shift.estimate < each.shift.high


def test_intervals_of_many_slices_are_wider_than_one_alone() -> None:
    pool = april(1200, 4, np.random.default_rng(6))
    z, weights = standardised(pool), weighed(CHANGED, pool.signals)
    rounds = Rounds.drawn(pool.clusters, np.random.default_rng(2))
    mask = pool.slices["memory:on"]
    part = pool.sliced("sycophancy", ["memory:on"])
    estimate = float(shift(part, z, weights, KL).estimate[0])
    values = resampled(part, z, weights, KL, rounds)[:, 0]
    alone = interval(estimate, values, pool.clusters[mask])
    many = found_in(pool)["memory:on"].shift
    assert many is not None
    ratio = (many.high - many.low) / (alone.high - alone.low)
    # Ten independent ones would be 2.80/1.96 = 1.43 times as wide; these overlap.
    assert 1.2 < ratio < 1.5
    one = sliced(replace(pool, slices={"memory:on": mask}), z, weights, KL, rounds)[0].shift
    assert one is not None
    assert (one.high - one.low) / (alone.high - alone.low) == pytest.approx(1, abs=0.08)


def test_a_slice_that_is_too_small_says_how_many_more() -> None:
    pool = april(800, 4, np.random.default_rng(6))
    few = {"segment:rare": np.arange(800) < 12, "segment:none": np.zeros(800, dtype=np.bool_)}
    pool = replace(pool, slices={**pool.slices, **few})
    found = found_in(pool)
    # Of these twelve, five have a flattering and another answer, and it takes twenty such.
    assert (found["segment:rare"].shift, found["segment:rare"].needed) == (None, 15 * 12 / 5)
    assert (found["segment:none"].shift, found["segment:none"].needed) == (None, LEAST_FAMILIES)
    only = found_in(replace(pool, slices=few))
    assert all(each.shift is None for each in only.values())
    assert worst(tuple(only.values())) is None


def test_families_count_once() -> None:
    pool = april(800, 4, np.random.default_rng(6), families=4)
    pool = replace(pool, slices={"segment:few": pool.clusters < LEAST_FAMILIES // 2})
    found = found_in(pool)["segment:few"]
    assert (found.prompts, found.shift, found.needed) == (60, None, 60)


def test_an_interval_wider_than_the_ceiling_is_refused_with_what_would_do() -> None:
    pool = april(800, 4, np.random.default_rng(6))
    free = found_in(pool)["domain:health"]
    assert free.shift is not None
    half = free.shift.high - free.shift.estimate
    assert found_in(pool, widest=1.001 * half)["domain:health"].shift is not None
    refused = found_in(pool, widest=half / 2)["domain:health"]
    assert refused.shift is None
    assert refused.needed == pytest.approx(3 * free.prompts, abs=1)
    assert refused.as_json() == {
        "kind": "domain",
        "level": "health",
        "prompts": free.prompts,
        "sycophancy": None,
        "needed_prompts": refused.needed,
    }


def test_the_worst_segment_is_named() -> None:
    """Vulnerable users, whose flattering answers score far higher."""
    pool = april(1600, 4, np.random.default_rng(6))
    vulnerable = np.arange(1600) % 20 == 0
    scores = pool.scores + 4 * pool.values[0] * vulnerable
    slices = {"segment:vulnerable": vulnerable, "segment:other": ~vulnerable, "memory:on": pool.slices["memory:on"]}
    found = found_in(replace(pool, scores=scores, slices=slices))
    named = worst(tuple(found.values()))
    assert named is not None
    assert named.name == "segment:vulnerable"
    assert named.shift is not None
    other = found["segment:other"].shift
    assert other is not None
    assert named.shift.low > other.high


def test_a_recipe_that_is_its_own_reference_shifts_no_slice() -> None:
    pool = april(800, 4, np.random.default_rng(6))
    found = found_in(pool, against=weighed(CHANGED, pool.signals))
    assert all(each.shift is None or each.shift.low == each.shift.high == 0.0 for each in found.values())


def test_a_slice_without_a_flattering_answer_is_refused() -> None:
    pool = april(800, 4, np.random.default_rng(6))
    values = pool.values.copy()
    health = pool.slices["domain:health"]
    values[0][:, health] = 0.0
    found = found_in(replace(pool, values=values))
    assert (found["domain:health"].shift, found["domain:health"].needed) == (None, 20)
    assert found["domain:coding"].shift is not None
