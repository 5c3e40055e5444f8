"""The letter to somebody who is invited and is a volunteer of the project already; others get a link to accept."""

from urllib.parse import urljoin

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from alpha.models import Volunteer
from core.jobs.queue import enqueue

WELCOME = "alpha.mail_welcome"


def ask_for_welcome(*, volunteer: Volunteer, base_url: str) -> None:
    """Have the letter mailed, in the caller's transaction."""
    args = {"volunteer": str(volunteer.pk), "base_url": base_url}
    enqueue(kind=WELCOME, args=args, scope=volunteer.project_id, dedupe_key=str(volunteer.pk))


def send_welcome(*, volunteer: Volunteer, base_url: str) -> bool:
    """Mail it to who is still invited; whether it was sent."""
    if volunteer.state != Volunteer.State.INVITED or volunteer.email is None:
        return False
    project = volunteer.programme.project
    context = {
        "programme": volunteer.programme,
        "project": project,
        "link": urljoin(base_url, reverse("project_home", args=[project.slug])),
    }
    subject = " ".join(render_to_string("alpha/mail/welcome_subject.txt", context).split())
    send_mail(subject, render_to_string("alpha/mail/welcome.txt", context), None, [volunteer.email])
    return True
