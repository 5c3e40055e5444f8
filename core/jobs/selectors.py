"""Reading jobs for the people of a project."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.jobs.models import ATTEMPTS, Job
from core.jobs.registry import label_of

PER_PAGE = 50
_STATUS = {
    Job.State.QUEUED: ("wait", gettext_lazy("Waiting")),
    Job.State.RUNNING: ("run", gettext_lazy("Running")),
    Job.State.DONE: ("done", gettext_lazy("Done")),
    Job.State.FAILED: ("fail", gettext_lazy("Failed")),
    Job.State.PARKED: ("fail", gettext_lazy("Gave up")),
}


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as the page shows it."""

    job: Job

    @property
    def label(self) -> str:
        return _(label_of(self.job.kind))

    @property
    def retries(self) -> bool:
        """It waits because an attempt failed."""
        return self.job.state == Job.State.QUEUED and bool(self.job.error)

    @property
    def kind(self) -> str:
        return "warn" if self.retries else _STATUS[Job.State(self.job.state)][0]

    @property
    def word(self) -> str:
        return _("Trying again") if self.retries else str(_STATUS[Job.State(self.job.state)][1])

    @property
    def running(self) -> bool:
        return self.job.state == Job.State.RUNNING

    @property
    def may_be_retried(self) -> bool:
        return self.job.state in (Job.State.FAILED, Job.State.PARKED)

    @property
    def tried(self) -> int:
        """Attempts since it was queued or last retried by a person."""
        return max(0, self.job.attempt - (self.job.tries_until - ATTEMPTS))

    @property
    def done(self) -> int:
        return int(self.job.progress.get("done") or 0)

    @property
    def total(self) -> int | None:
        total = self.job.progress.get("total")
        return int(total) if total else None

    @property
    def note(self) -> str:
        return str(self.job.progress.get("note") or "")

    @property
    def said(self) -> str:
        result: dict[str, Any] = self.job.result or {}
        return str(result.get("said") or "") if self.job.state == Job.State.DONE else ""


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of a project's jobs, and whether any of the project's jobs waits or runs."""

    page: "Page[Job]"
    rows: list[JobRow]
    active: int
    stuck: int

    @property
    def verdict(self) -> str:
        """The page's answer in a sentence."""
        if not self.active and not self.stuck:
            return _("Nothing runs and nothing has failed.")
        now = _("Nothing runs.")
        if self.active:
            now = ngettext("%(n)d job waiting or running.", "%(n)d jobs waiting or running.", self.active)
        failed = ""
        if self.stuck:
            failed = ngettext(
                "%(n)d job failed; read why and try again.", "%(n)d jobs failed; read why and try again.", self.stuck
            )
        return " ".join(part % {"n": n} for part, n in ((now, self.active), (failed, self.stuck)) if part)


def job_page(scope: UUID, number: str | int) -> JobPage:
    """The jobs of this scope (a project's id), newest first."""
    jobs = Job.objects.filter(scope=scope)
    page = Paginator(jobs.order_by("-id"), PER_PAGE).get_page(number)
    return JobPage(
        page=page,
        rows=[JobRow(job) for job in page.object_list],
        active=jobs.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING)).count(),
        stuck=jobs.filter(state__in=(Job.State.FAILED, Job.State.PARKED)).count(),
    )


def jobs_of(scope: UUID) -> "QuerySet[Job]":
    """The jobs of this scope, for whoever pages through them."""
    return Job.objects.filter(scope=scope)


def as_rows(jobs: Iterable[Job]) -> list[JobRow]:
    """Jobs as they are shown."""
    return [JobRow(job) for job in jobs]


def job_of(scope: UUID, job_id: UUID) -> Job:
    """The job if it belongs to this scope. Raises Http404."""
    job = Job.objects.filter(scope=scope, pk=job_id).first()
    if job is None:
        raise Http404("No such job.")
    return job
