"""Celery over a real Redis: whatever is killed, each job is done, and once in effect.

The sweeper is slowed down where it must not be what helps.
"""

import os
import re
import signal
import time

import pytest

from core.jobs.models import Job
from core.jobs.queue import enqueue
from tests import tally
from tests.workers import Worker, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

WHOLE = os.environ.get("PLUMBLINE_FAULTS") in ("whole", "full")
NEVER = 3600


class Notes:
    """Jobs that leave a line in a file each when they begin and end."""

    def __init__(self, folder):
        self.folder = folder / "notes"
        self.folder.mkdir()
        self.jobs = []

    def add(self, count, seconds):
        for n in range(len(self.jobs), len(self.jobs) + count):
            self.jobs.append(enqueue(kind="test.note", args={"path": str(self.folder / str(n)), "seconds": seconds}))

    def words(self):
        """(job's number, begin or end, process) of every line so far."""
        found = []
        for file in self.folder.iterdir():
            lines = (re.fullmatch(r"(\w+)-\d+ (\d+)", line) for line in file.read_text().splitlines())
            found += [(int(file.name), match[1], int(match[2])) for match in lines if match]
        return found

    def a_running_process(self):
        """The process of a job that has begun and not ended."""
        words = self.words()
        ended = {n for n, word, _ in words if word == "end"}
        return next((pid for n, word, pid in words if word == "begin" and n not in ended), None)

    def all_done(self):
        return not Job.objects.exclude(state="done").exists()

    def account(self, what, more=""):
        ends = [n for n, word, _ in self.words() if word == "end"]
        tally.tell(
            what, acknowledged=len(self.jobs), found=len(set(ends)), doubled=len(ends) - len(set(ends)), more=more
        )


@pytest.fixture
def notes(tmp_path):
    return Notes(tmp_path)


def worker(tmp_path, redis, *, sweep=0.3, lost=2.0, **more):
    return Worker(
        tmp_path,
        CELERY_BROKER_URL=redis.url(),
        TEST_SWEEP_SECONDS=sweep,
        JOBS_LOST_AFTER_SECONDS=lost,
        **more,
    )


def test_a_ring_whose_process_is_killed_is_given_back_without_the_sweeper(tmp_path, ringing, notes):
    mark = tmp_path / "mark"
    mark.touch()
    with worker(tmp_path, ringing, sweep=NEVER, PLUMBLINE_FAILPOINTS=f"job.before_claim={mark}"):
        # One only: a job that ends rings for another that waits.
        notes.add(1, seconds=0.1)
        until(notes.all_done, seconds=40)
    assert not mark.exists()
    notes.account("Celery child killed before its job began, no sweeper")


def test_a_job_whose_process_is_killed_in_the_middle_is_done_again(tmp_path, ringing, notes):
    notes.add(6, seconds=1.0)
    with worker(tmp_path, ringing) as running:
        os.kill(until(notes.a_running_process), signal.SIGKILL)
        killed = time.monotonic()
        until(notes.all_done, seconds=60)
        assert running.process.poll() is None
    notes.account("Celery child killed in mid-job", f"all done {time.monotonic() - killed:.1f} s later")
    assert Job.objects.filter(attempt=2).count() == 1


@pytest.mark.parametrize(
    ("lost", "sweep"),
    [
        pytest.param(2.0, 0.3, id="short"),
        pytest.param(
            30.0,
            5.0,
            id="as-delivered",
            marks=pytest.mark.skipif(not WHOLE, reason="takes a minute; set PLUMBLINE_FAULTS=whole"),
        ),
    ],
)
def test_jobs_whose_worker_is_killed_are_done_by_the_next(tmp_path, ringing, notes, lost, sweep):
    notes.add(4, seconds=1.0)
    with worker(tmp_path, ringing, lost=lost, sweep=sweep) as running:
        until(notes.a_running_process)
        running.kill_9()
        killed = time.monotonic()
    with worker(tmp_path, ringing, lost=lost, sweep=sweep):
        until(notes.all_done, seconds=90)
    notes.account(
        f"whole worker killed (given up after {lost:g} s, swept each {sweep:g} s)",
        f"all done {time.monotonic() - killed:.1f} s later",
    )


def test_a_ring_that_a_killed_worker_held_comes_back_and_does_nothing_twice(tmp_path, ringing, notes):
    """Restoring is Redis', doing is the row's: the second ring finds the row taken."""
    options = {"sweep": NEVER, "lost": NEVER, "TEST_VISIBILITY_SECONDS": 3}
    notes.add(1, seconds=30)
    with worker(tmp_path, ringing, **options) as running:
        until(notes.a_running_process)
        running.kill_9()
        killed = time.monotonic()
    assert held(ringing) == 1
    with worker(tmp_path, ringing, **options):
        until(lambda: held(ringing) == 0, seconds=60)
    seconds = time.monotonic() - killed
    assert [word for _, word, _ in notes.words()] == ["begin"]
    assert Job.objects.get().state == "running"
    assert seconds < 45, "kombu's own pace would be a hundred seconds"


def held(redis):
    """How many rings were handed out and not done with."""
    return int(redis.ask("HLEN", "unacked").strip().lstrip(b":"))


@pytest.mark.parametrize(
    ("lost", "asleep"),
    [
        pytest.param(1.5, 4, id="short"),
        pytest.param(
            10, 30, id="whole", marks=pytest.mark.skipif(not WHOLE, reason="takes a minute; set PLUMBLINE_FAULTS=whole")
        ),
    ],
)
def test_a_process_that_slept_through_its_lease_ends_late_and_changes_nothing(tmp_path, ringing, notes, lost, asleep):
    notes.add(1, seconds=2.0)
    with worker(tmp_path, ringing, lost=lost):
        sleeper = until(notes.a_running_process)
        os.kill(sleeper, signal.SIGSTOP)
        began = time.monotonic()
        until(notes.all_done, seconds=60)
        time.sleep(max(0.0, asleep - (time.monotonic() - began)))
        os.kill(sleeper, signal.SIGCONT)
        # Long enough for the zombie to come to its end and try to write it.
        time.sleep(3)
    job = Job.objects.get()
    assert (job.state, job.attempt) == ("done", 2)
    notes.account(f"Celery child asleep for {asleep} s, given up after {lost:g} s")


def test_poison_is_parked_after_three_and_leaves_no_ring_behind(tmp_path, ringing, notes):
    poison = enqueue(kind="test.poison", args={"path": str(tmp_path / "poison")})
    with worker(tmp_path, ringing, lost=1.0):
        notes.add(4, seconds=0.1)
        until(lambda: Job.objects.filter(pk=poison.pk, state="parked").exists(), seconds=60)
        until(lambda: not Job.objects.exclude(pk=poison.pk).exclude(state="done").exists(), seconds=60)
        until(lambda: held(ringing) == 0)
    begun = [line.split()[0] for line in (tmp_path / "poison").read_text().splitlines()]
    assert begun == ["begin-1", "begin-2", "begin-3"]
    notes.account("a job that kills its process, parked after three attempts; the others")


def test_a_quiet_worker_keeps_its_connection(tmp_path, ringing, notes):
    """The socket's patience is longer than the wait for a ring: else each quiet second would break the connection."""
    with worker(tmp_path, ringing, sweep=NEVER) as running:
        notes.add(1, seconds=0.0)
        until(notes.all_done)
        time.sleep(8)
        notes.add(1, seconds=0.0)
        until(notes.all_done)
        log = running.log.read_text()
    assert "Connection to broker lost" not in log
    assert "Timeout" not in log
