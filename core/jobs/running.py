"""Doing a job: claim, work, finish, each fenced by the attempt."""

import logging
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from core.jobs import bell
from core.jobs.heart import PROGRESS_SECONDS, Heart, beat
from core.jobs.models import ATTEMPTS, Job
from core.jobs.registry import Failed, Fenced, handler_of

log = logging.getLogger(__name__)

BACKOFF_SECONDS = 5
ERROR_LENGTH = 500
TRACE_LENGTH = 4000

# clock, not transaction time: a claim inside a test's or a command's transaction must see what is due by now
CLAIM = """
UPDATE jobs_job
SET state = 'running', attempt = attempt + 1, heartbeat_at = clock_timestamp(), error = '', trace = '', progress = '{}'
WHERE id = %s AND state = 'queued' AND run_after <= clock_timestamp()
RETURNING *
"""


class Run:
    """One attempt at one job, as its handler sees it: `job_id`, `scope`, `attempt`, progress and the fence."""

    def __init__(self, job: Job, heart: Heart | None) -> None:
        self.job_id = job.pk
        self.scope = job.scope
        self.attempt = job.attempt
        self._heart = heart
        self._written_at = 0.0

    def progress(self, *, done: int, total: int | None = None, note: str = "") -> None:
        """Say how far it is; cheap enough for every row. Raises Fenced once the job is known to be another's."""
        said: dict[str, Any] = {"done": done, "total": total, "note": note}
        if self._heart is not None:
            self._heart.progress = said
            if self._heart.fenced:
                raise Fenced(f"Job {self.job_id}: attempt {self.attempt} was given up.")
        elif time.monotonic() - self._written_at >= PROGRESS_SECONDS:
            self._written_at = time.monotonic()
            self._require(beat(self.job_id, self.attempt, said))

    def heartbeat(self) -> None:
        """Prove on the handler's own connection that the job is still this attempt's. Raises Fenced if it is not.

        As the last statement of a transaction it makes the transaction's effects this attempt's alone: until commit
        the row is locked, so nobody can take the job over.
        """
        self._require(beat(self.job_id, self.attempt, None))

    def _require(self, mine: bool) -> None:
        if not mine:
            raise Fenced(f"Job {self.job_id}: attempt {self.attempt} was given up.")


def claim(job_id: UUID) -> Job | None:
    """Take the job if it waits and is due; None if somebody has it, it is finished, or its time has not come."""
    return next(iter(Job.objects.raw(CLAIM, [job_id])), None)


def run(job_id: UUID) -> bool:
    """Do the job if it can be claimed; False if not. Never raises for what a handler raises: the row says it."""
    job = claim(job_id)
    if job is None:
        return False
    try:
        with _heart_of(job) as heart:
            result = handler_of(job.kind)(Run(job, heart), **job.args)
    except Fenced as error:
        log.warning("%s What it began was rolled back or will be done again.", error)
    except Failed as error:
        _settle(job, state=Job.State.FAILED, error=_line(error), trace="")
    except Exception as error:  # noqa: BLE001  (a handler may raise anything; the job keeps it for people)
        _try_again_or_park(job, error)
    except BaseException:
        # The worker is being stopped: the work waits for the next one, and this attempt is not counted against it.
        _settle(job, state=Job.State.QUEUED, run_after=Now(), tries_until=job.tries_until + 1)
        raise
    else:
        _settle(job, state=Job.State.DONE, result=result or {}, error="", trace="")
    _ring_for_the_next()
    return True


@contextmanager
def _heart_of(job: Job) -> Iterator[Heart | None]:
    # Inside somebody's transaction the claim is not committed, so no other connection could see it to beat on it.
    if connection.in_atomic_block:
        with transaction.atomic():
            yield None
        return
    with Heart(job.pk, job.attempt) as heart:
        yield heart
        if heart.progress is not None:
            beat(job.pk, job.attempt, heart.progress)


def _try_again_or_park(job: Job, error: Exception) -> None:
    said: dict[str, Any] = {
        "error": _line(error),
        "trace": "".join(traceback.format_exception(error))[-TRACE_LENGTH:],
    }
    log.warning("Job %s (%s), attempt %s: %s", job.pk, job.kind, job.attempt, said["error"])
    if job.attempt >= job.tries_until:
        _settle(job, state=Job.State.PARKED, **said)
        return
    tried = job.attempt - (job.tries_until - ATTEMPTS)
    wait = timedelta(seconds=BACKOFF_SECONDS * 4 ** max(0, tried - 1))
    _settle(job, state=Job.State.QUEUED, run_after=Now() + wait, **said)


def _settle(job: Job, *, state: str, **values: Any) -> None:
    finished = Now() if state in (Job.State.DONE, Job.State.FAILED, Job.State.PARKED) else None
    if not connection.in_atomic_block:
        # The handler's connection may have died with a database that is up again by now.
        connection.close_if_unusable_or_obsolete()
    mine = Job.objects.filter(pk=job.pk, attempt=job.attempt, state=Job.State.RUNNING)
    if not mine.update(state=state, finished_at=finished, heartbeat_at=None, **values):
        log.warning("Job %s: attempt %s ended after it was given up; its end is not written.", job.pk, job.attempt)


def _line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if not isinstance(error, Failed):
        text = f"{type(error).__name__}: {text}"
    return text[:ERROR_LENGTH]


def _ring_for_the_next() -> None:
    # What waits may have lost its bell; each finished job wakes one other, so a backlog drains without the sweeper.
    due = Job.objects.filter(state=Job.State.QUEUED, run_after__lte=Now()).order_by("run_after")
    waiting = due.values_list("pk", flat=True).first()
    if waiting is not None:
        bell.ring(waiting)
