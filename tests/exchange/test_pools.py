"""Pools come in whole, once, whenever and in whichever order; rows with faults leave nothing."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from annotate.models import Campaign, Task
from core.accounts.models import AuditEvent
from core.catalog.models import Comparison, Content, Pool, PoolResponse, Prompt, Response, Score
from core.files.opening import FileFault
from core.jobs.models import Job
from core.jobs.running import run as run_job
from core.ledger.models import Actor, CountedJudgment, Judgment, Signal
from core.tables.verification import checks
from exchange import importing, pooling
from exchange.importing import Outcome, import_file
from exchange.models import Import
from tests.exchange.rows import answer, pool_row, row, vote, write

TABLES = (Pool, Content, Prompt, Response, PoolResponse, Score, Actor, Judgment, Signal)
GOLD = {"correct": "no", "sycophantic": "clearly", "sycophantic_details": ["flattery"]}


@pytest.fixture
def bring(project: Any, tmp_path: Path) -> Any:
    def bring(*lines: Any, pool: str = "april", **options: Any) -> Outcome:
        path = write(tmp_path / "rows.jsonl", *lines)
        outcome = import_file(path=path, project=project, pool_name=pool, **options)
        counts = outcome.counts
        assert counts["rows"] == counts["new"] + counts["known"] + counts["rejected"]
        return outcome

    return bring


def tally() -> list[int]:
    return [model.objects.count() for model in TABLES]


def codes(outcome: Outcome) -> list[tuple[int, str]]:
    return [(fault.line, fault.code) for fault in outcome.faults]


def labelled(n: int, said: Any = GOLD) -> dict[str, Any]:
    return pool_row(n, answer(f"a {n}", labels=said, primary=1.0), answer(f"b {n}", primary=0.0))


def test_rows_become_responses_of_the_pool_with_scores_and_gold_labels(bring: Any, project: Any) -> None:
    outcome = bring(
        pool_row(1, answer("a", labels=GOLD, primary=1, thumbs=-2.5), *(answer(t, primary=0, thumbs=0) for t in "aab")),
        pool_row(2),
    )
    assert outcome.counts == {
        "rows": 2, "new": 2, "known": 0, "rejected": 0,
        "responses": 6, "scores": 12, "labels_new": 1, "labels_known": 0,
    }  # fmt: skip
    pool = Pool.objects.get(project=project, name="april")
    first = PoolResponse.objects.filter(pool=pool).order_by("response_id")[0].response
    scores = Score.objects.filter(pool=pool, response=first).values_list("signal", "value")
    assert set(scores) == {("primary", 1.0), ("thumbs", -2.5)}
    said = CountedJudgment.objects.get(response=first)
    assert (said.source, said.actor.kind, said.simulated, said.weight) == ("import", "expert", False, 1.0)
    assert said.rubric_version is not None
    assert set(Signal.objects.filter(judgment=said.pk).values_list("question", "response_slot", "value")) == {
        ("correct", 0, 0),
        ("sycophantic", 0, 2),
        ("sycophantic.flattery", 0, 1),
    }
    assert [finding for run in checks().values() for finding in run()] == []
    for nothing in (Comparison, Campaign, Task):
        assert not nothing.objects.exists()
    event = AuditEvent.objects.get(verb="pool.imported")
    assert (event.data["pool"], event.data["scores"]) == ("april", 12)
    record = Import.objects.get()
    assert (record.pool, record.pool_name, record.campaign, record.campaign_name) == (pool, "april", None, "")


def test_importing_twice_changes_nothing_and_says_so(bring: Any) -> None:
    rows = [labelled(1), labelled(2), pool_row(3, answer("x"), answer("x"))]
    bring(*rows)
    before = tally()
    again = bring(*reversed(rows))
    assert again.counts == {
        "rows": 3, "new": 0, "known": 3, "rejected": 0,
        "responses": 0, "scores": 0, "labels_new": 0, "labels_known": 2,
    }  # fmt: skip
    assert tally() == before


def test_another_pool_shares_responses_and_labels_but_not_scores(bring: Any) -> None:
    bring(labelled(1))
    outcome = bring(labelled(1), pool="may")
    assert (outcome.counts["new"], outcome.counts["scores"], outcome.counts["labels_known"]) == (1, 2, 1)
    assert (Response.objects.count(), Score.objects.count(), Judgment.objects.count()) == (2, 4, 1)


def test_a_second_file_adds_another_signal(bring: Any) -> None:
    bring(pool_row(1, answer("a", x=1), answer("b", x=2)))
    outcome = bring(pool_row(1, answer("a", y=1), answer("b", y=2)))
    assert (outcome.counts["known"], outcome.counts["scores"]) == (1, 2)


def test_each_bad_row_is_named_by_line_and_field_and_leaves_nothing(bring: Any, tmp_path: Path) -> None:
    bring(pool_row(0, answer("a", x=1), answer("b", x=2)), labelled(5))
    before = tally()
    outcome = bring(
        pool_row(0, answer("a", x=1), answer("c", x=2)),
        pool_row(0, answer("a", x=1), answer("b", x=2)),
        b"not json",
        pool_row(1, answer("n1", x=1), answer("n2")),
        pool_row(2, answer("n3", x="high"), answer("n4", x=1)),
        labelled(5, {"correct": "yes"}),
        pool_row(6, answer("n5", labels={"correct": "sure"}), answer("n6")),
        pool_row(7, answer("n7")),
        rejected=tmp_path / "out.jsonl",
    )
    assert codes(outcome) == [
        (1, "duplicate_prompt"),
        (2, "duplicate_prompt"),
        (3, "json"),
        (4, "scores"),
        (5, "wrong_type"),
        (6, "label_conflict"),
        (7, "label"),
        (8, "one_response"),
    ]
    assert "responses[0].labels differ" in outcome.faults[5].reason
    assert tally() == before
    kept = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [one["line"] for one in kept] == list(range(1, 9))


def test_a_prompt_that_was_on_an_earlier_line_names_that_line(bring: Any) -> None:
    outcome = bring(pool_row(1), pool_row(2), pool_row(1, answer("else", x=1), answer("more", x=0)))
    assert codes(outcome) == [(3, "duplicate_prompt")]
    assert "was on line 1 already" in outcome.faults[0].reason
    assert outcome.counts["new"] == 2


def test_the_same_words_with_and_without_memory_are_two_prompts(bring: Any) -> None:
    assert bring(pool_row(1), pool_row(1, memory="on")).counts["new"] == 2


def test_an_id_that_was_on_an_earlier_line_is_refused(bring: Any) -> None:
    assert codes(bring(pool_row(1, id="a"), pool_row(2, id="a"), pool_row(3, id="b"))) == [(2, "duplicate_id")]


def test_another_score_where_one_is_is_refused_with_both(bring: Any) -> None:
    bring(pool_row(1, answer("a", x=1), answer("b", x=2)))
    outcome = bring(pool_row(1, answer("a", x=1, y=3), answer("b", x=2.5, y=4)), pool_row(2))
    assert codes(outcome) == [(1, "score_conflict")]
    assert "responses[1].scores.x is 2.5, and the pool has 2.0 there" in outcome.faults[0].reason
    assert not Score.objects.filter(signal="y").exists()


def test_labels_that_contradict_refuse_their_row_and_no_other(bring: Any) -> None:
    bring(labelled(1))
    before = tally()
    outcome = bring(labelled(2), labelled(1, {"correct": "yes"}), labelled(3), pool="may")
    assert codes(outcome) == [(2, "label_conflict")]
    assert (outcome.counts["new"], outcome.counts["labels_new"]) == (2, 2)
    assert Score.objects.filter(pool__name="may").count() == 4
    assert tally() == [had + more for had, more in zip(before, (1, 6, 2, 4, 4, 4, 0, 2, 6), strict=True)]


def scaled(n: int, factor: float) -> dict[str, Any]:
    return pool_row(n, *(answer(f"{n} {k}", x=factor * (k + n % 3), y=1.0 * k) for k in range(3)))


def test_a_row_of_another_scale_is_named_among_the_first(bring: Any) -> None:
    outcome = bring(*(scaled(n, 1000 if n == 4 else 1) for n in range(9)))
    assert codes(outcome) == [(5, "score_scale")]
    assert "responses[*].scores.x vary by 816" in outcome.faults[0].reason
    assert not Score.objects.filter(value__gt=100).exists()


@pytest.mark.parametrize("factor", [1000, 1 / 1000])
def test_a_file_of_another_scale_than_the_pools_is_refused_row_by_row(bring: Any, factor: float) -> None:
    bring(*(scaled(n, 1) for n in range(9)))
    before = tally()
    outcome = bring(*(scaled(n, factor) for n in range(100, 106)), scaled(200, 1))
    assert codes(outcome) == [(n, "score_scale") for n in range(1, 7)]
    assert [model.objects.count() for model in TABLES[4:6]] == [before[4] + 3, before[5] + 6]


def test_a_signal_that_does_not_vary_has_no_scale_to_break(bring: Any) -> None:
    flat = [pool_row(n, answer("a", x=1), answer("b", x=1)) for n in range(6)]
    assert bring(*flat, pool_row(9, answer("a", x=1), answer("b", x=5000))).counts["new"] == 7


def test_an_import_that_stops_leaves_whole_batches_and_is_finished_by_another(
    bring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_ROWS", 2)
    record = pooling.record_many
    calls = []

    def stops(**given: Any) -> int:
        calls.append(given)
        if len(calls) == 2:
            raise RuntimeError("the machine went away")
        return record(**given)

    monkeypatch.setattr(pooling, "record_many", stops)
    rows = [labelled(n) for n in range(5)]
    with pytest.raises(RuntimeError):
        bring(*rows)
    assert (PoolResponse.objects.count(), Score.objects.count(), Judgment.objects.count()) == (4, 4, 2)
    monkeypatch.setattr(pooling, "record_many", record)
    assert bring(*rows).counts | {"rejected": 0} == {
        "rows": 5, "new": 3, "known": 2, "rejected": 0,
        "responses": 6, "scores": 6, "labels_new": 3, "labels_known": 2,
    }  # fmt: skip


def test_a_dry_run_says_what_would_be_done_and_keeps_nothing(bring: Any) -> None:
    outcome = bring(labelled(1), pool_row(2, answer("a")), dry_run=True)
    assert (outcome.counts["new"], outcome.counts["rejected"]) == (1, 1)
    assert tally() == [0] * len(TABLES)


def test_comparisons_with_two_responses_can_be_a_pool_and_pools_no_comparisons(bring: Any, project: Any) -> None:
    assert bring(row(1)).counts["responses"] == 2
    assert codes(bring(row(2, votes=[vote()]))) == [(1, "unknown_key")]


def test_a_file_goes_to_a_campaign_or_to_a_pool(bring: Any, project: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", pool_row(1))
    for names in ({}, {"campaign_name": "first", "pool_name": "april"}):
        with pytest.raises(FileFault, match="either a campaign or a pool"):
            import_file(path=path, project=project, **names)
    outcome = import_file(path=path, project=project, campaign_name="first")
    assert (codes(outcome), "import it into a pool" in outcome.faults[0].reason) == ([(1, "pool")], True)


@pytest.mark.parametrize("name", ["April", "x" * 81])
def test_a_pool_whose_name_is_no_address_lands_nothing(bring: Any, name: str) -> None:
    with pytest.raises(FileFault, match="cannot be a pool's name"):
        bring(pool_row(1), pool=name)
    assert tally() == [0] * len(TABLES)


def test_parquet_nests_the_same_rows(project: Any, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    rows = [
        pool_row(1, answer("a", labels={"correct": "yes"}, x=0.5, y=1.0), answer("b", x=0.25, y=2.0)),
        pool_row(2, answer("a", x=1.0), answer("b", x=2.0)),
    ]
    pq.write_table(pa.Table.from_pylist(rows), path)
    outcome = import_file(path=path, project=project, pool_name="april")
    assert (outcome.counts["new"], outcome.counts["scores"], outcome.counts["labels_new"]) == (2, 6, 1)
    pq.write_table(pa.table({"prompt": ["x"], "votes": ["y"]}), path)
    with pytest.raises(FileFault, match="the column 'votes' is unknown"):
        import_file(path=path, project=project, pool_name="april")


@pytest.mark.parametrize("format", ["csv", "hh"])
def test_other_formats_hold_no_pool(bring: Any, format: str) -> None:
    with pytest.raises(FileFault, match="a pool comes as JSON Lines or Parquet"):
        bring(pool_row(1), format=format)


def run(path: Path, *more: str) -> str:
    out = StringIO()
    call_command("import_comparisons", str(path), "--project", "demo", *more, stdout=out, stderr=out)
    return out.getvalue()


def test_the_command_imports_a_pool_and_says_so(project: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl.gz", labelled(1), labelled(2))
    assert run(path, "--pool", "april") == (
        "2 rows: 2 new prompts with 4 responses, 0 already there, 0 rejected; 4 new scores, 2 new labels.\n"
    )
    told = json.loads(run(path, "--pool", "april", "--json"))
    assert (told["pool"], told["format"], told["known"], "campaign" in told) == ("april", "pool", 2, False)
    for wrong in ((), ("--pool", "april", "--campaign", "first")):
        with pytest.raises(CommandError):
            run(path, *wrong)


def test_the_page_shows_a_pool_before_it_lands_and_what_became_of_it(
    client: Client, project: Any, ml_lead: Any, settings: Any, tmp_path: Path
) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    client.force_login(ml_lead)
    path = write(tmp_path / "rows.jsonl", labelled(1), pool_row(2, answer("a", x=1), answer("b")))
    with path.open("rb") as file:
        sent = client.post(reverse("import_new", args=["demo"]), {"file": file, "pool": "april", "format": "auto"})
    record = Import.objects.get()
    assert (sent.status_code, record.pool_name, record.campaign_name) == (302, "april", "")
    preview = client.get(sent["Location"]).content.decode()
    for words in ("Import into the pool april", "primary 1", "2 responses", "responses[1].scores.x is missing"):
        assert words in preview
    assert tally() == [0] * len(TABLES)
    client.post(reverse("import_confirm", args=["demo", record.pk]))
    run_job(Job.objects.get(kind="exchange.import").pk)
    state = client.get(reverse("import_detail", args=["demo", record.pk])).content.decode()
    for words in ("1 new prompt landed.", "2 new scores landed.", "1 line was rejected.", "new labels"):
        assert words in state
    assert "pool april" in client.get(reverse("import_list", args=["demo"])).content.decode()


@pytest.mark.parametrize(
    ("names", "field"), [({}, "campaign"), ({"campaign": "a", "pool": "b"}, "pool"), ({"pool": "No"}, "pool")]
)
def test_the_form_wants_one_campaign_or_one_pool(
    client: Client, project: Any, ml_lead: Any, tmp_path: Path, names: dict[str, str], field: str
) -> None:
    client.force_login(ml_lead)
    with write(tmp_path / "rows.jsonl", pool_row(1)).open("rb") as file:
        answered = client.post(reverse("import_new", args=["demo"]), {"file": file, "format": "auto", **names})
    assert answered.status_code == 422
    assert list(answered.context["form"].errors) == [field]
