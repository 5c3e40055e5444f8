"""Means over users from sums over users: an obvious loop says the same, and copies of an event are no new users."""

import numpy as np
import pytest

from stats.sequential.moments import Moments, difference, mean_per_exposed, ratio, relative, steadied


def _users(seed: int, users: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    m = rng.poisson(2.0, users).astype(float)
    return rng.binomial(m.astype(int), 0.7).astype(float), m


def test_a_ratio_and_its_variance_are_those_of_a_loop_over_users() -> None:
    x, m = _users(1)
    found = ratio(Moments.summed(x, m))
    has = m > 0
    q, n = x.sum() / m.sum(), int(has.sum())
    parts = [(a - q * b) / m[has].mean() for a, b in zip(x[has], m[has], strict=True)]
    assert float(found.value) == pytest.approx(q)
    assert float(found.variance) == pytest.approx(sum(part**2 for part in parts) / (n * (n - 1)))
    assert float(found.n) == n


def test_who_did_nothing_counts_as_nothing_in_a_mean_per_exposed() -> None:
    x, m = _users(2)
    found = mean_per_exposed(Moments.summed(x, m, exposed=1000))
    everyone = np.concatenate([x, np.zeros(600)])
    assert float(found.value) == pytest.approx(everyone.mean())
    assert float(found.variance) == pytest.approx(everyone.var(ddof=1) / 1000)
    assert float(found.n) == 1000


def test_every_event_said_twenty_times_makes_nothing_surer() -> None:
    x, m = _users(3)
    once, often = ratio(Moments.summed(x, m)), ratio(Moments.summed(20 * x, 20 * m))
    assert float(often.value) == pytest.approx(float(once.value))
    assert float(often.variance) == pytest.approx(float(once.variance))


def test_the_variance_is_that_of_drawing_users_anew() -> None:
    x, m = _users(4)
    rng = np.random.default_rng(5)
    drawn = rng.integers(0, x.size, (4000, x.size))
    values = x[drawn].sum(axis=1) / m[drawn].sum(axis=1)
    assert float(ratio(Moments.summed(x, m)).variance) == pytest.approx(values.var(), rel=0.08)


def test_paths_are_read_as_their_hours_one_by_one() -> None:
    halves = [Moments.summed(*_users(seed)) for seed in (6, 7)]
    both = halves[0] + halves[1]
    names = ("units", "exposed", "sx", "sm", "sxx", "sxm", "smm")
    path = Moments.of(**{name: [getattr(halves[0], name), getattr(both, name)] for name in names})
    assert ratio(path).variance == pytest.approx([float(ratio(one).variance) for one in (halves[0], both)])
    assert float(ratio(path[1:]).value[0]) == pytest.approx(float(ratio(both).value))


def test_differences_turn_around_with_the_arms() -> None:
    first, second = (ratio(Moments.summed(*_users(seed))) for seed in (8, 9))
    for contrast in (difference, relative):
        there, back = contrast(first, second), contrast(second, first)
        assert float(there.estimate) == pytest.approx(-float(back.estimate))
        assert float(there.se) == pytest.approx(float(back.se))
    assert float(relative(first, second).estimate) == pytest.approx(float(np.log(second.value / first.value)))


def test_what_nobody_did_has_no_value() -> None:
    nothing = Moments.summed(np.zeros(5), np.zeros(5))
    assert np.isnan(ratio(nothing).value)
    assert np.isnan(ratio(nothing).variance)
    assert float(mean_per_exposed(nothing).value) == 0
    assert np.isnan(relative(mean_per_exposed(nothing), mean_per_exposed(nothing)).estimate)


def test_a_small_arm_without_a_rare_thing_is_no_surer_than_both_arms_together() -> None:
    many, few = np.zeros(9000), np.zeros(100)
    many[:180] = 1
    first, second = (mean_per_exposed(Moments.summed(x, x, exposed=x.size)) for x in (many, few))
    steady = steadied(first, second)
    assert float(second.variance) == 0
    assert float(steady[1].variance) == pytest.approx(0.02 / 100, rel=0.15)
    assert float(steady[0].variance) == pytest.approx(float(first.variance), rel=0.01)


def test_in_arms_alike_nothing_is_steadied() -> None:
    x, m = _users(10, 4000)
    first, second = ratio(Moments.summed(x, m)), ratio(Moments.summed(x[::-1], m[::-1]))
    for plain, steady in zip((first, second), steadied(first, second), strict=True):
        assert float(steady.variance) == pytest.approx(float(plain.variance))
        assert float(steady.value) == float(plain.value)
