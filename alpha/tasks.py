"""Work of alpha that the worker does."""

from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings

from alpha import leaving, letters, promoting, talking
from alpha.generating import ending
from alpha.generating.writing import write_here
from alpha.models import SpotCheck, Volunteer
from core.accounts.models import Project, User
from core.jobs.registry import handler
from core.jobs.running import Run


@handler(letters.WELCOME)
def mail_welcome(run: Run, *, volunteer: str, base_url: str) -> dict[str, Any]:
    """Tell a volunteer of the project that they are invited to another programme."""
    row = Volunteer.objects.select_related("programme__project").get(pk=volunteer)
    return {"sent": letters.send_welcome(volunteer=row, base_url=base_url)}


@handler(letters.CHECK)
def mail_check(run: Run, *, check: str, base_url: str) -> dict[str, Any]:
    """Tell an expert that they are asked for a spot check."""
    row = SpotCheck.objects.select_related("project", "programme", "expert").get(pk=check)
    return {"sent": letters.send_check(check=row, base_url=base_url)}


@handler(leaving.DEPARTED)
def give_places_back(run: Run, *, user: str) -> dict[str, Any]:
    """Take somebody who has left the project out of its programmes."""
    assert run.scope is not None
    project, person = Project.objects.get(pk=run.scope), User.objects.filter(pk=user).first()
    if person is None:
        return {"places": 0}
    return {"places": leaving.give_back(project=project, user=person, base_url=f"{settings.BASE_URL}/")}


@handler(talking.JOB, label="Answers in a chat")
def run_answers(run: Run, *, message: str) -> dict[str, Any]:
    """Have those answers written that nobody claimed; those that are being written are left alone."""
    return {"written": write_here(UUID(message))}


@handler(promoting.JOB, label="A rival for a promoted turn")
def run_promotion(run: Run, *, promotion: str) -> dict[str, Any]:
    """Ask the rival and queue the pair for raters."""
    return {"state": promoting.settle(UUID(promotion), fence=run.heartbeat)}


@shared_task(name="alpha.tasks.interrupt_lost")  # type: ignore[untyped-decorator]
def interrupt_lost() -> None:
    """Every few seconds: answers whose process has died."""
    ending.interrupt_lost()
