import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from core.jobs import heart, queue, running, sweeping
from core.jobs.models import Job
from core.jobs.registry import Failed, Fenced


def lose(job):
    """As if its worker had died an hour ago."""
    Job.objects.filter(pk=job.pk).update(heartbeat_at=Now() - timedelta(hours=1))


def make_due(job):
    Job.objects.filter(pk=job.pk).update(run_after=Now() - timedelta(seconds=1))


def write_late(run):
    with transaction.atomic():
        Job.objects.create(kind="effect")
        run.heartbeat()


@pytest.mark.django_db
def test_a_job_runs_once_however_often_the_bell_rings(rings, on_kind):
    done = []
    on_kind("t", lambda run, n: done.append(n))
    job = queue.enqueue(kind="t", args={"n": 7})
    assert [running.run(job.pk) for _ in range(3)] == [True, False, False]
    assert done == [7]


@pytest.mark.django_db
def test_what_a_handler_returns_is_kept_as_the_result(rings, on_kind):
    on_kind("t", lambda run: {"rows": 3})
    job = queue.enqueue(kind="t", args={})
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"rows": 3})
    assert job.finished_at


@pytest.mark.django_db
def test_an_error_is_tried_again_after_growing_pauses_and_then_parked(rings, on_kind):
    def fail(run):
        raise ValueError("line 3:\n no such file")

    on_kind("t", fail)
    job = queue.enqueue(kind="t", args={})
    pauses = []
    for attempt in (1, 2, 3):
        make_due(job)
        assert running.run(job.pk)
        job.refresh_from_db()
        assert job.attempt == attempt
        assert job.error == "ValueError: line 3: no such file"
        assert 'raise ValueError("line 3' in job.trace
        pauses.append(round((job.run_after - Job.objects.values_list(Now(), flat=True).get()).total_seconds()))
    assert pauses[:2] == [5, 20]
    assert job.state == "parked"
    assert running.run(job.pk) is False


@pytest.mark.django_db
def test_work_that_cannot_succeed_is_not_tried_again(rings, on_kind):
    def refuse(run):
        raise Failed("There is no file x.jsonl; upload it again.")

    on_kind("t", refuse)
    job = queue.enqueue(kind="t", args={})
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error, job.trace) == ("failed", "There is no file x.jsonl; upload it again.", "")


@pytest.mark.django_db
def test_a_kind_without_a_handler_fails_by_name(rings):
    job = queue.enqueue(kind="nobody.does.this", args={})
    running.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "nobody.does.this" in job.error


@pytest.mark.django_db
def test_a_database_error_in_a_handler_is_told_like_any_other(rings, on_kind):
    def clash(run):
        raise IntegrityError("duplicate key")

    on_kind("t", clash)
    job = queue.enqueue(kind="t", args={})
    running.run(job.pk)
    job.refresh_from_db()
    assert job.error == "IntegrityError: duplicate key"


@pytest.mark.django_db
def test_a_stopped_worker_gives_its_job_back_uncounted(rings, on_kind):
    def stop(run):
        raise SystemExit

    on_kind("t", stop)
    job = queue.enqueue(kind="t", args={})
    with pytest.raises(SystemExit):
        running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.tries_until - job.attempt) == ("queued", 3)


@pytest.mark.django_db
def test_the_sweeper_takes_a_dead_workers_job_back_and_rings(rings, on_kind):
    job = queue.enqueue(kind="t", args={})
    running.claim(job.pk)
    assert sweeping.sweep().taken_back == 0
    lose(job)
    swept = sweeping.sweep()
    assert (swept.taken_back, swept.rung) == (1, 1)
    assert rings == [job.pk]
    assert running.claim(job.pk).attempt == 2


@pytest.mark.django_db
def test_a_job_that_kills_its_process_is_parked_after_three(rings):
    job = queue.enqueue(kind="t", args={})
    for _ in range(3):
        assert running.claim(job.pk)
        lose(job)
        sweeping.sweep()
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("parked", 3)
    assert "died" in job.error
    assert job.finished_at


@pytest.mark.django_db
def test_the_sweeper_rings_for_what_is_due_only(rings):
    due = queue.enqueue(kind="t", args={})
    later = queue.enqueue(kind="t", args={})
    Job.objects.filter(pk=later.pk).update(run_after=Now() + timedelta(hours=1))
    assert sweeping.sweep().rung == 1
    assert rings == [due.pk]


@pytest.mark.django_db
def test_a_finished_job_rings_for_the_next_that_waits(rings, on_kind):
    on_kind("t", lambda run: None)
    first, second = queue.enqueue(kind="t", args={}), queue.enqueue(kind="t", args={})
    running.run(first.pk)
    assert rings == [second.pk]


@pytest.mark.django_db
def test_a_zombie_writes_nothing(rings, on_kind):
    """Attempt 1 wakes up when attempt 2 has begun: its end, its progress and its transaction are refused."""
    seen = []

    def sleep_through_it(run):
        lose(job)
        sweeping.sweep()
        assert running.claim(job.pk).attempt == 2
        with pytest.raises(Fenced):
            write_late(run)
        with pytest.raises(Fenced):
            run.progress(done=1)
        seen.append(run.attempt)
        return {"from": "the zombie"}

    on_kind("t", sleep_through_it)
    job = queue.enqueue(kind="t", args={})
    running.run(job.pk)
    job.refresh_from_db()
    assert seen == [1]
    assert (job.state, job.attempt, job.result) == ("running", 2, None)
    assert not Job.objects.filter(kind="effect").exists()


@pytest.mark.django_db(transaction=True)
def test_progress_and_heartbeat_are_seen_while_the_handler_is_in_one_long_transaction(
    rings, on_kind, settings, monkeypatch
):
    settings.JOBS_LOST_AFTER_SECONDS = 1.2
    monkeypatch.setattr(heart, "PROGRESS_SECONDS", 0.05)
    seen = []

    def look_from_outside():
        row = Job.objects.using("default").get()
        seen.append((row.progress, row.heartbeat_at))

    def work(run):
        with transaction.atomic():
            run.progress(done=1, total=2, note="half")
            time.sleep(1.5)
            in_thread(look_from_outside)
            in_thread(lambda: seen.append(sweeping.sweep().taken_back))

    on_kind("t", work)
    job = queue.enqueue(kind="t", args={})
    running.run(job.pk)
    job.refresh_from_db()
    assert seen[0][0] == {"done": 1, "total": 2, "note": "half"}
    assert seen[1] == 0
    assert (job.state, job.progress["done"]) == ("done", 1)


@pytest.mark.django_db(transaction=True)
def test_a_handler_learns_between_rows_that_its_job_was_taken(rings, on_kind, settings, monkeypatch):
    settings.JOBS_LOST_AFTER_SECONDS = 0.6
    monkeypatch.setattr(heart, "PROGRESS_SECONDS", 0.05)
    rows = []

    def work(run):
        for n in range(200):
            run.progress(done=n)
            rows.append(n)
            if n == 2:
                Job.objects.update(attempt=2)
            time.sleep(0.02)

    on_kind("t", work)
    job = queue.enqueue(kind="t", args={})
    running.run(job.pk)
    assert 3 <= len(rows) < 100
    job.refresh_from_db()
    assert job.state == "running"


def in_thread(function):
    import threading

    from django.db import connection

    def run():
        try:
            function()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
