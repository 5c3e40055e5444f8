"""Pools that a signal never scored: bridges and anchor sets, and how far a bridge's own error reaches."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from benchmarks._pools import recipe
from core.catalog.models import PoolResponse, Score
from core.ledger.actors import imported_actors
from core.ledger.bulk import Spoken, record_many
from core.ledger.recording import Said, Subject, Utterance
from core.ledger.rubrics import default_version
from reports.models import RewardSignal
from scenarios.worlds import april
from stats.bridging import Bridge
from stats.intervals import Rounds
from stats.moving import Mover, as_scored
from stats.pools import standardised
from stats.spanning import AcrossBridges, Span, spans_of
from stats.tilting import shift

KL = 0.25
WEIGHTS = np.array([0.5, 0.3, 0.1, 0.1])


def across(prompts: int = 400, deviation: float = 0.15) -> tuple[Mover, Span]:
    """A pool whose second signal is scored by a bridge with coefficients of this deviation."""
    rng = np.random.default_rng(7)
    pool = april(prompts, 4, rng)
    middle = np.array([0.8, 0.55, -0.4])
    drawn = middle + deviation * rng.standard_normal((300, 3))
    bridge = Bridge(("correct", "sycophantic", "cold"), middle, drawn, 2000)
    [span] = spans_of(pool, {"thumbs": bridge}, {"thumbs": 1.0})
    scores = pool.scores.copy()
    scores[1] = bridge.scores(span.features)
    pool = replace(pool, scores=scores)
    rounds = Rounds.drawn(pool.clusters, np.random.default_rng(1))
    return Mover(pool, standardised(pool), rounds, AcrossBridges([span])), span


def test_a_bridges_rounds_are_those_of_tilting_anew_in_each() -> None:
    mover, span = across()
    found = mover.moved(WEIGHTS, KL).values
    plain = as_scored(mover, WEIGHTS, KL).values
    exact = []
    for number, counts in enumerate(mover.rounds.counts[:60].astype(int)):
        z = mover.z.copy()
        z[span.row] = span.z(span.bridge.rounds[number], mover.pool.present)
        places = np.repeat(np.arange(mover.pool.prompts), counts)
        pool = replace(
            mover.pool,
            scores=mover.pool.scores[:, :, places],
            values=mover.pool.values[:, :, places],
            present=mover.pool.present[:, places],
            clusters=np.arange(places.size),
            slices={},
        )
        exact.append(shift(pool, np.ascontiguousarray(z[:, :, places]), WEIGHTS, KL).estimate)
    off = np.array(exact) - found[1:61]
    spread = np.std(exact, axis=0)
    assert (np.sqrt((off**2).mean(axis=0)) < 0.15 * spread)[:3].all()
    # Without the bridge's own error the rounds would be off by much more.
    without = np.array(exact) - plain[1:61]
    assert (without**2).mean(axis=0)[0] > 4 * (off**2).mean(axis=0)[0]
    assert np.array_equal(found[0], plain[0])


def test_a_bridge_that_the_recipe_does_not_weigh_changes_nothing() -> None:
    mover, _span = across()
    weights = np.array([1.0, 0.0, 0.0, 0.0])
    assert np.array_equal(mover.moved(weights, KL).values, as_scored(mover, weights, KL).values)


@pytest.fixture
def simulated(project: Any) -> Any:
    call_command("simulate", "april", "--project", "demo", "--seed", "7", "--prompts", "300", "--json")
    return project


@pytest.mark.django_db
def test_a_signal_that_scored_nothing_gets_a_bridge_from_its_own_peoples_choices(
    simulated: Any, report: Callable[..., Any]
) -> None:
    assert RewardSignal.objects.get(key="raters").kind == "raters"
    recipe(simulated, "rated", {"primary": 0.5, "raters": 0.5}, [{"name": "raters", "signals": ["raters"]}])
    said = report("--recipe", "rated")
    by = {signal["key"]: signal["scored_by"] for signal in said["signals"]}
    assert (by["primary"], by["raters"]) == ("imported", "bridge")
    assert said["shift"]["sycophancy"]["estimate"], said["missing"]
    assert any("bridge" in sentence for sentence in said["limitations"])
    [card] = [card for card in said["quirks"] if card["signal"] == "raters"]
    assert card["choosers"] > 1
    assert card["corrected"]["gold"] > 0


@pytest.mark.django_db
def test_where_a_signals_people_judged_the_pool_itself_it_is_the_anchor_set(
    project: Any, april_in: Callable[..., Any], report: Callable[..., Any]
) -> None:
    pool = april_in(project, 60)
    RewardSignal.objects.create(project=project, key="feeling", name="Feeling", kind="thumbs")
    recipe(project, "felt", {"primary": 0.5, "feeling": 0.5})
    responses = list(PoolResponse.objects.filter(pool=pool).values_list("response", flat=True))
    people = imported_actors(project, ["one", "other"])
    scores = dict(Score.objects.filter(pool=pool, signal="thumbs").values_list("response", "value"))
    record_many(
        project=project,
        source="import",
        rubric_version=default_version(project).pk,
        spoken=[
            Spoken(
                actor,
                Utterance(
                    submission_key=f"{actor} {response}",
                    said=(Said("thumb", 1 if scores[response] > 0 else -1),),
                    subject=Subject(response=response),
                ),
            )
            for response in responses
            for actor in people.values()
        ],
    )
    said = report("--recipe", "felt")
    [feeling] = [signal for signal in said["signals"] if signal["key"] == "feeling"]
    assert feeling["scored_by"] == "anchor"
    assert said["shift"]["sycophancy"]["n"] == 60
