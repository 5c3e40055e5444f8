"""Which projects' monitors are to be stepped now: a little at once, a backlog by a job."""

import logging
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Min

from core.accounts.models import Project
from core.jobs.queue import enqueue
from core.ledger import anchoring, thumbs
from core.ledger.models import DirtyBucket
from reports.drift.events import last_number
from reports.drift.stepping import step
from reports.models import Monitor

logger = logging.getLogger(__name__)

JOB = "reports.drift"

_BACKLOG_MARKS, _BACKLOG_EVENTS = 2_000, 20_000


def step_all() -> None:
    """Step the monitors of every project that has any, or in which something was said of thumbs."""
    for project in _awake():
        # What is wrong with one project is not to stop the others; its monitors show as stale.
        try:
            if _backlog(project.pk):
                with transaction.atomic():
                    enqueue(kind=JOB, args={"project": str(project.pk)}, scope=project.pk, dedupe_key="drift")
            else:
                step(project)
        except Exception:
            logger.exception("the drift monitors of project %s were not stepped", project.slug)


def _awake() -> Iterable[Project]:
    watched = Monitor.objects.order_by("project").values_list("project", flat=True).distinct()
    return Project.objects.filter(pk__in={*watched, *thumbs.marked_projects(), *anchoring.marked_projects()}).order_by(
        "pk"
    )


def _backlog(project: UUID) -> bool:
    marks = DirtyBucket.objects.filter(scope=thumbs.SCOPE, project=project)[: _BACKLOG_MARKS + 1].count()
    done = Monitor.objects.filter(project=project).aggregate(done=Min("last_number"))["done"] or 0
    return marks > _BACKLOG_MARKS or last_number(project) - done > _BACKLOG_EVENTS
