"""What keeps a running job its own: a beat on a connection beside the handler's.

A handler may stay in one transaction for minutes; a heartbeat written there would be seen by nobody. So a thread
writes heartbeat and progress on its own connection, and notes when the row is no longer this attempt's.
"""

import logging
import threading
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models.functions import Now

from core.jobs.models import Job

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 1.0


def lost_after() -> float:
    """So many seconds without a heartbeat and the job is taken from its worker."""
    return float(getattr(settings, "JOBS_LOST_AFTER_SECONDS", 30.0))


def beat(job_id: UUID, attempt: int, progress: dict[str, Any] | None) -> bool:
    """Write heartbeat (and progress) on this thread's connection; False if the row is no longer this attempt's."""
    more: dict[str, Any] = {} if progress is None else {"progress": progress}
    mine = Job.objects.filter(pk=job_id, attempt=attempt, state=Job.State.RUNNING)
    return mine.update(heartbeat_at=Now(), **more) == 1


class Heart:
    """Beats for one attempt while the `with` block runs. `progress` may be replaced at any time."""

    def __init__(self, job_id: UUID, attempt: int) -> None:
        self.job_id = job_id
        self.attempt = attempt
        self.progress: dict[str, Any] | None = None
        self.fenced = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="heart", daemon=True)

    def __enter__(self) -> "Heart":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join(timeout=lost_after())

    def _beat_on(self) -> None:
        written: dict[str, Any] | None = None
        idle = 0.0
        every = lost_after() / 6
        pause = min(PROGRESS_SECONDS, every)
        try:
            while not self.fenced and not self._stop.wait(pause):
                idle += pause
                progress = self.progress
                if progress is written and idle < every:
                    continue
                if self._beat(None if progress is written else progress):
                    written, idle = progress, 0.0
        finally:
            connection.close()

    def _beat(self, progress: dict[str, Any] | None) -> bool:
        try:
            self.fenced = not beat(self.job_id, self.attempt, progress)
        except DatabaseError as error:
            # The database may be restarting; the next beat tries again, and the sweeper judges by what is written.
            log.warning("No heartbeat for job %s: %s", self.job_id, error)
            connection.close()
            return False
        return True
