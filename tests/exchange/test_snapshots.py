"""A snapshot stays what it was: written again, its files have the same bytes, whatever came since."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from annotate import queue, submitting, undoing
from annotate.answers import from_form
from annotate.campaigns import create_campaign
from annotate.models import Campaign, GoldAnswer, Task
from annotate.planning import add_comparisons
from core.catalog.models import Comparison, Content
from core.ledger import recording
from core.ledger.actors import actor_of
from core.ledger.models import Judgment, Ruling, Words
from exchange import exporting
from exchange.exporting import export, write_again
from exchange.importing import import_file
from exchange.models import Snapshot
from exchange.selection import Selection
from exchange.shards import ExportFault
from tests.annotate_pages.pairs import answers
from tests.exchange.rows import row, vote, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bring(project: Any, tmp_path: Path) -> Any:
    def bring(*lines: Any, campaign: str = "first") -> None:
        import_file(path=write(tmp_path / "rows.jsonl", *lines), project=project, campaign_name=campaign)

    return bring


@pytest.fixture
def take(project: Any, tmp_path: Path) -> Any:
    def take(format: str = "raw", campaign: Any = None, **options: Any) -> Snapshot:
        selection = Selection(project=project.pk, campaign=campaign.pk if campaign else None, **options)
        return export(project=project, format=format, selection=selection, campaign=campaign, out=tmp_path / "first")

    return take


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def again(snapshot: Snapshot, tmp_path: Path) -> dict[str, bytes]:
    write_again(snapshot=Snapshot.objects.select_related("project", "campaign").get(pk=snapshot.pk), out=tmp_path / "2")
    return bytes_in(tmp_path / "2")


@pytest.mark.parametrize("format", ["raw", "dpo"])
def test_the_same_bytes_come_after_whatever_came_since(
    bring: Any, take: Any, project: Any, rater: Any, tmp_path: Path, format: str
) -> None:
    bring(*(row(n, votes=[vote("a", 1), vote("b", -3)]) for n in range(4)))
    first = Campaign.objects.get(name="first")
    actor = actor_of(project, rater)
    held = queue.take(campaign=first, rater=actor, want=2)

    def submit(slot: Any) -> Any:
        return submitting.submit(campaign=first, rater=actor, token=slot.lease_token, answers=from_form(answers()))

    submit(held[0])
    rule_on, supersede, *_ = Judgment.objects.filter(source="import").order_by("pk")
    recording.rule(judgment=rule_on.pk, standing=Ruling.Standing.COUNTED, weight=0.5, reason="unsteady")
    snapshot = take(format, campaign=first)
    was = bytes_in(tmp_path / "first")
    later = submit(held[1])
    recording.rule(judgment=rule_on.pk, standing=Ruling.Standing.QUARANTINED, reason="a bot")
    recording.record(
        project=project, actor=supersede.actor_id, source="rating", rubric_version=supersede.rubric_version_id,
        utterance=recording.Utterance(
            submission_key="s", said=(recording.Said("overall", 3),),
            subject=recording.Subject(comparison=supersede.comparison_id), context={"supersedes_id": supersede.pk},
        ),
    )  # fmt: skip
    bring(*(row(n, votes=[vote("c", 3)], gold={"preference": 1}) for n in range(5)))
    undoing.undo(campaign=first, rater=actor, judgment=later.judgment)
    assert again(snapshot, tmp_path) == was
    assert bytes_in(tmp_path / "first") == was
    take(format, campaign=first)
    assert bytes_in(tmp_path / "first") != was


def test_what_was_begun_before_the_cut_and_committed_later_is_never_in_it(
    bring: Any, take: Any, tmp_path: Path
) -> None:
    """Its time is before the cut; only the order of commits tells that it was not there."""
    bring(row(1, votes=[vote()]), row(2, votes=[vote(preference=0)]))
    connection.ensure_connection()
    copied = "project_id, actor_id, source, rubric_version_id, comparison_id, solicited, memory, arm_key, segment_key"
    with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as slow:
        slow.execute(
            f"INSERT INTO ledger_judgment (id, submission_key, simulated, {copied}) "
            f"SELECT gen_random_uuid(), 'slow', false, {copied} FROM ledger_judgment LIMIT 1"
        )
        slow.execute(
            "INSERT INTO ledger_signal (judgment_id, question, response_slot, value) "
            "SELECT id, 'overall', 0, 3 FROM ledger_judgment WHERE submission_key = 'slow'"
        )
        slow.execute(
            "INSERT INTO ledger_ruling (id, judgment_id, standing, weight, reason) "
            "SELECT gen_random_uuid(), id, 'overruled', 0, 'slow' FROM ledger_judgment WHERE submission_key <> 'slow'"
        )
        snapshot = take()
        was = bytes_in(tmp_path / "first")
        slow.commit()
    assert Judgment.objects.get(submission_key="slow").recorded_at < snapshot.cut
    assert snapshot.manifest["rows"] == 2
    assert again(snapshot, tmp_path) == was


def renumber(*numbers: tuple[str, int], table: str = "ledger_judgment") -> None:
    """Make it look as if a dump had brought the rows here."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for where, number in numbers:
            cursor.execute(f"UPDATE {table} SET xid = %s::xid8 WHERE {where}", [str(number)])
        cursor.execute("SET session_replication_role = origin")


