"""A report that is asked for: made by a job once, whatever becomes of the worker, and followed meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from core.jobs import running, sweeping
from core.jobs.models import Job
from core.jobs.registry import Fenced
from reports import making
from reports.models import Report
from reports.ordering import ask_report

pytestmark = pytest.mark.django_db


def asked(project: Any, by: Any) -> Report:
    return ask_report(project=project, recipe=None, pool=None, seed=5, who=by)


def test_a_job_makes_the_report_and_says_how_far_it_is(
    project: Any, owner: Any, april_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    april_in(project, 40)
    told: list[tuple[int, int, str]] = []
    monkeypatch.setattr(running.Run, "progress", lambda run, *, done, total, note: told.append((done, total, note)))
    report = asked(project, owner)
    assert (report.state, report.body) == ("waiting", None)
    assert running.run(report.job)
    report.refresh_from_db()
    assert (report.state, report.made_by) == ("done", owner)
    assert report.body["verdict"]
    assert report.recipe_version.recipe.name == "april"
    assert report.pool.name == "april"
    job = Job.objects.get(pk=report.job)
    assert (job.state, job.result["said"]) == ("done", report.body["sentence"])
    assert told[0][:2] == (0, told[-1][1])
    assert told[-1][0] == told[-1][1]
    assert [done for done, _total, _note in told] == list(range(told[-1][1] + 1))


def test_after_a_workers_death_the_report_is_made_anew_and_once(
    project: Any, owner: Any, april_in: Callable[..., Any]
) -> None:
    april_in(project, 40)
    report = asked(project, owner)
    # A worker that began and was killed: its heart stopped long ago.
    assert running.claim(report.job) is not None
    Report.objects.filter(pk=report.pk).update(state=Report.State.RUNNING)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_job SET heartbeat_at = heartbeat_at - interval '1 hour'")
    assert sweeping.sweep().taken_back == 1
    assert running.run(report.job)
    report.refresh_from_db()
    body = report.body
    assert report.state == "done"
    # Rung twice, it is done once.
    assert making.make(Report.objects.get(pk=report.pk)).body == body
    assert not running.run(report.job)


def test_an_attempt_that_was_given_up_writes_nothing(project: Any, owner: Any, april_in: Callable[..., Any]) -> None:
    april_in(project, 40)
    report = asked(project, owner)

    def fence() -> None:
        raise Fenced("given up")

    with pytest.raises(Fenced), transaction.atomic():
        making.make(report, fence=fence)
    report.refresh_from_db()
    assert report.body is None


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_the_program_is_noted_and_tried_again(
    project: Any, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = asked(project, owner)

    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("a secret of the program")

    with monkeypatch.context() as patch:
        patch.setattr(making, "weighting", broken)
        running.run(report.job)
    report.refresh_from_db()
    assert (report.state, report.error) == ("failed", "The report failed (ZeroDivisionError).")
    assert Job.objects.get(pk=report.job).state == "queued"
    assert making.make(report).state == "done"
    report.refresh_from_db()
    assert (report.state, report.error) == ("done", "")
