"""The lattice of weights: the counts of combinatorics, bounds, signs, and steps between neighbours."""

from math import comb

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stats.simplex import MOST_POINTS, count, lattice, neighbours, within


def test_six_signals_in_tenths_are_3003_points() -> None:
    points, step = lattice([f"s{row}" for row in range(6)], {})
    assert (len(points), step) == (3003, 0.1)
    np.testing.assert_allclose(points.sum(axis=1), 1.0)
    assert (points >= 0).all()
    assert len(np.unique(points, axis=0)) == 3003


@pytest.mark.parametrize("signals", [1, 2, 5, 7, 9, 12, 40])
def test_the_lattice_is_coarser_where_there_are_too_many_points(signals: int) -> None:
    points, step = lattice([f"s{row}" for row in range(signals)], {})
    steps = round(1 / step)
    assert len(points) == comb(steps + signals - 1, signals - 1) <= MOST_POINTS
    if steps < 10:
        finer = {8: 10, 6: 8, 5: 6, 4: 5, 3: 4, 2: 3, 1: 2}[steps]
        assert comb(finer + signals - 1, signals - 1) > MOST_POINTS


edge = st.tuples(st.integers(-10, 10), st.integers(-10, 10)).map(lambda pair: (min(pair) / 10, max(pair) / 10))


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(edge, min_size=1, max_size=3))
def test_the_points_are_all_those_within_the_bounds(edges: list[tuple[float, float]]) -> None:
    signals = [f"s{row}" for row in range(len(edges))]
    grid = np.array(np.meshgrid(*[np.arange(-10, 11)] * len(edges))).reshape(len(edges), -1).T
    ok = np.abs(grid).sum(axis=1) == 10
    for row, (low, high) in enumerate(edges):
        ok &= (grid[:, row] >= round(10 * low)) & (grid[:, row] <= round(10 * high))
    assert count(edges, 10) == ok.sum()
    points, step = lattice(signals, dict(zip(signals, edges, strict=True)))
    if step == 0.1 and len(points):
        assert {tuple(each) for each in (points * 10).round().astype(int)} == {tuple(each) for each in grid[ok]}
        assert all(within(each, signals, dict(zip(signals, edges, strict=True))) for each in points)


def test_bounds_between_two_points_get_a_finer_lattice() -> None:
    points, step = lattice(["a", "b"], {"a": (0.325, 0.35)})
    assert step == 0.05
    np.testing.assert_allclose(points, [[0.35, 0.65]])


def test_impossible_bounds_leave_no_point_and_wrong_ones_are_refused() -> None:
    assert len(lattice(["a", "b"], {"a": (0, 0.3), "b": (0, 0.3)})[0]) == 0
    with pytest.raises(ValueError, match="bounds for c, which is no signal"):
        lattice(["a", "b"], {"c": (0, 1)})
    with pytest.raises(ValueError, match=r"the bounds of a, 0\.5 to 0\.2"):
        lattice(["a", "b"], {"a": (0.5, 0.2)})


def test_neighbours_take_from_one_signal_and_give_to_another() -> None:
    around = {tuple(each.round(3)) for each in neighbours(np.array([0.6, -0.4, 0.0]), 0.1)}
    assert around == {
        (0.5, -0.5, 0.0),
        (0.5, -0.4, 0.1),
        (0.5, -0.4, -0.1),
        (0.7, -0.3, 0.0),
        (0.6, -0.3, 0.1),
        (0.6, -0.3, -0.1),
    }
