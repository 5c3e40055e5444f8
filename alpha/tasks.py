"""Work of alpha that the worker does."""

from typing import Any

from django.conf import settings

from alpha import leaving, letters
from alpha.models import Volunteer
from core.accounts.models import Project, User
from core.jobs.registry import handler
from core.jobs.running import Run


@handler(letters.WELCOME)
def mail_welcome(run: Run, *, volunteer: str, base_url: str) -> dict[str, Any]:
    """Tell a volunteer of the project that they are invited to another programme."""
    row = Volunteer.objects.select_related("programme__project").get(pk=volunteer)
    return {"sent": letters.send_welcome(volunteer=row, base_url=base_url)}


@handler(leaving.DEPARTED)
def give_places_back(run: Run, *, user: str) -> dict[str, Any]:
    """Take somebody who has left the project out of its programmes."""
    assert run.scope is not None
    project, person = Project.objects.get(pk=run.scope), User.objects.filter(pk=user).first()
    if person is None:
        return {"places": 0}
    return {"places": leaving.give_back(project=project, user=person, base_url=f"{settings.BASE_URL}/")}
