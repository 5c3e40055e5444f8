"""Correction of noisy labels: an obvious loop, what it comes to at the ends, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest

from stats.clustering import Way
from stats.correcting import correction
from stats.logistic import Design, Separated, fit
from stats.preferences import Pairs, pair_rows
from stats.sufficiency import InsufficientData
from stats.twophase import Corrected, corrected
from tests.pair_worlds import Labelled, labelled

N = 1500


@pytest.fixture(scope="module")
def world() -> Labelled:
    return labelled(N, np.random.default_rng(8), people=40)


def solved(world: Labelled, drawn: np.ndarray, chance: np.ndarray) -> Corrected:
    noisy, true = pair_rows(world.noisy).design, pair_rows(world.true).design
    assert world.noisy.chooser is not None
    return corrected(noisy, true.where(drawn), drawn, chance, [Way("choosers", world.noisy.chooser)])


def test_it_is_what_an_obvious_loop_gives(world: Labelled) -> None:
    rng = np.random.default_rng(3)
    chance = rng.uniform(0.1, 0.6, N)
    drawn = rng.random(N) < chance
    noisy, true = pair_rows(world.noisy).design, pair_rows(world.true).design
    p = chance[drawn]
    on_gold = fit(Design(true.names, true.x[drawn], true.y[drawn], 1 / p))
    on_part = fit(Design(noisy.names, noisy.x[drawn], noisy.y[drawn], 1 / p))
    on_all = fit(noisy)
    f = [on_gold.inverse @ true.x[i] * (true.y[i] - expit(true.x[i] @ on_gold.coefficients)) for i in range(N)]
    h = [on_all.inverse @ noisy.x[i] * (noisy.y[i] - expit(noisy.x[i] @ on_all.coefficients)) for i in range(N)]
    both, own = np.zeros((2, 2)), np.zeros((2, 2))
    for i in np.flatnonzero(drawn):
        share = (1 - chance[i]) / chance[i] ** 2
        both += share * np.outer(f[i], h[i])
        own += share * np.outer(h[i], h[i])
    augment = both @ np.linalg.inv(own)
    spread = np.zeros((40, 2))
    assert world.noisy.chooser is not None
    for i in range(N):
        inside = drawn[i] / chance[i]
        spread[world.noisy.chooser[i]] += inside * f[i] - augment @ h[i] * (inside - 1)
    found = solved(world, drawn, chance)
    assert found.coefficients == pytest.approx(
        on_gold.coefficients - augment @ (on_part.coefficients - on_all.coefficients)
    )
    assert found.sure.covariance == pytest.approx(40 / 39 * spread.T @ spread)


def expit(eta: float) -> float:
    return float(1 / (1 + np.exp(-eta)))


def test_with_gold_for_all_it_is_the_fit_on_gold(world: Labelled) -> None:
    found = solved(world, np.ones(N, dtype=bool), np.ones(N))
    assert found.coefficients == pytest.approx(fit(pair_rows(world.true).design).coefficients)


def test_with_labels_that_are_right_it_is_the_fit_on_all(world: Labelled) -> None:
    """Gold then adds nothing: the noisy fit on all rows is the answer, and as sure as it is."""
    right = replace(world, noisy=world.true)
    drawn = np.random.default_rng(1).random(N) < 0.3
    found = solved(right, drawn, np.full(N, 0.3))
    whole = fit(pair_rows(world.true).design)
    assert found.coefficients == pytest.approx(whole.coefficients, abs=0.02)
    assert np.sqrt(np.diag(found.sure.covariance)) == pytest.approx(np.sqrt(np.diag(whole.inverse)), rel=0.35)


def test_correction_names_what_it_corrects(world: Labelled) -> None:
    found = correction(world.noisy, world.gold, world.chance)
    given = [name for name, estimate in found.coefficients.items() if estimate]
    assert given == ["correct", "sycophantic"]
    assert (found.pairs, found.gold) == (N, int(np.isfinite(world.gold["correct"]).sum()))
    assert found.missing == ()
    one = correction(world.noisy, {"sycophantic": world.gold["sycophantic"]}, world.chance)
    assert one.missing == ("There are no gold labels of correctness, which are taken as they are.",)


def test_too_little_gold_says_how_much_more(world: Labelled) -> None:
    few = {name: np.where(np.arange(N) < 100, column, np.nan) for name, column in world.gold.items()}
    found = correction(world.noisy, few, world.chance)
    assert found.missing == (f"Correction: Not enough data: about {40 - found.gold} more gold labels needed.",)
    assert not any(found.coefficients.values())
    nothing = {name: np.full(N, np.nan) for name in world.gold}
    assert "about 40 more gold labels" in correction(world.noisy, nothing, world.chance).missing[-1]


def test_separated_gold_gets_a_sentence(world: Labelled) -> None:
    drawn = np.isfinite(world.gold["sycophantic"])
    outcome = np.where(drawn, world.true.deltas["sycophantic"] > 0, world.noisy.outcome)
    outcome = np.where(drawn & (world.true.deltas["sycophantic"] == 0), 0.5, outcome)
    found = correction(replace(world.noisy, outcome=outcome.astype(float)), world.gold, world.chance)
    assert found.missing == (
        "Correction: Every outcome can be foretold from sycophancy: pairs are missing that went against it.",
    )


def test_impossible_draws_are_refused(world: Labelled) -> None:
    drawn = np.arange(N) < 300
    with pytest.raises(ValueError, match="probability"):
        solved(world, drawn, np.zeros(N))
    noisy = pair_rows(world.noisy).design
    way = [Way("choosers", np.zeros(N, dtype=np.int64))]
    with pytest.raises(ValueError, match="those drawn"):
        corrected(noisy, noisy, drawn, np.ones(N), way)
    with pytest.raises(InsufficientData, match="choosers"):
        corrected(noisy, noisy.where(drawn), drawn, np.ones(N), way)
    assert issubclass(Separated, ValueError)
    assert isinstance(world.noisy, Pairs)
