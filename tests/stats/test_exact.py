"""Exact evidence from counts, sample-ratio mismatch, and many questions at once."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta, binom

from stats.multiplicity import holm
from stats.sequential.ebh import adjusted_e, e_bh
from stats.sequential.exact import log_e_of_counts, log_e_of_share, share_interval
from stats.sequential.srm import sample_ratio


def test_the_evidence_on_a_share_is_the_mixture_of_likelihoods() -> None:
    s, f = 37, 21
    grown = quad(lambda p: binom.pmf(s, s + f, p) * beta.pdf(p, 10, 10), 0, 1)[0] / binom.pmf(s, s + f, 0.5)
    assert float(np.exp(log_e_of_share(s, f))) == pytest.approx(grown)


def test_of_two_kinds_the_evidence_on_counts_is_that_on_a_share() -> None:
    counts = np.array([[37, 21], [400, 380]])
    assert log_e_of_counts(counts, [0.5, 0.5], a=10) == pytest.approx(log_e_of_share(counts[:, 0], counts[:, 1]))


def test_the_evidence_on_unequal_shares_is_the_mixture_around_these() -> None:
    """Of two kinds meant to be 4 to 1, with a prior of 2 a = 20 shared out 16 to 4."""
    s, f = 61, 9
    grown = quad(lambda p: binom.pmf(s, s + f, p) * beta.pdf(p, 16, 4), 0, 1)[0] / binom.pmf(s, s + f, 0.8)
    assert float(np.exp(log_e_of_counts([s, f], [0.8, 0.2], a=10))) == pytest.approx(grown)


def test_evidence_is_1_on_average_under_its_null_at_any_number() -> None:
    for n in (1, 7, 60):
        k = np.arange(n + 1)
        chances = binom.pmf(k, n, 0.3)
        assert float((chances * np.exp(log_e_of_share(k, n - k, null=0.3))).sum()) == pytest.approx(1)


def test_the_interval_of_a_share_holds_just_what_is_not_contradicted() -> None:
    low, high = share_interval(70, 30)
    assert low < 0.7 < high
    for bound in (low, high):
        assert float(log_e_of_share(70, 30, null=bound)) == pytest.approx(np.log(20), abs=1e-6)
    assert share_interval(30, 70) == pytest.approx((1 - high, 1 - low))
    assert share_interval(0, 0) == (0.0, 1.0)
    low, high = share_interval(0, 60)
    assert low == 0.0
    assert 0 < high < 0.3


def test_a_mismatch_once_found_stays_found() -> None:
    even = np.arange(1, 101)[:, None] * np.array([100, 100])
    assert not sample_ratio(even, [0.5, 0.5]).found
    wrong = even.copy()
    wrong[40:60, 0] += 1500
    found = sample_ratio(wrong, [0.5, 0.5])
    assert found.found
    assert found.since == 40
    assert found.p <= 0.001
    assert found.e == pytest.approx(1 / found.p)


def test_unequal_shares_and_three_arms_are_held_against_what_was_meant() -> None:
    units = np.array([[5000, 500, 500], [10000, 1000, 1000]])
    assert not sample_ratio(units, [1_000_000, 100_000, 100_000]).found
    assert sample_ratio(units, [1, 1, 1]).since == 0
    assert sample_ratio(np.zeros((0, 2)), [1, 1]).p == 1
    assert sample_ratio(units[1], [10, 1, 1]).p == 1
    with pytest.raises(ValueError, match="positive share"):
        sample_ratio(units, [1, 1])


def test_e_bh_finds_what_its_definition_says() -> None:
    e = np.array([90.0, 25.0, 41.0, 0.3, np.nan])
    # K / (α k): 100, 50, 33.3; the third largest is 25, so the second (41) falls short of 50, the first of 100.
    assert not e_bh(e).any()
    assert e_bh([120.0, 25.0, 55.0, 0.3, np.nan]).tolist() == [True, False, True, False, False]
    assert adjusted_e([120.0, 25.0, 55.0, 0.3, np.nan]) == pytest.approx([5 / 120, 5 / 75, 5 / 110, 1, 1])
    assert e_bh([np.inf, 1.0]).tolist() == [True, False]


def test_a_great_e_value_lifts_no_small_one() -> None:
    e = np.random.default_rng(1).exponential(30, (200, 8))
    for row in e:
        found = e_bh(row, alpha=0.1)
        k = max((k for k in range(1, 9) if np.sort(row)[-k] >= 8 / (0.1 * k)), default=0)
        assert found.sum() == k


def test_holms_steps_are_those_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, np.nan]) == pytest.approx([0.04, 0.09, 0.09, 1.0])
