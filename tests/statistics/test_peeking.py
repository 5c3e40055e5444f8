"""Experiments looked at every hour, in a small seeded form; the full form is `python -m tests.statistics.peeking`."""

import numpy as np
import pytest

from tests.statistics.looking import PLANNED, mismatches, null_looks, power, widths
from tests.statistics.peeking import SETTINGS, Setting, errors, exact_votes, slices

RUNS = 200
MOST = 14
"""Of 200 experiments: an error of 0.05 exceeds it with a chance of 0.08, one of 0.02 of 0.00003."""
BY_NAME = {setting.name: setting for setting in SETTINGS}
WITHOUT_RETURN = [setting for setting in SETTINGS if "return" not in setting.name]


@pytest.mark.parametrize("setting", WITHOUT_RETURN, ids=lambda setting: setting.name)
def test_looking_at_every_hour_errs_no_more_than_promised(setting: Setting) -> None:
    found = errors(setting, np.random.default_rng(11), runs=RUNS)
    assert max(found.ours, found.above, found.ratio) <= MOST
    if "report" not in setting.name:
        assert found.peeked >= 0.25 * RUNS


@pytest.mark.parametrize("name", ["thumbs, users return, ICC .2", "wins, users return, ICC .2"])
def test_users_who_come_back_are_one_user_each(name: str) -> None:
    found = errors(BY_NAME[name], np.random.default_rng(12), runs=RUNS)
    assert max(found.ours, found.above, found.ratio) <= MOST
    assert found.events_once >= 1.8 * found.once
    assert found.events > found.ours


def test_single_votes_have_exact_evidence_after_each() -> None:
    found = exact_votes(np.random.default_rng(13), runs=300, votes_of_each=1500)
    assert found.exact <= 20
    assert found.peeked >= 75


def test_many_slices_find_no_more_than_one() -> None:
    found = slices(np.random.default_rng(14), runs=100)
    assert found.together <= 5
    assert found.alone > found.together


def test_planned_looks_cost_little_power_and_looking_always_more() -> None:
    found = power(0.70, 0.72, np.random.default_rng(15), runs=1000)
    assert found.fixed == pytest.approx(0.88, abs=0.03)
    assert found.loss[20] <= 0.03 + 2 * found.error[20]
    assert found.loss[20] > 0
    assert 0.60 <= found.anytime[PLANNED] < found.groups[20]


def test_planned_looks_without_a_difference_err_as_often_as_said() -> None:
    assert 1 <= null_looks(np.random.default_rng(16), runs=100) <= 12


def test_widths_hold_with_a_plan_four_times_off() -> None:
    wide = widths()
    assert wide[1.0] <= 1.60
    assert max(wide[0.25], wide[4.0]) <= 1.70


def test_a_mismatch_of_samples_is_found_and_an_even_lot_is_not() -> None:
    wrong, median, _ = mismatches(0.52, np.random.default_rng(17), runs=400)
    assert wrong >= 0.90 * 400
    assert median < 15_000
    assert mismatches(0.50, np.random.default_rng(18), runs=400)[0] <= 1
