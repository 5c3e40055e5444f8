"""The doorbell: telling a worker that a job waits. A lost ring costs seconds, never the work: see `sweeping`."""

from uuid import UUID

from celery import current_app

from core.live.errands import Errands

# A ring that nobody heard for so long is worth nothing: the sweeper has rung again.
EXPIRES_SECONDS = 60
RUN = "core.jobs.tasks.run"


def ring(job_id: UUID) -> None:
    """Ask for the job to be run soon. Returns at once and never raises, whatever the broker does."""
    _errands.hand_over(str(job_id))


def publish(job_id: str) -> None:
    """Send the ring to the broker, in this thread; raises what the broker's client raises."""
    current_app.send_task(RUN, args=[job_id], expires=EXPIRES_SECONDS, ignore_result=True)


_errands = Errands("doorbell", lambda job_id: publish(job_id))
