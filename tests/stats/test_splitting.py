"""Kitagawa's split: exact, by hand, and on streams where only the mix or only people changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.explaining.splitting import CELLS, Cells, Seen, kitagawa, split
from stats.sufficiency import InsufficientData

sizes = st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(lambda counts: sum(counts) >= 20)


def cells(counts: list[int], rng: np.random.Generator) -> Cells:
    cell = np.repeat(np.arange(4), counts)
    up = (rng.random(len(cell)) < 0.2 + 0.2 * cell).astype(float)
    return Cells.of(up, np.ones(len(cell)), cell, 4)


@given(sizes, sizes, st.integers(0, 99))
def test_the_parts_sum_to_the_change_even_where_cells_are_empty(one: list[int], other: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, after = cells(one, rng), cells(other, rng)
    assert sum(kitagawa(before, after)) == pytest.approx(after.overall - before.overall, abs=1e-12)


def test_the_parts_are_what_kitagawa_wrote() -> None:
    before = Cells(np.array([0.5, 0.5]), np.array([0.2, 0.6]))
    after = Cells(np.array([0.25, 0.75]), np.array([0.4, 0.6]))
    # (0.3)(-0.25) + (0.6)(0.25) and (0.375)(0.2).
    assert kitagawa(before, after) == pytest.approx((0.075, 0.075))


def test_a_cell_that_one_time_lacks_counts_as_mix() -> None:
    before = Cells(np.array([1.0, 0.0]), np.array([0.5, np.nan]))
    after = Cells(np.array([0.5, 0.5]), np.array([0.5, 0.9]))
    assert kitagawa(before, after) == pytest.approx((0.2, 0.0))


def thumbs(n: int, rng: np.random.Generator, *, liked: float = 0.0, share: float = 0.3) -> Seen:
    """Two kinds of users; the second kind gets more flattery and gives more thumbs up."""
    kind = rng.random(n) < share
    s = (rng.random(n) < np.where(kind, 0.6, 0.2)).astype(float)
    correct = (rng.random(n) < 0.6).astype(float)
    odds = -0.4 + 1.5 * kind + 0.5 * correct
    up = (rng.random(n) < 1 / (1 + np.exp(-odds - liked * s))).astype(float)
    return Seen(up, s, correct, odds)


def test_another_mix_is_mix_and_other_rewards_are_not() -> None:
    rng = np.random.default_rng(1)
    reference = thumbs(40_000, rng)
    mixed = split(reference, thumbs(40_000, rng, share=0.1))
    assert mixed.mix == pytest.approx(mixed.after - mixed.before, abs=0.02)
    assert mixed.mix < -0.06
    liked = split(reference, thumbs(40_000, rng, liked=0.8))
    assert abs(liked.mix) < 0.01
    assert liked.coefficient > 0.1
    for gaps in (mixed, liked):
        assert gaps.mix + gaps.coefficient == pytest.approx(gaps.after - gaps.before, abs=1e-12)


def test_the_gap_is_that_of_flattering_and_of_right_answers() -> None:
    seen = thumbs(5000, np.random.default_rng(2), liked=0.5)
    gaps = split(seen, seen)
    upright = (seen.sycophantic == 0) & (seen.correct == 1)
    assert gaps.before == pytest.approx(seen.up[seen.sycophantic == 1].mean() - seen.up[upright].mean())
    assert (gaps.mix, gaps.coefficient) == (pytest.approx(0), pytest.approx(0))
    assert gaps.as_json() == {
        "gap_before": gaps.before,
        "gap_after": gaps.after,
        "mix": gaps.mix,
        "coefficient": gaps.coefficient,
    }


def test_shares_of_labellers_weigh_as_much_as_they_are() -> None:
    up, cell = np.array([1.0, 0.0] * 20), np.zeros(40, dtype=np.int64)
    weight = np.array([0.75, 0.25] * 20)
    assert Cells.of(up, weight, cell, 1).overall == pytest.approx(0.75)
    with pytest.raises(InsufficientData, match="about 10 more thumbs"):
        Cells.of(up, weight / 2, cell, 1)


def test_there_are_no_more_cells_than_the_odds_have_values() -> None:
    rng = np.random.default_rng(3)
    flat = Seen(*(np.ones(100) * value for value in (1, 1, 1, 0.5)))
    with pytest.raises(InsufficientData):
        split(flat, flat)
    both = thumbs(1000, rng)
    one = Seen(both.up, both.sycophantic, both.correct, np.zeros(1000))
    assert split(one, both).mix + split(one, both).coefficient == pytest.approx(
        split(one, both).after - split(one, both).before
    )
    assert CELLS == 10
