"""What the tests of people share: letters that are sent at once, and the limits of sign-in."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail

BASE = "http://testserver"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def post_office(django_capture_on_commit_callbacks: Any) -> Callable[[], list[str]]:
    """Does the waiting letter jobs, as the worker would; returns the links in all letters so far, in order."""
    from core.jobs import running
    from core.jobs.models import Job

    def deliver() -> list[str]:
        for job in Job.objects.filter(state=Job.State.QUEUED).order_by("id"):
            running.run(job.pk)
        assert not Job.objects.exclude(state=Job.State.DONE).exists(), list(Job.objects.values("error", "trace"))
        return [link for letter in mail.outbox for link in re.findall(r"http://\S+", str(letter.body))]

    return deliver


@pytest.fixture
def invited(project: Any, owner: Any, post_office: Callable[[], list[str]]) -> Callable[..., str]:
    """Invites an address and returns the path of the link in the letter."""
    from core.accounts import invitations

    def invite(email: str, role: str = "rater") -> str:
        invitations.invite(project=project, email=email, role=role, by=owner, base_url=BASE)
        return path_of(post_office()[-1])

    return invite


@pytest.fixture
def limits(settings: Any) -> None:
    """Sign-in is slowed down as in production."""
    from config import settings as real

    settings.ACCOUNT_RATE_LIMITS = real.ACCOUNT_RATE_LIMITS


def roles_of(user: Any, project: Any) -> set[str]:
    """The roles that somebody holds now."""
    from core.accounts import members

    return members.held_roles(project, user)


def trail(project: Any) -> list[str]:
    """The verbs of the project's audit trail, in order."""
    from core.accounts.models import AuditEvent

    return list(AuditEvent.objects.filter(project=project).order_by("seq").values_list("verb", flat=True))


def path_of(link: str) -> str:
    """The path and query of a link."""
    return link.removeprefix("http://testserver").removeprefix("http://127.0.0.1:8000")


def without_tokens(answer: Any) -> bytes:
    """A page's bytes without its CSRF tokens, which differ each time."""
    return re.sub(rb"[A-Za-z0-9]{64}", b"", answer.content)
