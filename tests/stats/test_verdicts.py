"""Verdicts: only an interval on one side of the ceiling is an answer, and more prompts are asked for otherwise."""

import numpy as np
import pytest

from stats.intervals import Estimate
from stats.verdicts import Verdict, together, verdict


def test_only_an_interval_above_the_ceiling_is_over() -> None:
    found = verdict(Estimate(0.061, 0.055, 0.067, 800), 0.045)
    assert found == Verdict("over_budget", over_by=pytest.approx(0.016))
    assert verdict(Estimate(0.061, 0.045, 0.077, 800), 0.045).answer == "not_enough_data"


def test_an_upper_bound_at_the_ceiling_is_within() -> None:
    assert verdict(Estimate(0.03, 0.015, 0.045, 800), 0.045) == Verdict("within_budget")
    assert verdict(Estimate(0.03, 0.0149, 0.0451, 800), 0.045).answer == "not_enough_data"


def test_so_many_prompts_are_asked_for_that_the_answer_is_likely() -> None:
    """Drawn anew with that many prompts, 95 of 100 pools whose true shift is the one seen say so."""
    sd, n = 0.15, 400
    half = 1.96 * sd / n**0.5
    found = verdict(Estimate(0.0, -half, half, n), 0.01)
    assert found.answer == "not_enough_data"
    # The design's own number for this case: (3.605 x .15 / .01) squared.
    assert n + found.needed == pytest.approx((3.605 * 0.15 / 0.01) ** 2, rel=0.001)
    error = sd / (n + found.needed) ** 0.5
    draws = np.random.default_rng(1).normal(0.0, error, 20_000)
    answers = [verdict(Estimate(x, x - 1.96 * error, x + 1.96 * error, n), 0.01).answer for x in draws]
    assert answers.count("within_budget") / len(answers) == pytest.approx(0.95, abs=0.01)


def test_at_the_ceiling_no_endless_number_is_asked_for() -> None:
    assert verdict(Estimate(0.045, 0.035, 0.055, 800), 0.045).needed == pytest.approx(51 * 800, rel=0.02)


def test_several_verdicts_are_as_bad_as_the_worst() -> None:
    within, over = Verdict("within_budget"), Verdict("over_budget", over_by=0.01)
    lacking, more = Verdict("not_enough_data", needed=200), Verdict("not_enough_data", needed=900)
    assert together([within, within]) == within
    assert together([within, lacking, more]) == more
    assert together([lacking, over, Verdict("over_budget", over_by=0.03)]) == Verdict("over_budget", over_by=0.03)
    with pytest.raises(ValueError, match="no verdict"):
        together([])


def test_what_is_not_finite_gets_no_verdict() -> None:
    with pytest.raises(ValueError, match="needs an interval"):
        verdict(Estimate(0.0, float("nan"), 0.1, 5), 0.01)
