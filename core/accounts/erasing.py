"""Erasing a person: their account and whatever names them beside it. What they did stays, under ids alone."""

from django.db import transaction

from core.accounts import audit, mail
from core.accounts.members import end_sessions
from core.accounts.models import Invitation, User
from core.jobs.models import Job

_LETTERS = (mail.SIGN_IN_LINK, mail.PASSWORD_RESET)


def erase_account(*, user: User, by: User) -> None:
    """Delete this account with its memberships, sign-in links, the invitations it accepted and jobs of its letters.

    Raises ProtectedError for somebody who invited others or made tokens: their name stands for what they let in.
    """
    with transaction.atomic():
        end_sessions(user)
        Job.objects.filter(kind__in=_LETTERS, dedupe_key=user.email).delete()
        Invitation.objects.filter(email=user.email, accepted_at__isnull=False).delete()
        audit.record(project=None, who=by, verb="account.erased", object=f"user:{user.pk}")
        User.objects.filter(pk=user.pk).delete()
