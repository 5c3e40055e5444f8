"""What is stored of a ledger is what its rows say, whoever writes when; what is not counted yet is said."""

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core.accounts.projects import create_project
from core.catalog.adding import NewComparison, add_comparisons
from core.catalog.parts import NewPrompt, NewResponse
from core.ledger import buckets, bulk, recording, tallies
from core.ledger.models import Actor, CountedJudgment, DirtyBucket, Judgment, JudgmentTally
from core.ledger.recording import Said, Subject, Utterance
from core.ledger.rubrics import default_version
from core.tables.verification import checks

NAME = "stored tallies of judgments are the recomputed ones"


@pytest.fixture
def say(project: Any) -> Any:
    row = NewComparison(NewPrompt((("user", "is it?"),)), NewResponse("a", "x"), NewResponse("b", "y"))
    (added,) = add_comparisons(project=project, rows=[row], source="t")
    actor = Actor.objects.create(project=project, kind="rater", pseudonym="ann")

    def say(**context: Any) -> Judgment:
        utterance = Utterance(str(uuid.uuid4()), (Said("overall", 1),), Subject(comparison=added.id), context=context)
        said, _ = recording.record(
            project=project, actor=actor.pk, source="rating", rubric_version=None, utterance=utterance
        )
        return said

    say.subject, say.actor = Subject(comparison=added.id), actor.pk  # type: ignore[attr-defined]
    return say


def counts(project: Any, cut: Any = None) -> tuple[int, int, int]:
    said = tallies.said(project.pk, cut)
    counted = CountedJudgment.objects.filter(project=project)
    assert said.latest == max((row.recorded_at for row in counted), default=None)
    assert said.as_of is None
    return said.counted, said.simulated, said.since_cut


def test_what_is_stored_and_what_is_marked_are_counted_together(project: Any, say: Any) -> None:
    assert counts(project) == (0, 0, 0)
    first = say()
    say(simulated=True)
    assert counts(project) == (2, 1, 2)
    assert JudgmentTally.objects.count() == 0
    assert buckets.settle() == len({tallies.bucket_of(pk) for pk in Judgment.objects.values_list("pk", flat=True)})
    assert DirtyBucket.objects.count() == 0
    assert counts(project) == (2, 1, 2)
    recording.rule(judgment=first.pk, standing="withdrawn", reason="")
    assert counts(project) == (1, 1, 1)
    buckets.settle()
    assert counts(project) == (1, 1, 1)
    recording.rule(judgment=first.pk, standing="counted", reason="")
    say(supersedes_id=first.pk)
    assert counts(project) == (2, 1, 2)
    buckets.settle()
    assert counts(project) == (2, 1, 2)
    assert list(checks()[NAME]()) == []


def test_a_cut_through_the_middle_of_a_bucket_is_exact(project: Any, say: Any) -> None:
    said = [say() for _ in range(3)]
    start = timezone.now().replace(microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for n, one in enumerate(said):
            cursor.execute(
                "UPDATE ledger_judgment SET recorded_at = %s WHERE id = %s", [start + timedelta(seconds=n), one.pk]
            )
        cursor.execute("SET LOCAL session_replication_role = origin")
    for _ in range(2):
        found = [counts(project, start + timedelta(seconds=seconds))[2] for seconds in (-1, 0, 1, 2)]
        assert found == [3, 2, 1, 0]
        buckets.settle()


def test_an_import_marks_what_it_writes(project: Any, say: Any) -> None:
    spoken = [bulk.Spoken(say.actor, Utterance(f"{n}", (Said("overall", n),), say.subject)) for n in range(3)]
    version = default_version(project).pk
    assert bulk.record_many(project=project, source="import", rubric_version=version, spoken=spoken) == 3
    buckets.settle()
    assert counts(project) == (3, 0, 3)
    assert list(checks()[NAME]()) == []


def test_a_great_bucket_is_left_to_the_worker_and_said(project: Any, say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "_FEW", 1)
    say(), say()
    said = tallies.said(project.pk, None)
    assert said.counted < 2
    assert said.as_of is not None
    buckets.settle()
    assert counts(project)[0] == 2


def test_another_project_has_its_own(project: Any, say: Any) -> None:
    say()
    buckets.settle()
    assert counts(create_project(slug="x", name="X", owner=None)) == (0, 0, 0)


@pytest.mark.parametrize("sql", ["DELETE FROM {0}", "UPDATE {0} SET counted = 7", "UPDATE {0} SET simulated = 1"])
def test_a_tally_that_somebody_changed_is_named(say: Any, sql: str) -> None:
    said = say()
    buckets.settle()
    with connection.cursor() as cursor:
        cursor.execute(sql.format("ledger_judgmenttally"))
    (finding,) = checks()[NAME]()
    assert finding.row == tallies.bucket_of(said.pk)


def test_a_mark_excuses_its_own_bucket_and_no_other(project: Any, say: Any) -> None:
    said = say()
    buckets.settle()
    JudgmentTally.objects.update(counted=7)
    buckets.mark(project=project.pk, scope=tallies.SCOPE, buckets=["00000000"])
    (finding,) = checks()[NAME]()
    assert finding.row == tallies.bucket_of(said.pk)
    tallies.mark(project=project.pk, judgments=[said.pk])
    assert list(checks()[NAME]()) == []


@pytest.mark.django_db(transaction=True)
def test_writers_of_one_bucket_never_wait_and_are_never_lost(project: Any, say: Any) -> None:
    say()
    ready, settled = threading.Event(), threading.Event()

    def slowly() -> None:
        try:
            with transaction.atomic():
                say()
                ready.set()
                settled.wait(10)
        finally:
            connection.close()

    writer = threading.Thread(target=slowly)
    writer.start()
    assert ready.wait(10)
    say()  # would wait here if both marked one row
    buckets.settle()
    assert sum(row.counted for row in JudgmentTally.objects.all()) == 2
    settled.set()
    writer.join()
    assert counts(project)[0] == 3
    buckets.settle()
    assert sum(row.counted for row in JudgmentTally.objects.all()) == 3
