"""Efficient scores: mean 0 where they were fitted, moved by what is asked about and by nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from scenarios.driftworlds import UNLIKE, World, stream
from stats.monitoring.coefficients import BIAS, CONFLATION, MEMORY, Coefficient
from stats.monitoring.scoring import Scorer, fitted

EACH = {"M1": BIAS, "M5": CONFLATION, "M9": MEMORY}


@pytest.fixture(scope="module")
def scorers() -> dict[str, Scorer]:
    reference = stream(UNLIKE, 20_000, np.random.default_rng(1))
    return {key: fitted(monitor.question, reference) for key, monitor in EACH.items()}


def mean(scorer: Scorer, world: World, events: int = 120_000) -> float:
    """The mean score over the same draws in every world."""
    return float(scorer.scores(stream(world, events, np.random.default_rng(2))).score.mean())


@pytest.mark.parametrize("monitor", EACH.values(), ids=EACH)
def test_the_reference_has_mean_0(monitor: Coefficient) -> None:
    reference = stream(UNLIKE, 8000, np.random.default_rng(3))
    assert fitted(monitor.question, reference).scores(reference).score.mean() == pytest.approx(0, abs=1e-9)


def test_a_small_rise_moves_the_mean_by_the_information(scorers: dict[str, Scorer]) -> None:
    for key, where in (("M1", None), ("M9", ("memory", "on"))):
        scorer = scorers[key]
        information = scorer.scores(stream(UNLIKE, 120_000, np.random.default_rng(2))).information.mean()
        moved = mean(scorer, UNLIKE.drifting(0.1, where)) - mean(scorer, UNLIKE)
        assert moved == pytest.approx(0.1 * information, rel=0.1), key


def test_the_effect_of_memory_is_not_moved_by_a_rise_everywhere(scorers: dict[str, Scorer]) -> None:
    still = mean(scorers["M9"], UNLIKE)
    everywhere = mean(scorers["M9"], UNLIKE.drifting(0.4)) - still
    on = mean(scorers["M9"], UNLIKE.drifting(0.4, ("memory", "on"))) - still
    assert abs(everywhere) < 0.1 * on


def test_conflation_is_moved_by_warmth_that_flatters_and_not_by_thumbs(scorers: dict[str, Scorer]) -> None:
    still = mean(scorers["M5"], UNLIKE)
    warmer = mean(scorers["M5"], replace(UNLIKE, warmer=0.5)) - still
    assert warmer > 0.01
    assert mean(scorers["M5"], UNLIKE.drifting(0.8)) == still


def test_levels_and_warmth_that_are_not_known_are_levels_where_the_reference_has_them() -> None:
    world = replace(UNLIKE, unlabelled=0.3)
    reference = stream(world, 6000, np.random.default_rng(4))
    scorer = fitted(BIAS.question, reference)
    assert scorer.levels["warmth"] == ("no", "yes")
    assert scorer.scores(stream(world, 500, np.random.default_rng(5))).rows.left_out == {}
