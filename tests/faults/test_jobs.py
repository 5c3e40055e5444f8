"""What a job survives: its child killed, its worker killed, stopped and continued, poison, a broker that is a hole."""

import os
import signal
import socket
import time

import pytest
from django.db import connection

from core.jobs import bell
from core.jobs.models import Job
from core.jobs.queue import enqueue
from tests.workers import Worker, elsewhere, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
QUICK = {"JOBS_LOST_AFTER_SECONDS": 1.5, "TEST_SWEEP_SECONDS": 0.3}


@pytest.fixture(autouse=True)
def _only_the_sweeper_finds_them(monkeypatch):
    monkeypatch.setattr(bell, "ring", lambda job_id: None)


@pytest.fixture
def note(tmp_path):
    return tmp_path / "note"


def long_job(note, seconds=1.0):
    return enqueue(kind="test.note", args={"path": str(note), "seconds": seconds})


def words(note):
    return [line.split()[0] for line in note.read_text().splitlines()] if note.exists() else []


def pid_of(note, word):
    return until(lambda: next((int(li.split()[1]) for li in lines(note) if li.startswith(f"{word} ")), None))


def lines(note):
    return note.read_text().splitlines() if note.exists() else []


def done(job):
    job.refresh_from_db()
    return job.state == "done"


def test_a_job_whose_process_is_killed_is_done_by_the_next(tmp_path, note):
    job = long_job(note)
    with Worker(tmp_path, **QUICK) as worker:
        os.kill(pid_of(note, "begin-1"), signal.SIGKILL)
        until(lambda: done(job))
        assert worker.process.poll() is None
    assert words(note) == ["begin-1", "begin-2", "end-2"]


def test_a_job_whose_worker_is_killed_is_done_by_the_next_worker(tmp_path, note):
    job = long_job(note)
    with Worker(tmp_path, **QUICK) as worker:
        pid_of(note, "begin-1")
        worker.kill_9()
    with Worker(tmp_path, **QUICK):
        until(lambda: done(job))
    assert words(note) == ["begin-1", "begin-2", "end-2"]


def test_a_process_that_slept_through_its_lease_writes_nothing_when_it_wakes(tmp_path, note):
    job = long_job(note)
    with Worker(tmp_path, **QUICK):
        sleeper = pid_of(note, "begin-1")
        os.kill(sleeper, signal.SIGSTOP)
        pid_of(note, "begin-2")
        os.kill(sleeper, signal.SIGCONT)
        until(lambda: done(job))
        time.sleep(1)
    assert words(note) == ["begin-1", "begin-2", "end-2"]
    assert job.attempt == 2


def test_a_job_that_kills_its_process_is_parked_and_others_are_done(tmp_path, note):
    poison = enqueue(kind="test.poison", args={"path": str(tmp_path / "poison")})
    with Worker(tmp_path, **QUICK):
        pid_of(tmp_path / "poison", "begin-1")
        other = long_job(note, seconds=0.1)
        until(lambda: done(other))
        until(lambda: Job.objects.filter(pk=poison.pk, state="parked").exists())
    assert words(tmp_path / "poison") == ["begin-1", "begin-2", "begin-3"]


def test_a_worker_told_to_quit_gives_its_job_back_at_once(tmp_path, note):
    job = long_job(note, seconds=60)
    with Worker(tmp_path, **QUICK) as worker:
        pid_of(note, "begin-1")
        worker.process.send_signal(signal.SIGQUIT)
        worker.process.wait(20)
    job.refresh_from_db()
    assert job.state == "queued"
    assert job.tries_until - job.attempt == 3
    Job.objects.update(args={"path": str(note), "seconds": 0.1})
    with Worker(tmp_path, **QUICK):
        until(lambda: done(job))


def test_two_workers_with_two_beats_do_each_job_once(tmp_path, note):
    jobs = [long_job(note, seconds=0.01) for _ in range(30)]
    with Worker(tmp_path, **QUICK), Worker(tmp_path, **QUICK):
        until(lambda: all(done(job) for job in jobs))
    assert words(note).count("end-1") == len(words(note)) / 2 == 30


def test_a_job_outlives_the_loss_of_every_database_connection(tmp_path, note):
    job = long_job(note, seconds=1.5)
    with Worker(tmp_path, **QUICK):
        pid_of(note, "begin-1")
        cut_connections()
        until(lambda: done(job))
    assert words(note)[-1].startswith("end-")
    assert len([word for word in words(note) if word.startswith("end-")]) == 1


@pytest.mark.parametrize("broker", ["hole", "refused"])
def test_a_broker_that_does_not_answer_costs_a_request_nothing_and_the_job_is_done(tmp_path, note, broker):
    with socket.create_server(("127.0.0.1", 0)) as hole:
        port = hole.getsockname()[1]
        if broker == "refused":
            hole.close()
        seconds = elsewhere(
            tmp_path,
            f"""
            import time
            from core.jobs.queue import enqueue
            enqueue(kind="test.note", args={{"path": {str(note)!r}}})  # opens the connection to the database
            begun = time.monotonic()
            enqueue(kind="test.note", args={{"path": {str(note)!r}}})
            print(time.monotonic() - begun)
            """,
            CELERY_BROKER_URL=f"redis://127.0.0.1:{port}/0",
        )
    assert float(seconds) < 0.2
    with Worker(tmp_path, **QUICK):
        until(lambda: Job.objects.filter(state="done").count() == 2)


def cut_connections():
    """What a restart of PostgreSQL does to its clients."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