FAR = 1 << 40


def test_on_a_restored_server_new_snapshots_hold_the_old_rows_and_stay_what_they_are(
    bring: Any, take: Any, tmp_path: Path
) -> None:
    bring(row(1, votes=[vote()]), row(2, votes=[vote()]))
    renumber(("true", FAR))
    renumber(("true", FAR), table="annotate_task")
    snapshot = take(campaign=Campaign.objects.get())
    assert snapshot.manifest["rows"] == 2
    was = bytes_in(tmp_path / "first")
    bring(row(3, votes=[vote()]))
    assert again(snapshot, tmp_path) == was


def test_on_a_restored_server_old_snapshots_hold_no_new_rows(bring: Any, take: Any, tmp_path: Path) -> None:
    bring(row(1, votes=[vote()]))
    snapshot = take()
    was = bytes_in(tmp_path / "first")
    bring(row(2, votes=[vote()]))
    # The new server counts from the begin, so that to the old snapshot its transactions seem to be over.
    renumber((f"recorded_at > '{snapshot.cut.isoformat()}'", 5))
    assert again(snapshot, tmp_path) == was


def test_words_erased_since_are_said_and_nothing_is_written(bring: Any, take: Any, tmp_path: Path) -> None:
    bring(row(1, votes=[vote()]), row(2, votes=[vote()]))
    Words.objects.create(judgment=Judgment.objects.first(), body={"rationale": "because"})
    snapshot = take(words=True)
    Words.objects.all().delete()
    with pytest.raises(ExportFault, match=r"1 rationales have been erased since. A new export holds what is left"):
        again(snapshot, tmp_path)
    Content.objects.filter(body="What a great question! (1)").update(body=None, html=None)
    with pytest.raises(ExportFault, match="the words of 1 rows and 1 rationales have been erased since"):
        again(snapshot, tmp_path)
    assert not (tmp_path / "2").exists()
    assert Snapshot.objects.get().state == "ready"


