"""Which experiments are to be stepped now: what was received is closed and read, a backlog by a job."""

import logging

from django.db import transaction

from abtest import correcting
from abtest.closing import Fence, Progress, backlog, close_hours
from abtest.models import Event, Experiment, Readout
from abtest.readouts.making import read_out
from core.accounts.models import Project
from core.jobs.queue import enqueue

logger = logging.getLogger(__name__)

JOB = "abtest.close"

_BACKLOG_HOURS, _BACKLOG_EVENTS = 6, 50_000


def step(experiment: Experiment, *, fence: Fence | None = None, progress: Progress | None = None) -> Readout | None:
    """Close what can be closed of an experiment and read it; None if no hour of it is closed."""
    close_hours(experiment, fence=fence, progress=progress)
    return read_out(experiment, fence=fence)


def step_all() -> None:
    """Step every experiment that runs, or of which something was received or ruled after it ended."""
    for project in Project.objects.filter(pk__in=Experiment.objects.values("project")).order_by("pk"):
        correcting.forget_strays(project.pk)
    for experiment in Experiment.objects.exclude(state=Experiment.State.DRAFT).order_by("pk"):
        # What is wrong with one experiment is not to stop the others.
        try:
            if _large(experiment):
                with transaction.atomic():
                    enqueue(
                        kind=JOB,
                        args={"experiment": str(experiment.pk)},
                        scope=experiment.project_id,
                        dedupe_key=f"close {experiment.pk}",
                    )
            else:
                step(experiment)
        except Exception:
            logger.exception("the hours of experiment %s were not closed", experiment.key)


def _large(experiment: Experiment) -> bool:
    """Whether what is to be added up is more than a beat may take."""
    if backlog(experiment) > _BACKLOG_HOURS:
        return True
    unread = Event.objects.filter(experiment=experiment)
    last = Readout.objects.filter(experiment=experiment).order_by("-hour").values_list("hour", flat=True).first()
    if last is not None:
        unread = unread.filter(hour__gt=last)
    return unread[: _BACKLOG_EVENTS + 1].count() > _BACKLOG_EVENTS
