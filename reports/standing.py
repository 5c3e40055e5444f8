"""How far a report is, for people: its own state, or its job's where that knows better."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.accounts.access import Member
from core.jobs.models import Job
from reports import selectors
from reports.models import Report

PER_PAGE = 20
_JOB = {
    Job.State.QUEUED: ("wait", gettext_noop("waiting")),
    Job.State.RUNNING: ("run", gettext_noop("being computed")),
    Job.State.FAILED: ("fail", gettext_noop("failed")),
    Job.State.PARKED: ("fail", gettext_noop("stopped")),
}
_OWN = {
    Report.State.WAITING: ("wait", gettext_noop("waiting")),
    Report.State.RUNNING: ("run", gettext_noop("being computed")),
    Report.State.FAILED: ("fail", gettext_noop("failed")),
}
_VERDICTS = {
    "over_budget": ("warn", gettext_noop("over budget")),
    "within_budget": ("done", gettext_noop("within budget")),
    "not_enough_data": ("off", gettext_noop("not enough data")),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The sign and the word of a report, and while it is made how many steps of how many, and which."""

    kind: str
    word: str
    active: bool
    done: int = 0
    total: int = 0
    note: str = ""
    error: str = ""


def standing_of(report: Report) -> Standing:
    """How far this report is."""
    return standings([report])[0]


def page_of_reports(member: Member, number: str | None) -> "Page[Report]":
    """The project's reports, newest first; each in `object_list` comes with its standing."""
    page = Paginator(selectors.reports_of(member, Report.Kind.WEIGHTING), PER_PAGE).get_page(number)
    listed = list(page.object_list)
    page.object_list = list(zip(listed, standings(listed), strict=True))  # type: ignore[arg-type]
    return page


def standings(reports: Sequence[Report]) -> list[Standing]:
    """How far these reports are."""
    jobs = Job.objects.in_bulk([one.job for one in reports if one.job and one.state != Report.State.DONE])
    return [_standing(one, jobs.get(one.job) if one.job else None) for one in reports]


def _standing(report: Report, job: Job | None) -> Standing:
    if report.state == Report.State.DONE:
        kind, word = _VERDICTS[(report.body or {})["verdict"]]
        return Standing(kind, _(word), active=False)
    kind, word = _OWN[Report.State(report.state)]
    if job is None:
        return Standing(kind, _(word), active=False, error=report.error)
    # A report whose worker died may still say that it is being computed, and one that is tried again that it failed.
    kind, word = _JOB.get(Job.State(job.state), (kind, word))
    active = job.state in (Job.State.QUEUED, Job.State.RUNNING)
    progress = job.progress
    return Standing(
        kind,
        _(word),
        active=active,
        done=progress.get("done") or 0,
        total=progress.get("total") or 0,
        note=progress.get("note") or "",
        error="" if active else report.error or job.error,
    )
