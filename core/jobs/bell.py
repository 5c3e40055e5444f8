"""The doorbell: telling a worker that a job waits, without ever making the caller wait for the broker.

A broker that refuses, hangs or swallows connections must cost a request nothing. So one daemon thread per process
does the ringing from a bounded list; what does not fit, or is lost with the process, the sweeper finds in the table.
"""

import atexit
import logging
import os
import queue
import threading
import time
from uuid import UUID

from celery import current_app

log = logging.getLogger(__name__)

WAITING = 1000
LAST_WORDS_SECONDS = 0.5
# A ring that nobody heard for so long is worth nothing: the sweeper has rung again.
EXPIRES_SECONDS = 60
RUN = "core.jobs.tasks.run"

_rings: queue.Queue[str] = queue.Queue(maxsize=WAITING)
_start = threading.Lock()
_ringer: threading.Thread | None = None


def ring(job_id: UUID) -> None:
    """Ask for the job to be run soon. Returns at once and never raises."""
    _ensure_ringer()
    try:
        _rings.put_nowait(str(job_id))
    except queue.Full:
        log.warning("The broker does not take rings; the sweeper will find job %s.", job_id)


def publish(job_id: str) -> None:
    """Send the ring to the broker, in this thread."""
    current_app.send_task(RUN, args=[job_id], expires=EXPIRES_SECONDS, ignore_result=True)


def _ensure_ringer() -> None:
    global _ringer
    with _start:
        if _ringer is None or not _ringer.is_alive():
            _ringer = threading.Thread(target=_ring_on, name="doorbell", daemon=True)
            _ringer.start()


def _ring_on() -> None:
    while True:
        job_id = _rings.get()
        try:
            publish(job_id)
        except Exception as error:  # noqa: BLE001  (whatever the broker does, the next ring must be tried)
            log.warning("Could not ring for job %s (%s); the sweeper will find it.", job_id, error)
        finally:
            _rings.task_done()


def _last_words() -> None:
    # A short command that queued something gives its ringer a moment, so that the work begins now and not at the sweep.
    deadline = time.monotonic() + LAST_WORDS_SECONDS
    while _rings.unfinished_tasks and time.monotonic() < deadline:
        time.sleep(0.01)


def _after_fork() -> None:
    global _rings, _start, _ringer
    _rings, _start, _ringer = queue.Queue(maxsize=WAITING), threading.Lock(), None


atexit.register(_last_words)
os.register_at_fork(after_in_child=_after_fork)
