"""The confidence sequence: equal to its definition, no wider than promised, and valid at all hours in small."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtri
from scipy.stats import norm

from stats.sequential.anytime import confidence_sequence, needed, one_sided, rho, threshold, threshold_above
from stats.sequential.fixed import fixed_interval
from stats.sequential.moments import Contrast

PLANNED = 20_000


def _contrast(estimate: float, se: float, n: float) -> Contrast:
    return Contrast(*(np.asarray([value], dtype=float) for value in (estimate, se, n)))


def test_e_is_the_mixture_of_likelihood_ratios_that_it_says() -> None:
    """By numerical integration over the effects that the mixture believes in."""
    z, n = 2.7, 3000.0
    scale = rho(PLANNED, 0.05) * np.sqrt(n)
    grown = quad(lambda d: np.exp(d * z - d**2 / 2) * norm.pdf(d, scale=scale), -8 * scale, 8 * scale)[0]
    found = confidence_sequence(_contrast(z * 0.01, 0.01, n), planned=PLANNED)
    assert found.e[0] == pytest.approx(grown)
    assert found.p[0] == pytest.approx(min(1.0, 1 / grown))


def test_a_one_sided_bound_is_where_the_half_mixture_reaches_its_limit() -> None:
    n = 3000.0
    time = n * rho(PLANNED, 0.1) ** 2
    z = float(threshold_above(np.asarray([time]), 0.05)[0])
    scale = np.sqrt(time)
    grown = quad(lambda d: 2 * np.exp(d * z - d**2 / 2) * norm.pdf(d, scale=scale), 0, 8 * scale)[0]
    assert grown == pytest.approx(20)
    bounds = one_sided(_contrast(1.0, 0.1, n), planned=PLANNED)
    assert bounds.low[0] == pytest.approx(1 - 0.1 * z)
    assert bounds.high[0] == pytest.approx(1 + 0.1 * z)


def test_the_closed_form_is_the_one_of_the_paper() -> None:
    n, alpha, se = 4321.0, 0.05, 0.02
    r = np.sqrt((-2 * np.log(alpha) + np.log(1 - 2 * np.log(alpha))) / PLANNED)
    half = se * np.sqrt(n) * np.sqrt(2 * (n * r**2 + 1) / (n * r) ** 2 * np.log(np.sqrt(n * r**2 + 1) / alpha))
    found = confidence_sequence(_contrast(0.3, se, n), planned=PLANNED)
    assert (found.low[0], found.high[0]) == pytest.approx((0.3 - half, 0.3 + half))


def test_the_interval_excludes_no_difference_just_when_e_says_so() -> None:
    for z in np.linspace(2, 5, 61):
        found = confidence_sequence(_contrast(-z, 1.0, 9000.0), planned=PLANNED)
        assert (found.high[0] < 0) == (found.e[0] > 20) == (found.p[0] < 0.05)


def test_the_interval_is_no_wider_than_promised_even_if_the_plan_was_four_times_off() -> None:
    fixed = -ndtri(0.025)

    def times_as_wide(n: float) -> float:
        return float(threshold(np.asarray(n * rho(PLANNED, 0.05) ** 2), 0.05)) / fixed

    assert times_as_wide(PLANNED) <= 1.60
    assert max(times_as_wide(PLANNED / 4), times_as_wide(4 * PLANNED)) <= 1.70
    assert times_as_wide(PLANNED / 40) > 1.70


def test_one_sided_bounds_are_nearer_than_two_sided_ones() -> None:
    contrast = _contrast(0.0, 1.0, 15_000.0)
    both, one = confidence_sequence(contrast, planned=PLANNED), one_sided(contrast, planned=PLANNED)
    assert both.low[0] < one.low[0] < 0 < one.high[0] < both.high[0]


def test_before_the_burn_in_or_without_an_error_nothing_is_said() -> None:
    for contrast in (_contrast(5.0, 0.1, 499.0), _contrast(5.0, 0.0, 5000.0), _contrast(np.nan, np.nan, 5000.0)):
        for found in (
            confidence_sequence(contrast, planned=PLANNED),
            one_sided(contrast, planned=PLANNED),
        ):
            assert np.isnan([found.low, found.high]).all()


def test_evidence_beyond_all_numbers_is_infinite_and_p_is_0() -> None:
    found = confidence_sequence(_contrast(100.0, 1.0, 20_000.0), planned=PLANNED)
    assert np.isinf(found.e[0])
    assert found.p[0] == 0


def test_with_as_many_more_units_as_are_asked_for_the_declared_effect_is_found() -> None:
    se, n, distance = 0.01, 5000.0, 0.02
    more = needed(Contrast(*(np.asarray(value) for value in (0.0, se, n))), distance=distance, planned=PLANNED)
    total = n + more
    later = se * np.sqrt(n / total)
    draws = np.random.default_rng(3).normal(distance, later, 20_000)
    found = confidence_sequence(Contrast(draws, np.full(20_000, later), np.full(20_000, total)), planned=PLANNED)
    assert (found.low > 0).mean() == pytest.approx(0.8, abs=0.01)
    with pytest.raises(ValueError, match="above 0"):
        needed(Contrast(*(np.asarray(value) for value in (0.0, se, n))), distance=0.0, planned=PLANNED)


def test_the_fixed_interval_is_the_textbooks() -> None:
    found = fixed_interval(_contrast(0.0196, 0.01, 100.0))
    assert found.low[0] == pytest.approx(0.0, abs=1e-5)
    assert found.p[0] == pytest.approx(0.05, abs=1e-3)
