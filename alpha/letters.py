"""Letters of an alpha: to who is invited and is a volunteer already (others get a link to accept), and to experts.

None of them names a bundle.
"""

from urllib.parse import urljoin

from django.urls import reverse

from alpha.models import SpotCheck, Volunteer
from core.accounts import mail
from core.jobs.queue import enqueue

WELCOME = "alpha.mail_welcome"
CHECK = "alpha.mail_check"


def ask_for_welcome(*, volunteer: Volunteer, base_url: str) -> None:
    """Have the letter mailed, in the caller's transaction."""
    args = {"volunteer": str(volunteer.pk), "base_url": base_url}
    enqueue(kind=WELCOME, args=args, scope=volunteer.project_id, dedupe_key=str(volunteer.pk))


def send_welcome(*, volunteer: Volunteer, base_url: str) -> bool:
    """Mail it to who is still invited; whether it was sent."""
    if volunteer.state != Volunteer.State.INVITED or volunteer.email is None:
        return False
    project = volunteer.programme.project
    link = urljoin(base_url, reverse("project_home", args=[project.slug]))
    mail.send(
        "alpha/mail/welcome", volunteer.email, {"programme": volunteer.programme, "project": project, "link": link}
    )
    return True


def ask_for_check(*, check: SpotCheck, base_url: str) -> None:
    """Have the expert told what they are asked for, in the caller's transaction."""
    args = {"check": str(check.pk), "base_url": base_url}
    enqueue(kind=CHECK, args=args, scope=check.project_id, dedupe_key=str(check.pk))


def send_check(*, check: SpotCheck, base_url: str) -> bool:
    """Mail it to an expert who still owes the check; whether it was sent."""
    expert = check.expert
    if check.state != SpotCheck.State.DUE or expert is None or not expert.is_active:
        return False
    link = urljoin(base_url, reverse("check_detail", args=[check.project.slug, check.pk]))
    mail.send("alpha/mail/check", expert.email, {"check": check, "project": check.project, "link": link})
    return True
