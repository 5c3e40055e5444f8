"""Making a report that was asked for, once: computed outside of any transaction, written in one."""

import logging
from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from core.version import code_version
from reports.models import Report
from reports.weighting.assembling import Progress, weighting
from reports.weighting.ground import Ground
from reports.weighting.what_if import keep

log = logging.getLogger(__name__)

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
    _keep(mine, made.ground)
    return mine


def _keep(report: Report, ground: Ground | None) -> None:
    """Keep the arrays for `what_if`; a disk that is full costs a wait at the first question, and no report."""
    if ground is None:
        return
    try:
        keep(report.pk, ground)
    except OSError as error:
        log.warning("The arrays of report %s are not kept: %s", report.pk, error)


def _say(report: Report, state: Report.State, error: str) -> None:
    Report.objects.filter(pk=report.pk).exclude(state=Report.State.DONE).update(state=state, error=error)
