"""Simulated ledgers: of known truth, marked as simulated, written once and whole."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from core.accounts.models import AuditEvent, Project
from core.accounts.projects import create_project
from core.catalog.models import Comparison, Content, Pool, PoolResponse, Response, Score
from core.ledger.models import Actor, Judgment, LabelRequest, Signal
from core.tables.verification import checks
from exchange.exporting import export
from exchange.selection import Selection
from exchange.shards import ExportFault
from reports.models import RecipeVersion, RewardSignal
from reports.recipes import add_version, pin_reference, reference_of
from reports.registry import register_signal
from scenarios import worlds
from scenarios.simulations import weighting
from scenarios.simulations.registry import SimulationRefused, simulate

PROMPTS, SEED = 60, 7


@pytest.fixture
def april(project: Any) -> Project:
    simulate(project=project, name="april", seed=SEED, size=PROMPTS)
    return project


def world(prompts: int = PROMPTS) -> Any:
    return worlds.april(prompts, 4, np.random.default_rng(SEED))


def tally() -> list[int]:
    return [model.objects.count() for model in (Content, Response, Score, Comparison, Judgment, Signal, Actor)]


def labelled(question: str, kind: str) -> dict[Any, int]:
    said = Signal.objects.filter(question=question, judgment__actor__kind=kind, judgment__response__isnull=False)
    return dict(said.values_list("judgment__response", "value"))


def test_the_pool_holds_the_scores_of_its_world(april: Project) -> None:
    pool = Pool.objects.get(name="april")
    assert pool.base_bundle.name == "april-base"
    stored = [
        list(Score.objects.filter(signal=signal).order_by("response_id").values_list("value", flat=True))
        for signal in worlds.SIGNALS
    ]
    # Responses were made prompt after prompt.
    assert np.array(stored).reshape(4, PROMPTS, 4).transpose(0, 2, 1) == pytest.approx(world().scores)
    assert PoolResponse.objects.filter(pool=pool).count() == 4 * PROMPTS


def test_gold_is_true_random_and_says_with_which_probability(april: Project) -> None:
    gold = labelled("sycophantic", "expert")
    asked = LabelRequest.objects.filter(project=april, purpose="gold")
    assert set(asked.values_list("response", flat=True)) == set(gold)
    assert set(asked.values_list("probability", "state")) == {(0.25, "done")}
    assert len(gold) > 4 * PROMPTS * 0.15
    order = {pk: n for n, pk in enumerate(Response.objects.order_by("pk").values_list("pk", flat=True))}
    true = world().values[0].T.ravel()
    assert all((value == 2) == (true[order[pk]] == 1) for pk, value in gold.items())


def test_raters_see_most_of_what_is_there_and_not_all(project: Any) -> None:
    simulate(project=project, name="april", seed=SEED, size=150)
    seen, true = labelled("correct", "rater"), world(150).values[1].T.ravel()
    order = {pk: n for n, pk in enumerate(Response.objects.order_by("pk").values_list("pk", flat=True))}
    right = [(value == 2) == (true[order[pk]] == 1) for pk, value in seen.items()]
    assert len(right) == 600
    assert 0.90 < np.mean(right) < 0.98


def test_what_is_said_is_marked_as_simulated_and_no_export_of_preferences_has_it(
    april: Project, tmp_path: Path
) -> None:
    assert Judgment.objects.filter(simulated=True).count() == Judgment.objects.count() > 0
    with pytest.raises(ExportFault, match=r"nothing to export: [\d,]+ judgments are simulated"):
        export(project=april, format="dpo", selection=Selection(project=april.pk), out=tmp_path / "out")


def test_pairs_are_compared_by_raters_and_users_and_thumbs_come_asked_and_unasked(april: Project) -> None:
    decided = Judgment.objects.filter(comparison__isnull=False)
    assert decided.filter(actor__kind="rater", source="rating").count() == 2 * PROMPTS
    assert decided.filter(actor__kind="user", source="live").count() == 2 * PROMPTS
    thumbs = Judgment.objects.filter(signals__question="thumb", source="live", response__isnull=False)
    assert set(thumbs.values_list("solicited", flat=True)) == {True, False}
    assert set(thumbs.values_list("segment_key", flat=True)) <= {"adult", "teen", "vulnerable"}


def test_users_like_flattery_more_than_raters_do(project: Any) -> None:
    simulate(project=project, name="april", seed=SEED, size=200)
    true = dict(
        zip(Response.objects.order_by("pk").values_list("pk", flat=True), world(200).values[0].T.ravel(), strict=True)
    )
    chosen: dict[str, list[float]] = {"rater": [], "user": []}
    said = Signal.objects.filter(question="overall").values_list(
        "judgment__actor__kind", "judgment__comparison__first", "judgment__comparison__second", "value"
    )
    for kind, first, second, value in said:
        if true[first] != true[second]:
            chosen[kind].append(true[first if value < 0 else second])
    assert np.mean(chosen["user"]) > np.mean(chosen["rater"]) + 0.1


def test_the_last_known_good_is_pinned_and_april_declares_three_changes(april: Project) -> None:
    pinned = reference_of(april)
    assert pinned is not None
    assert (pinned.version.recipe.name, pinned.version.weights) == ("known-good", {"primary": 1.0})
    newest = RecipeVersion.objects.select_related("recipe").latest("pk")
    assert newest.recipe.name == "april-25"
    assert newest.weights == pytest.approx(
        {"primary": 1 / 1.95, "thumbs": 0.35 / 1.95, "memory": 0.3 / 1.95, "fresh": 0.3 / 1.95}
    )
    assert [change["name"] for change in newest.changes] == ["thumbs", "memory", "fresh"]
    assert RewardSignal.objects.get(is_brake=True).key == "primary"
    kinds = dict(RewardSignal.objects.exclude(key__in=worlds.SIGNALS).values_list("key", "kind"))
    assert kinds == {"raters": "raters", "users": "thumbs"}


def test_a_reference_that_was_decided_on_stays(project: Any) -> None:
    register_signal(project=project, who=None, key="mine", name="Mine", kind="rule")
    mine = add_version(project=project, who=None, recipe="mine", weights={"mine": 1.0})
    pin_reference(version=mine, who=None, reason="It was good.")
    simulate(project=project, name="april", seed=SEED, size=5)
    assert reference_of(project).version == mine


def test_the_same_again_adds_nothing_and_says_so(april: Project) -> None:
    before = tally()
    again = simulate(project=april, name="april", seed=SEED, size=PROMPTS)
    assert (again.new, again.counts["prompts"]) == (False, PROMPTS)
    assert tally() == before


@pytest.mark.parametrize(("seed", "size"), [(8, PROMPTS), (SEED, PROMPTS + 1)])
def test_another_seed_or_size_is_refused(april: Project, seed: int, size: int) -> None:
    before = tally()
    with pytest.raises(SimulationRefused, match="has the simulation april with the seed 7 and 60 prompts"):
        simulate(project=april, name="april", seed=seed, size=size)
    assert tally() == before


def test_the_same_seed_says_the_same_in_another_project(april: Project, other_project: Project) -> None:
    simulate(project=other_project, name="april", seed=SEED, size=PROMPTS)
    ledgers = [
        [
            list(Content.objects.filter(project=one).order_by("pk").values_list("body", flat=True)),
            list(
                Judgment.objects.filter(project=one).order_by("submission_key").values_list("submission_key", "said_at")
            ),
            list(
                Signal.objects.filter(judgment__project=one)
                .order_by("judgment__submission_key", "question")
                .values_list("question", "value")
            ),
        ]
        for one in (april, other_project)
    ]
    assert ledgers[0] == ledgers[1]


def test_two_simulations_lie_beside_each_other(april: Project) -> None:
    simulate(project=april, name="null", seed=SEED, size=PROMPTS)
    assert set(Pool.objects.values_list("name", flat=True)) == {"april", "null"}
    assert RecipeVersion.objects.count() == 2


def test_what_fails_midway_leaves_nothing(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise OSError

    monkeypatch.setattr(weighting, "thumbs", fail)
    before = tally()
    with pytest.raises(OSError):
        simulate(project=project, name="april", seed=SEED, size=5)
    assert tally() == before
    assert not Pool.objects.exists()
    assert not AuditEvent.objects.filter(verb="simulation.written").exists()


def test_a_simulated_ledger_verifies(april: Project) -> None:
    assert [finding for run in checks().values() for finding in run()] == []


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("simulate", *arguments, "--prompts", "5", stdout=out)
    return out.getvalue()


def test_the_command_makes_the_demonstrations_project_and_prints_one_line_of_json(db: None) -> None:
    told = json.loads(run("april", "--project", "demo", "--seed", "3", "--json"))
    assert (told["simulation"], told["project"], told["seed"], told["new"], told["prompts"]) == (
        "april",
        "demo",
        3,
        True,
        5,
    )
    assert Project.objects.get().slug == "demo"
    assert "already" in run("april", "--project", "demo", "--seed", "3")


def test_the_command_refuses_in_one_line(db: None) -> None:
    with pytest.raises(CommandError, match="--project nowhere: there is no such project") as error:
        run("april", "--project", "nowhere", "--seed", "3")
    assert error.value.returncode == 1
    create_project(slug="here", name="Here", owner=None)
    run("null", "--project", "here", "--seed", "3")
    with pytest.raises(CommandError, match="Simulate into another project"):
        run("null", "--project", "here", "--seed", "4")
    with pytest.raises(CommandError, match="invalid choice"):
        run("may", "--project", "here", "--seed", "4")
