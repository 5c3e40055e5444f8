"""Finding what was missed: dead workers' jobs, and jobs for which nobody heard the bell."""

from dataclasses import dataclass

from django.db import connection
from django.db.models.functions import Now

from core.jobs import bell
from core.jobs.heart import lost_after
from core.jobs.models import Job

# Enough to wake every idle worker; each finished job then wakes one more.
RINGS = 8
DIED = (
    "The process that did this work died or was cut off on the last attempt. "
    "If it happens again, look for memory limits and for what is special about the input."
)

# A row that somebody holds locked is a row that somebody works on: skipped, looked at again at the next sweep.
TAKE_BACK = """
UPDATE jobs_job SET
    state = CASE WHEN attempt >= tries_until THEN 'parked' ELSE 'queued' END,
    finished_at = CASE WHEN attempt >= tries_until THEN clock_timestamp() END,
    run_after = clock_timestamp(), heartbeat_at = NULL, error = %s
WHERE id IN (
    SELECT id FROM jobs_job
    WHERE state = 'running' AND heartbeat_at < clock_timestamp() - make_interval(secs => %s)
    FOR UPDATE SKIP LOCKED
)
RETURNING state
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    taken_back: int
    parked: int
    rung: int


def sweep() -> Swept:
    """Take jobs from dead workers (parking those out of attempts) and ring for what is due. Any number may sweep."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_BACK, [DIED, lost_after()])
        states = [row[0] for row in cursor.fetchall()]
    due = Job.objects.filter(state=Job.State.QUEUED, run_after__lte=Now()).order_by("run_after")
    waiting = list(due.values_list("pk", flat=True)[:RINGS])
    for job_id in waiting:
        bell.ring(job_id)
    return Swept(taken_back=states.count("queued"), parked=states.count("parked"), rung=len(waiting))
