"""What Celery calls. The job row decides whether anything is to be done; a task lost or doubled changes nothing."""

from uuid import UUID

from celery import shared_task

from core import failpoints
from core.jobs import running, sweeping


@shared_task(name="core.jobs.tasks.run")  # type: ignore[untyped-decorator]
def run(job_id: str) -> None:
    """The doorbell for one job."""
    failpoints.reached("job.before_claim")
    running.run(UUID(job_id))


@shared_task(name="core.jobs.tasks.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Every few seconds: what was missed."""
    sweeping.sweep()
