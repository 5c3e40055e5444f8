"""A worker that ends while Redis is away is started again by whoever keeps it, and each job is done once in effect.

Losing Redis may end the worker itself: kombu, closing a broken connection, may give back what was not acknowledged
over a connection that is no longer there. Which moment does that is chance, so here the worker is ended by a signal.
"""

import os
import signal

import pytest

from core.jobs.models import Job
from core.jobs.queue import enqueue
from tests import tally
from tests.workers import Worker, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

JOBS = 4


def ends(folder):
    return [line for file in folder.iterdir() for line in file.read_text().splitlines() if line.startswith("end-")]


def test_a_worker_that_ends_while_redis_is_away_is_started_again_and_jobs_are_done_once(tmp_path, ringing):
    notes = tmp_path / "notes"
    notes.mkdir()
    jobs = [enqueue(kind="test.note", args={"path": str(notes / str(n)), "seconds": 1.0}) for n in range(JOBS)]
    given = {"CELERY_BROKER_URL": ringing.url(), "TEST_SWEEP_SECONDS": 0.3, "JOBS_LOST_AFTER_SECONDS": 2.0}
    with Worker(tmp_path, kept=True, **given) as worker:
        until(lambda: len(list(notes.iterdir())) == 2)
        first = worker.process.pid
        ringing.stop(signal.SIGKILL)
        # With its children: they are in the middle of the first two jobs, whose rings nobody has acknowledged.
        os.killpg(first, signal.SIGKILL)
        until(lambda: worker.ended == 1 and worker.process.pid != first)
        ringing.start()
        until(lambda: not Job.objects.exclude(state="done").exists(), seconds=60)
        assert worker.process.poll() is None
        assert worker.ended == 1
    done = ends(notes)
    tally.tell(
        "worker ended while Redis was away, started again",
        acknowledged=len(jobs),
        found=min(len(done), len(jobs)),
        doubled=len(done) - len(jobs),
        more=f"{sum(job.attempt > 1 for job in Job.objects.all())} were begun twice",
    )
    assert Job.objects.filter(attempt=2).count() == 2
