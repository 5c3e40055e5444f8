"""Boundaries of planned looks: the published ones, those of a multivariate normal, and α in the end whatever comes."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal

from stats.sequential.groups import at_looks, boundaries, crossings, look_places, spent
from stats.sequential.moments import Contrast


def _crossed(bounds: np.ndarray, information: np.ndarray, draws: int = 200_000) -> float:
    steps = np.sqrt(np.diff(information, prepend=0.0))
    paths = np.cumsum(np.random.default_rng(1).normal(size=(draws, steps.size)) * steps, axis=1)
    return float((np.abs(paths) / np.sqrt(information) > bounds).any(axis=1).mean())


@pytest.mark.parametrize(
    ("looks", "published"),
    [
        (2, [2.963, 1.969]),
        (3, [3.710, 2.511, 1.993]),
        (5, [4.877, 3.357, 2.680, 2.290, 2.031]),
    ],
)
def test_boundaries_are_the_published_ones(looks: int, published: list[float]) -> None:
    """Those of α/2 spent at each side by itself, in the tables of Jennison and Turnbull and of Lan and DeMets."""
    fractions = np.arange(1, looks + 1) / looks
    each_side = 4 * ndtr(ndtri(0.05 / 4) / np.sqrt(fractions))
    assert crossings(each_side, fractions) == pytest.approx(published, abs=1e-3)


def test_boundaries_are_those_of_the_multivariate_normal() -> None:
    information = np.array([1.0, 1.7, 5.0])
    fractions = np.array([0.3, 0.6, 1.0])
    bounds = boundaries(fractions, 0.05, information=information)
    shared = np.sqrt(np.minimum.outer(information, information) / np.maximum.outer(information, information))
    for k in (1, 2, 3):
        within = multivariate_normal(np.zeros(k), shared[:k, :k]).cdf(bounds[:k], lower_limit=-bounds[:k])
        assert 1 - within == pytest.approx(spent(fractions, 0.05)[k - 1], abs=1e-4)


def test_one_look_is_the_fixed_test() -> None:
    assert boundaries(np.array([1.0])) == pytest.approx([1.959964])


@pytest.mark.parametrize(
    ("fractions", "information"),
    [
        (np.arange(1, 21) / 20, np.arange(1, 21) / 20),
        (np.array([0.25, 0.5, 0.75, 1.0]), np.array([1.0, 5.0, 6.0, 20.0])),
        (np.array([0.3, 0.301, 0.8, 1.4]), np.array([1.0, 1.001, 3.0, 3.1])),
    ],
    ids=["twenty", "unequal", "crowded and overrun"],
)
def test_all_of_alpha_is_spent_and_no_more(fractions: np.ndarray, information: np.ndarray) -> None:
    bounds = boundaries(fractions, 0.05, information=information)
    assert _crossed(bounds, information) == pytest.approx(0.05, abs=0.002)


def test_looks_that_do_not_follow_each_other_or_are_too_many_are_refused() -> None:
    for fractions in ([0.5, 0.5], [0.0, 0.5], []):
        with pytest.raises(ValueError, match="looks|needs"):
            boundaries(np.array(fractions))
    with pytest.raises(ValueError, match="one to 20"):
        boundaries(np.arange(1, 22) / 21)
    with pytest.raises(ValueError, match="one to 20"):
        look_places(np.arange(5.0), planned=10, looks=21)


def test_looks_are_made_at_the_first_hour_with_their_units() -> None:
    n = np.array([0.0, 90, 100, 120, 310, 390, 399, 420, 500])
    assert look_places(n, planned=400, looks=4).tolist() == [2, 4, 7]
    assert look_places(n[:2], planned=400, looks=4).size == 0


def _path(z: float, hours: int = 60) -> Contrast:
    n = np.arange(1, hours + 1) * 20.0
    se = 1 / np.sqrt(n)
    return Contrast(z * se, se, n)


def test_a_look_says_the_same_later_as_when_it_was_made() -> None:
    whole = at_looks(_path(1.0), planned=1000, looks=5)
    assert whole is not None
    assert whole.done
    assert whole.crossed is None
    assert whole.fractions == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    for hours in (10, 25, 45):
        early = at_looks(_path(1.0, hours), planned=1000, looks=5)
        assert early is not None
        assert not early.done
        assert early.bounds == pytest.approx(whole.bounds[: early.places.size], abs=1e-6)


def test_what_comes_after_the_last_look_is_not_tested() -> None:
    path = _path(1.0, 60)
    late = Contrast(np.where(np.arange(60) > 55, 9.0, path.estimate), path.se, path.n)
    found = at_looks(late, planned=1000, looks=5)
    assert found is not None
    assert found.crossed is None


def test_the_first_look_beyond_its_boundary_is_named() -> None:
    found = at_looks(_path(3.0), planned=1000, looks=5)
    assert found is not None
    assert found.crossed == 2
    assert found.low[2] > 0 > found.low[1]
