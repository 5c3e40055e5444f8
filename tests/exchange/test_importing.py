"""Good rows land whole, once, whenever and in whichever order they come; rows with faults leave nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from annotate.models import Campaign, GoldAnswer, Slot, Task
from core.accounts.models import AuditEvent
from core.catalog.models import Bundle, Comparison, Content, Prompt, Response
from core.files.opening import FileFault
from core.ledger.models import Actor, Judgment, Signal
from exchange import importing
from exchange.importing import Outcome, import_file
from exchange.models import Import
from tests.exchange.rows import row, vote, write

TABLES = (Campaign, Task, Slot, GoldAnswer, Bundle, Content, Prompt, Response, Comparison, Actor, Judgment, Signal)


@pytest.fixture
def bring(project: Any, tmp_path: Path) -> Any:
    def bring(*lines: Any, campaign: str = "first", **options: Any) -> Outcome:
        path = write(tmp_path / "rows.jsonl", *lines)
        outcome = import_file(path=path, project=project, campaign_name=campaign, **options)
        counts = outcome.counts
        assert counts["rows"] == counts["new"] + counts["known"] + counts["rejected"]
        return outcome

    return bring


def tally() -> list[int]:
    return [model.objects.count() for model in TABLES]


def overall(**of: Any) -> list[int]:
    return list(Signal.objects.filter(question="overall", **of).order_by("judgment_id").values_list("value", flat=True))


def test_rows_become_comparisons_with_votes_and_tasks(bring: Any, project: Any) -> None:
    outcome = bring(row(1, votes=[vote(labels={"1": {"correct": "no"}})], id="e1"), row(2))
    assert outcome.counts | {"identical": 0, "gold": 0} == {
        "rows": 2, "new": 2, "known": 0, "rejected": 0, "identical": 0,
        "votes_new": 1, "votes_known": 0, "gold": 0, "tasks": 2,
    }  # fmt: skip
    first = Comparison.objects.get(external_id="e1")
    assert first.first.content.body == "About 4.5 billion years. (1)"
    assert (first.first.bundle.name, first.second.bundle.name) == ("v41", "v42")
    assert Bundle.objects.get(name="v41").spec is None
    assert json.loads(first.prompt.content.body or "") == [{"role": "user", "content": "How old is the Earth? (1)"}]
    said = Judgment.objects.get(comparison=first)
    assert (said.source, said.actor.kind, said.simulated) == ("import", "imported", False)
    assert said.rubric_version is not None
    assert {(s.question, s.response_slot, s.value) for s in said.signals.all()} == {
        ("overall", 0, -2),
        ("correct", 2, 0),
    }
    campaign = Campaign.objects.get(project=project, name="first")
    assert campaign.state == Campaign.State.OPEN
    assert Slot.objects.filter(campaign=campaign).count() == 2 * campaign.overlap


def test_importing_twice_changes_nothing_and_says_so(bring: Any) -> None:
    rows = [
        row(1, votes=[vote(), vote(), vote("r2", 3, at="2026-05-01T10:00:00Z")], id="e1"),
        row(2, gold={"preference": 1}),
    ]
    bring(*rows)
    before = tally()
    again = bring(*rows)
    assert tally() == before
    assert again.summary() == ("2 rows: 0 new comparisons, 2 already there, 0 rejected; 0 new votes, 3 already there.")


def test_one_actor_may_vote_repeatedly_on_one_comparison(bring: Any) -> None:
    bring(row(votes=[vote(preference=1), vote(preference=2), vote(preference=2)]))
    assert overall() == [1, 2, 2]
    assert Actor.objects.count() == 1


def test_the_same_pair_the_other_way_round_is_the_same_comparison_and_its_votes_are_mirrored(bring: Any) -> None:
    there, back = row(id="a"), row(id="a")
    back["responses"].reverse()
    bring(there)
    bring(
        {
            **back,
            "votes": [vote("r1", -3, labels={"0": {"correct": "no"}}), vote("r2", "both_bad")],
            "gold": {"preference": -1},
        }
    )
    assert Comparison.objects.count() == 1
    assert overall() == [3, 10]
    assert Signal.objects.get(question="correct").response_slot == 2
    assert GoldAnswer.objects.get().answers == {"overall": 1}


def test_a_pair_without_an_id_is_found_by_its_texts(bring: Any) -> None:
    bring(row())
    back = row(id="now-with-an-id")
    back["responses"].reverse()
    assert bring(back).counts["known"] == 1
    assert Comparison.objects.count() == 1


def test_identical_texts_land_and_are_marked(bring: Any) -> None:
    same = [{"bundle": "v1", "content": "Yes."}, {"bundle": "v1", "content": "Yes."}]
    assert bring(row(responses=same), row(2)).counts["identical"] == 1
    assert sorted(Comparison.objects.values_list("identical", flat=True)) == [False, True]
    assert sorted(Response.objects.filter(content__body="Yes.").values_list("sample_no", flat=True)) == [0, 1]
    assert Content.objects.filter(body="Yes.").count() == 1
    assert bring(row(responses=same)).counts["known"] == 1


def test_prompts_that_differ_in_description_alone_stay_two(bring: Any) -> None:
    bring(row(), row(memory="on"), row(premise="false"), row(domain=["a,b"]), row(domain=["a", "b"]))
    assert Prompt.objects.count() == 5
    assert Content.objects.filter(kind="conversation").count() == 1
    assert sorted(Prompt.objects.values_list("domain", flat=True)) == [[], [], [], ["a", "b"], ["a,b"]]


def test_known_answers_become_gold_tasks(bring: Any) -> None:
    assert bring(row(1, gold={"preference": 2}), row(2)).counts["gold"] == 1
    assert sorted(Task.objects.values_list("kind", flat=True)) == ["gold", "work"]
    assert GoldAnswer.objects.get().answers == {"overall": 2}


def test_rows_with_faults_leave_nothing_and_good_rows_land(bring: Any, tmp_path: Path) -> None:
    rejected = tmp_path / "rejected.jsonl"
    outcome = bring(row(1), row(2, colour="red"), b"{", b'{"prompt": "\xff"}', row(5), rejected=rejected)
    assert (outcome.counts["new"], outcome.counts["rejected"], outcome.rejected) == (2, 3, rejected)
    noted = [json.loads(line) for line in rejected.read_text().splitlines()]
    assert [(one["line"], one["code"]) for one in noted] == [(2, "unknown_key"), (3, "json"), (4, "utf8")]
    assert noted[0]["row"] == row(2, colour="red")
    assert noted[2]["row"] == '{"prompt": "\\xff"}'
    assert not Content.objects.filter(body__contains="(2)").exists()
    assert [fault.line for fault in outcome.faults] == [2, 3, 4]


def test_no_file_of_rejected_rows_appears_when_there_are_none(bring: Any, tmp_path: Path) -> None:
    outcome = bring(row(), rejected=tmp_path / "rejected.jsonl")
    assert outcome.rejected is None
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_an_id_that_comes_twice_in_one_file_is_refused_the_second_time(bring: Any) -> None:
    outcome = bring(row(1, id="a"), row(2, id="b"), row(3, id="a"))
    assert [(fault.line, fault.code) for fault in outcome.faults] == [(3, "duplicate_id")]
    assert "was on line 1" in outcome.faults[0].reason
    assert outcome.counts["new"] == 2


@pytest.mark.parametrize("batch", [1, 2, 3, 2000])
def test_the_size_of_batches_changes_nothing(bring: Any, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH_ROWS", batch)
    outcome = bring(
        row(1, id="a", votes=[vote()]), row(1), row(3, id="a"), row(4, votes=[vote()]), row(1, votes=[vote("r2")])
    )
    assert {name: outcome.counts[name] for name in ("rows", "new", "known", "rejected", "votes_new", "tasks")} == {
        "rows": 5, "new": 2, "known": 2, "rejected": 1, "votes_new": 3, "tasks": 2,
    }  # fmt: skip


def test_an_id_of_other_texts_is_refused(bring: Any) -> None:
    bring(row(1, id="a"))
    before = tally()
    outcome = bring(row(2, id="a", votes=[vote("new")]))
    assert outcome.counts["tasks"] == 0
    assert [fault.code for fault in outcome.faults] == ["id_conflict"]
    assert tally() == before


def test_a_vote_that_says_something_else_under_the_same_key_is_refused_with_its_row(bring: Any) -> None:
    bring(row(votes=[vote(preference=1)]))
    before = tally()
    outcome = bring(row(votes=[vote("new", 2), vote(preference=-1)]))
    assert [fault.code for fault in outcome.faults] == ["vote_conflict"]
    assert "votes[1] by 'r17'" in outcome.faults[0].reason
    assert tally() == before
    assert bring(row(votes=[vote(preference=-1, at="2026-05-02T10:00:00Z")])).counts["votes_new"] == 1


def test_a_known_answer_that_contradicts_another_is_refused(bring: Any) -> None:
    bring(row(gold={"preference": 1}))
    assert [fault.code for fault in bring(row(gold={"preference": -1})).faults] == ["gold_conflict"]
    assert GoldAnswer.objects.get().answers == {"overall": 1}


def test_rows_whose_bundle_the_campaign_names_are_refused_so_that_raters_stay_blind(bring: Any, project: Any) -> None:
    rows = [row("a", id="1"), row("b", id="2"), row("c", id="3")]
    rows[0]["responses"][0]["bundle"] = "zeta-v9"
    rows[1]["responses"][0]["bundle"] = rows[1]["responses"][1]["bundle"] = "zeta-v9"
    outcome = bring(*rows, campaign="zeta-v9")
    assert [(fault.line, fault.code) for fault in outcome.faults] == [(1, "names_bundle")]
    assert outcome.counts["new"] == 2
    Campaign.objects.create(
        project=project, name="plain", title="Is Zeta-V9 good?", rubric_version=Campaign.objects.get().rubric_version
    )
    again = bring(rows[0], campaign="plain")
    assert [fault.code for fault in again.faults] == ["names_bundle"]
    assert "title" in again.faults[0].reason


def test_a_dry_run_says_what_would_happen_and_changes_nothing(bring: Any) -> None:
    rows = [row(1, votes=[vote()]), row(2), {"colour": "red"}]
    before = [*tally(), Import.objects.count(), AuditEvent.objects.count()]
    foretold = bring(*rows, dry_run=True)
    assert [*tally(), Import.objects.count(), AuditEvent.objects.count()] == before
    assert foretold.counts == bring(*rows).counts


def test_an_import_is_recorded_and_audited(bring: Any, ml_lead: Any) -> None:
    outcome = bring(row(), who=ml_lead)
    record = Import.objects.get()
    assert (record.state, record.file_name, record.created_by) == ("done", "rows.jsonl", ml_lead)
    assert bytes(record.file_digest or b"") == outcome.digest
    event = AuditEvent.objects.get(verb="comparisons.imported")
    assert (event.who, event.data["new"], event.data["sha256"]) == (ml_lead.pk, 1, outcome.digest.hex())


def test_a_name_that_no_campaign_can_have_lands_nothing(bring: Any, tmp_path: Path) -> None:
    before = tally()
    with pytest.raises(FileFault, match="cannot be a campaign's name"):
        bring(row(), campaign="No Such Name", rejected=tmp_path / "rejected")
    assert tally() == before
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_an_import_that_was_cut_off_is_finished_by_starting_it_again(
    bring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_ROWS", 2)
    rows = [row(n, votes=[vote()]) for n in range(7)]

    def cut(done: int, total: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(*rows, progress=cut)
    assert Comparison.objects.count() == Judgment.objects.count() == Task.objects.count() == 4
    outcome = bring(*rows)
    assert (outcome.counts["new"], outcome.counts["known"]) == (3, 4)
    assert Comparison.objects.count() == Judgment.objects.count() == Task.objects.count() == 7


def test_the_same_row_in_two_projects_is_two(bring: Any, other_project: Any, tmp_path: Path) -> None:
    bring(row(id="a"))
    import_file(path=tmp_path / "rows.jsonl", project=other_project, campaign_name="first")
    assert Comparison.objects.filter(external_id="a").count() == 2
    digests = Content.objects.filter(body__startswith="About").values_list("digest", flat=True)
    assert len({bytes(digest) for digest in digests}) == 2, "digests are keyed by project"
