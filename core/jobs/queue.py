"""Putting work into the job table, and taking it up again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core.jobs import bell
from core.jobs.models import ATTEMPTS, Job

_ACTIVE = (Job.State.QUEUED, Job.State.RUNNING)


class NotRetryable(Exception):
    """Only a job that has failed or is parked can be tried again."""


def enqueue(
    *,
    kind: str,
    args: Mapping[str, Any],
    scope: UUID | None = None,
    dedupe_key: str | None = None,
    run_after: datetime | None = None,
) -> Job:
    """Write a job in the caller's transaction and ring for it on commit; `args` are ids and other plain JSON.

    While a job of this kind, scope and `dedupe_key` waits or runs, that one is returned and nothing is written.
    """
    job = Job(kind=kind, args=dict(args), scope=scope, dedupe_key=dedupe_key)
    if run_after is not None:
        job.run_after = run_after
    if dedupe_key is None:
        job.save(force_insert=True)
    else:
        job = _insert_or_find(job)
    transaction.on_commit(lambda: bell.ring(job.pk), robust=True)
    return job


def retry(job: Job) -> Job:
    """A person wants a failed or parked job tried again: three fresh attempts. Raises NotRetryable.

    The attempt goes on counting, since it is the fencing token. If the same work was queued anew meanwhile under
    the same dedupe key, this job stays as it is, and NotRetryable says so.
    """
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.state not in (Job.State.FAILED, Job.State.PARKED):
            raise NotRetryable(
                _("This job is %(state)s; only one that failed can be tried again.")
                % {"state": locked.get_state_display()}
            )
        if locked.dedupe_key is not None and _active_like(locked) is not None:
            raise NotRetryable(_("The same work is waiting or running already."))
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.QUEUED,
            run_after=Now(),
            tries_until=F("attempt") + ATTEMPTS,
            finished_at=None,
            progress={},
        )
        locked.refresh_from_db()
        transaction.on_commit(lambda: bell.ring(locked.pk), robust=True)
    return locked


def _insert_or_find(job: Job) -> Job:
    # The twin may finish between our refused insert and our search for it; then there is room for ours.
    for _try in range(5):
        Job.objects.bulk_create([job], ignore_conflicts=True)
        stored = Job.objects.filter(pk=job.pk).first() or _active_like(job)
        if stored is not None:
            return stored
    raise RuntimeError(f"The job {job.kind} {job.dedupe_key!r} could be neither written nor found.")


def _active_like(job: Job) -> Job | None:
    return Job.objects.filter(kind=job.kind, scope=job.scope, dedupe_key=job.dedupe_key, state__in=_ACTIVE).first()
