"""Making a report that was asked for, once: computed outside of any transaction, written in one."""

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from core.version import code_version
from reports.models import Report
from reports.weighting.assembling import Progress, weighting

Fence = Callable[[], None]


def make(report: Report, *, progress: Progress = lambda done, total, note: None, fence: Fence = lambda: None) -> Report:
    """Compute the report and write it; one that is done is returned as it is.

    `fence` is called last in the transaction that writes: what it raises leaves the row as it was. An error of the
    computation is noted in the row and raised.
    """
    if report.state == Report.State.DONE:
        return report
    _say(report, Report.State.RUNNING, "")
    try:
        made = weighting(report, progress=progress)
    except Exception as error:
        _say(report, Report.State.FAILED, _("The report failed (%(error)s).") % {"error": type(error).__name__})
        raise
    with transaction.atomic():
        mine = Report.objects.select_for_update().get(pk=report.pk)
        if mine.state != Report.State.DONE:
            mine.recipe_version, mine.pool = made.recipe, made.pool
            mine.snapshot, mine.version = made.snapshot, code_version()
            mine.body, mine.state, mine.error = made.body, Report.State.DONE, ""
            mine.save()
        fence()
    return mine


def _say(report: Report, state: Report.State, error: str) -> None:
    Report.objects.filter(pk=report.pk).exclude(state=Report.State.DONE).update(state=state, error=error)
