"""Having a failed job tried again, and the trail say who asked."""

from django.db import transaction

from core.accounts import audit
from core.accounts.access import Member
from core.jobs import queue
from core.jobs.models import Job


def retry(*, job: Job, member: Member) -> Job:
    """Queue the job of the member's project again. Raises queue.NotRetryable."""
    with transaction.atomic():
        queued = queue.retry(job)
        audit.record(project=member.project, who=member.user, verb="job.retried", object=str(job.pk))
    return queued
