"""Answers that were compared become a pool, prompt by prompt, and what was said of each a score."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.accounts.models import AuditEvent
from core.catalog.models import Pool, PoolResponse, Score
from core.ledger import recording
from core.ledger.models import Judgment
from core.tables.verification import checks
from exchange.importing import import_file
from reports.faults import Refused
from reports.gathering import gather
from reports.models import RewardSignal
from tests.exchange.rows import row, vote, write

PROMPT = [{"role": "user", "content": "How old is the Earth?"}]


@pytest.fixture
def bring(project: Any, tmp_path: Path) -> Any:
    def bring(*lines: Any, campaign: str = "first") -> None:
        import_file(path=write(tmp_path / "rows.jsonl", *lines), project=project, campaign_name=campaign)

    return bring


def pair(one: str, two: str, *votes: Any) -> dict[str, Any]:
    """Two answers of bundles of these names to one prompt."""
    said = [{"bundle": name, "content": f"{name} says"} for name in (one, two)]
    return row(prompt=PROMPT, responses=said, votes=list(votes))


def correct(actor: str, first: str, second: str) -> dict[str, Any]:
    return vote(actor, 1, labels={"0": {"correct": first}, "1": {"correct": second}})


def scores(signal: str) -> dict[str, float]:
    found = Score.objects.filter(signal=signal).select_related("response__bundle")
    return {one.response.bundle.name: one.value for one in found}


def test_the_answers_to_a_prompt_are_gathered_from_all_its_pairs(bring: Any, project: Any) -> None:
    bring(pair("a", "b"), pair("b", "c"), row(2))
    done = gather(project=project, who=None, pool="anchors")
    assert (done.prompts, done.responses, done.scores) == (2, 5, {})
    assert done.pool.base_bundle is None
    assert PoolResponse.objects.filter(pool=done.pool).count() == 5
    assert AuditEvent.objects.get(verb="pool.gathered").data["responses"] == 5
    assert [finding for run in checks().values() for finding in run()] == []


def test_what_raters_said_of_an_answer_is_its_score(bring: Any, project: Any) -> None:
    bring(
        pair("a", "b", correct("x", "yes", "no"), correct("y", "partly", "no")),
        pair("b", "c", correct("x", "yes", "cannot_tell"), correct("y", "no", "yes")),
    )
    done = gather(project=project, who=None, pool="anchors", attributes=["correct"], length=True)
    assert scores("rated-correct") == {"a": 0.75, "b": 0.25, "c": 1.0}
    assert scores("length") == {"a": 6.0, "b": 6.0, "c": 6.0}
    assert done.scores == {"rated-correct": 3, "length": 3}
    rated = RewardSignal.objects.get(key="rated-correct")
    assert (rated.kind, rated.direction) == ("rule", 1)


def test_only_counted_judgments_count_and_their_weights_weigh(bring: Any, project: Any) -> None:
    bring(pair("a", "b", correct("x", "yes", "no"), correct("y", "no", "no"), correct("z", "no", "no")))
    [strong, weak, gone] = Judgment.objects.order_by("actor__link__external_key")
    recording.rule(judgment=weak.pk, standing="counted", weight=0.25, reason="unsteady")
    recording.rule(judgment=gone.pk, standing="quarantined", reason="a bot")
    assert strong.pk
    gather(project=project, who=None, pool="anchors", attributes=["correct"])
    assert scores("rated-correct") == {"a": 0.8, "b": 0.0}


def test_a_prompt_with_an_answer_that_nobody_rated_gets_no_score(bring: Any, project: Any) -> None:
    bring(pair("a", "b", correct("x", "yes", "no")), pair("b", "c"))
    done = gather(project=project, who=None, pool="anchors", attributes=["correct"])
    assert (done.responses, done.scores) == (3, {"rated-correct": 0})


def test_again_adds_only_what_is_new(bring: Any, project: Any) -> None:
    bring(pair("a", "b", correct("x", "yes", "no")))
    gather(project=project, who=None, pool="anchors", attributes=["correct"])
    bring(pair("b", "c", correct("x", "yes", "no")), row(2))
    done = gather(project=project, who=None, pool="anchors", attributes=["correct"])
    assert (done.prompts, done.responses, done.scores) == (1, 2, {"rated-correct": 0})
    assert scores("rated-correct") == {"a": 1.0, "b": 0.0}
    again = gather(project=project, who=None, pool="anchors", attributes=["correct"])
    assert (again.prompts, again.responses, again.scores) == (0, 0, {"rated-correct": 0})
    assert AuditEvent.objects.filter(verb="pool.gathered").count() == 2


def test_a_campaign_narrows_and_another_projects_pairs_stay_there(
    bring: Any, project: Any, other_project: Any, tmp_path: Path
) -> None:
    bring(row(1))
    bring(row(2), campaign="second")
    import_file(path=write(tmp_path / "o.jsonl", row(3)), project=other_project, campaign_name="second")
    done = gather(project=project, who=None, pool="anchors", campaign="second")
    assert done.responses == 2
    bodies = PoolResponse.objects.values_list("response__content__body", flat=True)
    assert all(body.endswith("(2)") for body in bodies)
    assert Pool.objects.get().project == project


def test_one_bundle_that_wrote_all_is_the_pools(bring: Any, project: Any) -> None:
    same = [{"bundle": "v1", "content": text} for text in ("x", "y")]
    bring(row(1, responses=same))
    assert gather(project=project, who=None, pool="anchors").pool.base_bundle.name == "v1"


@pytest.mark.parametrize(("wrong", "field"), [({"attributes": ["warm"]}, "attributes"), ({"pool": "No Name"}, "pool")])
def test_what_is_wrong_is_named_and_nothing_is_written(bring: Any, project: Any, wrong: Any, field: str) -> None:
    bring(row(1))
    with pytest.raises(Refused) as refused:
        gather(project=project, who=None, **{"pool": "anchors", **wrong})
    assert list(refused.value.faults) == [field]
    assert not Pool.objects.exists()


def test_the_command_says_what_it_did(bring: Any) -> None:
    def run(*arguments: str) -> str:
        out = StringIO()
        call_command("gather_pool", "--project", "demo", "--pool", "anchors", *arguments, stdout=out)
        return out.getvalue()

    bring(row(1), row(2))
    told = json.loads(run("--length", "--json"))
    assert told == {"pool": "anchors", "prompts": 2, "responses": 4, "scores": {"length": 4}}
    assert run("--length") == "anchors: 0 new prompts with 0 responses, 0 scores of length.\n"
    with pytest.raises(CommandError, match="there is no such project"):
        call_command("gather_pool", "--project", "none", "--pool", "anchors")
