"""A project that lacks something gets a report that says what, and neither a number nor a traceback."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks._pools import plant, recipe
from reports.models import RewardSignal
from scenarios.worlds import CHANGED, REFERENCE, april
from stats.pools import Pool
from tests.weighting.conftest import recipes

pytestmark = pytest.mark.django_db


def world(prompts: int = 60, responses: int = 4) -> Pool:
    return april(prompts, responses, np.random.default_rng(7))


def lacking(said: Any) -> str:
    """Everything that the report says is missing; it has no verdict and no shift."""
    assert said["verdict"] == "not_enough_data"
    assert said["sentence"].startswith("Not enough data")
    assert said["shift"] == {}
    assert said["over_by"] is None
    return " ".join(said["missing"])


def test_a_project_with_nothing_says_all_that_is_missing(project: Any, report: Callable[..., Any]) -> None:
    said = lacking(report())
    assert [
        words for words in ("no recipe yet", "No reference is pinned yet", "no pool yet") if words not in said
    ] == []


def test_without_a_recipe_or_a_reference(project: Any, report: Callable[..., Any]) -> None:
    plant(project, world())
    version = recipe(project, "alone", CHANGED)
    said = report()
    assert "No reference is pinned yet" in lacking(said)
    assert said["pool"]["prompts"] == 60
    assert said["recipe"] == {"name": "alone", "version": 1, "weights": version.weights}
    assert said["reference"] is None


def test_without_a_pool(project: Any, report: Callable[..., Any]) -> None:
    recipes(project)
    said = report()
    assert "no pool yet" in lacking(said)
    assert (said["pool"], said["provenance"]["seed"]) == (None, 1)
    assert all(card["missing"] for card in said["quirks"])


def test_without_labels(project: Any, report: Callable[..., Any]) -> None:
    recipes(project)
    plant(project, world(), labelled=0.0)
    said = report()
    assert "labelled for sycophancy" in lacking(said)
    assert said["pool"]["labels"] == {"gold": 0, "rater": 0, "judge": 0}


def test_with_one_response_to_each_prompt(project: Any, report: Callable[..., Any]) -> None:
    recipes(project)
    plant(project, world(responses=1))
    assert "two responses" in lacking(report())


def test_with_a_signal_that_nothing_scored(project: Any, report: Callable[..., Any]) -> None:
    recipes(project)
    plant(project, without(world(), "fresh"))
    said = report()
    assert "fresh" in lacking(said)
    [fresh] = [one for one in said["signals"] if one["key"] == "fresh"]
    assert (fresh["coverage"], fresh["scored_by"]) == (0, None)


def test_with_a_signal_that_is_constant(project: Any, report: Callable[..., Any]) -> None:
    recipes(project)
    pool = world()
    scores = pool.scores.copy()
    scores[pool.signals.index("memory")] = 3.0
    plant(project, replace(pool, scores=scores))
    said = report()
    assert "The signal memory gives all responses to the same prompt the same score." in lacking(said)
    cards = {card["signal"]: card for card in said["quirks"]}
    assert cards.keys() == {"fresh", "memory", "primary", "thumbs"}
    assert "memory cannot be used" in cards["memory"]["missing"]
    assert [name for name, card in cards.items() if not card.get("pairs")] == ["memory"]


def test_with_a_signal_that_is_a_copy_of_another(project: Any, report: Callable[..., Any]) -> None:
    recipes(project)
    pool = world(300)
    scores = pool.scores.copy()
    scores[pool.signals.index("fresh")] = scores[pool.signals.index("thumbs")]
    plant(project, replace(pool, scores=scores))
    said = report()
    gold = said["toward_gold"]
    assert gold["correctness"]["fresh"] is gold["correctness"]["thumbs"] is None
    assert gold["missing"]
    assert said["shift"]["sycophancy"]


def test_with_labels_that_are_all_the_same(project: Any, report: Callable[..., Any]) -> None:
    recipes(project)
    pool = world()
    plant(project, replace(pool, values=np.where(np.isnan(pool.values), pool.values, 0.0)))
    said = report()
    assert "not all alike" in lacking(said)
    assert all(card["coefficients"]["sycophantic"] is None and card["missing"] for card in said["quirks"])


def test_with_scores_missing_for_some_responses(project: Any, report: Callable[..., Any]) -> None:
    recipes(project)
    pool = world()
    scores = pool.scores.copy()
    scores[0, 1, :5] = np.nan
    plant(project, replace(pool, scores=scores))
    said = report()
    [left] = said["pool"]["left_out"]
    assert left["count"] == 5
    assert "primary" in left["why"]
    assert len(left["examples"]) == 3
    assert said["shift"]["sycophancy"]["n"] == 55


def test_when_the_recipe_is_the_reference(project: Any, report: Callable[..., Any]) -> None:
    recipes(project)
    plant(project, world())
    recipe(project, "same", {key: weight for key, weight in REFERENCE.items() if weight})
    said = report()
    assert said["verdict"] == "within_budget"
    assert said["shift"]["sycophancy"]["estimate"] == 0
    assert said["changes"] == []
    assert any("no change to attribute" in sentence for sentence in said["missing"])


def test_a_pressure_that_the_pool_cannot_reach(project: Any, report: Callable[..., Any]) -> None:
    from reports.budgets import set_budget

    recipes(project)
    plant(project, world())
    set_budget(project=project, who=None, kl=4.5)
    assert "cannot be tilted" in lacking(report())


def test_a_signal_of_which_less_is_better_is_weighed_below_zero(project: Any, report: Callable[..., Any]) -> None:
    recipes(project)
    pool = world(200)
    turned = pool.scores * np.array([1.0, -1.0, 1.0, 1.0])[:, None, None]
    RewardSignal.objects.filter(key="thumbs").update(direction=-1)
    recipe(project, "april", {**CHANGED, "thumbs": -CHANGED["thumbs"]})
    plant(project, replace(pool, scores=turned))
    said = report()
    assert said["recommended"]["weights"]["thumbs"] <= 0
    [card] = [card for card in said["quirks"] if card["signal"] == "thumbs"]
    # The card says what is preferred, whichever way the scores run.
    assert card["coefficients"]["correct"]["low"] > 0
    assert said["influence"]["after"]["thumbs"] > 0


def without(pool: Pool, signal: str) -> Pool:
    scores = pool.scores.copy()
    scores[pool.signals.index(signal)] = np.nan
    return replace(pool, scores=scores)