def test_a_changed_format_is_said_and_nothing_is_written(
    bring: Any, take: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(row(1, votes=[vote()]))
    snapshot = take("dpo")
    monkeypatch.setattr(exporting.WRITERS["dpo"], "version", 2, raising=False)
    monkeypatch.setattr(exporting.moments, "lines", lambda *_: iter([b'{"prompt":1}\n']))
    with pytest.raises(ExportFault, match=r"was written by version .* writes these rows differently"):
        again(snapshot, tmp_path)


@pytest.mark.parametrize("change", [{"manifest": {}}, {"digest": b"x"}, {"cut": Now()}, {"state": "failed"}])
def test_the_database_refuses_to_change_what_is_ready(bring: Any, take: Any, change: Any) -> None:
    bring(row(1, votes=[vote()]))
    take()
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Snapshot.objects.update(**change)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        Snapshot.objects.all().delete()
    Snapshot.objects.update(path="elsewhere")


def test_adding_the_number_of_the_transaction_to_a_table_does_not_rewrite_it(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE old AS SELECT generate_series(1, 3) AS n")
        cursor.execute("SELECT pg_relation_filenode('old')")
        before = cursor.fetchone()
        cursor.execute("ALTER TABLE old ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()")
        cursor.execute("SELECT pg_relation_filenode('old')")
        assert cursor.fetchone() == before
        cursor.execute("DROP TABLE old")


def test_the_command_writes_a_snapshot_again_by_id_or_hash(bring: Any, take: Any, tmp_path: Path) -> None:
    bring(row(1, votes=[vote()]))
    snapshot = take("dpo", file="jsonl.gz")
    was = bytes_in(tmp_path / "first")
    for name in (str(snapshot.pk), snapshot.manifest["sha256"][:8]):
        call_command("export_preferences", "--project", "demo", "--snapshot", name, "--out", str(tmp_path / name))
        assert bytes_in(tmp_path / name) == was
    for name, more, says in (
        ("00000000", (), "no snapshot that is ready"),
        (str(snapshot.pk), ("--format", "raw"), "leave out what says what to export"),
    ):
        with pytest.raises(CommandError, match=says):
            call_command("export_preferences", "--project", "demo", "--snapshot", name, "--out", str(tmp_path), *more)


def test_twenty_writers_change_nothing_in_the_snapshot_they_write_beside(
    bring: Any, take: Any, project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(*(row(n, votes=[vote("a", 1), vote("b", -3)]) for n in range(30)))
    pattern = Judgment.objects.first()
    comparisons = list(Comparison.objects.values_list("pk", flat=True))
    begun, over = threading.Barrier(21), threading.Event()
    said: list[int] = []

    def write_on(number: int) -> None:
        begun.wait()
        for n in range(200):
            if over.is_set():
                break
            comparison = comparisons[n % len(comparisons)]
            recording.record(
                project=project, actor=pattern.actor_id, source="rating", rubric_version=pattern.rubric_version_id,
                utterance=recording.Utterance(
                    submission_key=f"{number} {n}", said=(recording.Said("overall", 3),),
                    subject=recording.Subject(comparison=comparison),
                ),
            )  # fmt: skip
            said.append(n)
        connection.close()

    writers = [threading.Thread(target=write_on, args=(number,)) for number in range(20)]
    take_cut = exporting._take_cut

    def take_cut_under_fire(snapshot: Snapshot) -> Any:
        begun.wait()
        return take_cut(snapshot)

    monkeypatch.setattr(exporting, "_take_cut", take_cut_under_fire)
    for writer in writers:
        writer.start()
    snapshot = take()
    over.set()
    for writer in writers:
        writer.join()
    assert len(said) >= 20
    was = bytes_in(tmp_path / "first")
    assert again(snapshot, tmp_path) == was
    assert 60 <= snapshot.manifest["rows"] <= 60 + len(said)


def test_gold_that_comes_later_is_not_in_the_snapshot(bring: Any, take: Any, project: Any, tmp_path: Path) -> None:
    bring(row(1, votes=[vote()]))
    snapshot = take("dpo")
    GoldAnswer.objects.create(project=project, comparison=Comparison.objects.get(), answers={"overall": 1})
    was = bytes_in(tmp_path / "first")
    assert again(snapshot, tmp_path) == was


def test_tasks_that_come_later_are_not_in_the_campaigns_snapshot(
    bring: Any, take: Any, project: Any, tmp_path: Path
) -> None:
    bring(row(1, votes=[vote()]), row(2, votes=[vote()]))
    campaign = create_campaign(project=project, name="narrow", who=None)
    one, other = Comparison.objects.values_list("pk", flat=True)
    add_comparisons(campaign=campaign, comparisons=[one])
    snapshot = take(campaign=campaign)
    add_comparisons(campaign=campaign, comparisons=[other])
    assert Task.objects.filter(campaign=campaign).count() == 2
    assert Task.objects.filter(created_at__lt=Now() - timedelta(hours=1)).count() == 0
    was = bytes_in(tmp_path / "first")
    assert again(snapshot, tmp_path) == was
    assert snapshot.manifest["rows"] == 1
