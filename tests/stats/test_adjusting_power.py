"""How much it takes to tell."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from stats.adjusting.power import Needed, labelled_turns_needed, power_at, share_deviation, units_needed
from stats.sequential.anytime import one_sided
from stats.sequential.moments import Contrast
from stats.sufficiency import InsufficientData


def test_for_one_look_it_is_the_textbooks_number() -> None:
    """Two shares of 0.7, a difference of 0.02: 2 × (1.96 + 0.84)² × 2 × 0.21 / 0.02² / 2 to an arm."""
    by_hand = 2 * (norm.ppf(0.975) + norm.ppf(0.8)) ** 2 * 2 * 0.21 / 0.02**2
    assert units_needed(deviation=math.sqrt(0.21), effect=0.02, looks=False) == pytest.approx(by_hand, rel=0.003)


def test_looking_at_any_time_takes_more_and_likeness_takes_more() -> None:
    once = units_needed(deviation=0.46, effect=0.02, looks=False)
    always = units_needed(deviation=0.46, effect=0.02)
    assert 1.6 * once < always < 2.6 * once
    alone = labelled_turns_needed(base=0.05, limit=0.02)
    alike = labelled_turns_needed(base=0.05, limit=0.02, per_unit=3.0, icc=0.2)
    assert alike.turns == pytest.approx(1.4 * alone.turns, rel=0.02)
    assert alike.units == math.ceil(alike.turns / 3)


def test_power_at_what_is_needed_is_what_was_asked_for() -> None:
    for looks in (True, False):
        units = units_needed(deviation=0.46, effect=0.02, power=0.9, looks=looks, planned=20_000)
        assert power_at(units=units, deviation=0.46, effect=0.02, looks=looks, planned=20_000) == pytest.approx(
            0.9, abs=0.002
        )


def test_at_what_is_needed_a_guardrail_tells_in_eighty_of_a_hundred() -> None:
    need = labelled_turns_needed(base=0.05, limit=0.02, rise=0.06)
    variance = 2 * (0.05 * 0.95 + 0.11 * 0.89)
    error = math.sqrt(variance / need.turns)
    estimate = 0.06 + error * np.random.default_rng(3).standard_normal(2000)
    many = Contrast(estimate, np.full(2000, error), np.full(2000, float(need.units)))
    told = one_sided(many, planned=need.units).low > 0.02
    assert told.mean() == pytest.approx(0.8, abs=0.03)


def test_a_small_arm_takes_more_turns_in_all() -> None:
    even, small = (labelled_turns_needed(base=0.05, limit=0.02, share=share) for share in (0.5, 0.1))
    assert small.turns > 2 * even.turns
    assert small.smaller == math.ceil(small.turns * 0.1)


def test_days_are_turns_over_what_is_labelled_in_a_day() -> None:
    assert Needed(8000, 8000, 4000).days(turns_a_day=20_000, rate=0.02) == 20
    assert Needed(8000, 6000, 4000).as_json() == {"turns": 8000, "units": 6000, "smaller": 4000}
    with pytest.raises(ValueError, match="a day has turns"):
        Needed(1, 1, 1).days(turns_a_day=0, rate=0.02)


def test_several_thumbs_of_a_user_who_is_always_the_same_are_one() -> None:
    assert share_deviation(share=0.7, per_unit=5, icc=1.0) == pytest.approx(math.sqrt(0.21))
    assert share_deviation(share=0.7, per_unit=5, icc=0.0) == pytest.approx(math.sqrt(0.21 / 5))


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing tells"):
        labelled_turns_needed(base=0.05, limit=0.02, rise=0.02)
    with pytest.raises(ValueError, match="effect of nothing"):
        units_needed(deviation=0.4, effect=0.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        labelled_turns_needed(base=0.99, limit=0.05, rise=0.02)
    with pytest.raises(InsufficientData):
        power_at(units=0, deviation=0.4, effect=0.1)
