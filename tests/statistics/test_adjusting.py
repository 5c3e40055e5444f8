"""Effects at matched behaviour and guardrails in a small seeded form; the full one is `tests.statistics.adjusting`."""

from tests.statistics._labelled import World
from tests.statistics.adjusting import APRIL, UNEVEN, WORSE, recovered, recovered_over_all, watched_guardrail


def test_the_adjusted_effect_holds_the_truth_and_the_raw_one_does_not_mean_it() -> None:
    """150 slices: 0.90 is three standard errors below 0.95, and 0.25 deviations three errors of a mean."""
    for world in (APRIL, WORSE, UNEVEN):
        found = recovered(world, 1000, runs=150, big=400_000)
        assert found.held >= 0.9
        assert abs(found.bias) <= 0.25 * found.deviation
        assert found.raw - found.truth > 0.015


def test_over_all_thumbs_the_truth_is_held_by_much_less_width() -> None:
    found = recovered_over_all(APRIL, 8_000, 0.1, runs=40, big=200_000)
    assert found.held >= 0.85
    assert found.width < 0.7 * found.width_of_slice


def test_a_rise_on_its_ceiling_is_hardly_ever_told_however_often_one_looks() -> None:
    """100 experiments at 0.05 each way: more than 11 fall out once in a hundred times."""
    found = watched_guardrail(World(sycophantic=(0.05, 0.07)), 0.02, 2000, runs=100, looks=15)
    assert found.breached <= 0.11
    assert found.within <= 0.11
    assert found.naive > 0.12


def test_a_harm_well_over_its_ceiling_is_found() -> None:
    found = watched_guardrail(World(sycophantic=(0.05, 0.15)), 0.02, 3000, runs=20, looks=10)
    assert found.breached >= 0.9
    assert found.within == 0
