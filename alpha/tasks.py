"""Work of alpha that the worker does."""

from typing import Any

from alpha import letters
from alpha.models import Volunteer
from core.jobs.registry import handler
from core.jobs.running import Run


@handler(letters.WELCOME)
def mail_welcome(run: Run, *, volunteer: str, base_url: str) -> dict[str, Any]:
    """Tell a volunteer of the project that they are invited to another programme."""
    row = Volunteer.objects.select_related("programme__project").get(pk=volunteer)
    return {"sent": letters.send_welcome(volunteer=row, base_url=base_url)}
