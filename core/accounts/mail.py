"""The letters Plumbline writes, each by a job: a page never waits for a mail server, and a failed letter is retried.

A job's arguments name whom to write to; the secret is made by the job that sends it and is stored nowhere.
"""

from urllib.parse import urljoin

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from core.accounts.models import Invitation
from core.accounts.signin import MAILED, active_user, issue_link
from core.jobs.queue import enqueue

SIGN_IN_LINK = "accounts.mail_sign_in_link"
PASSWORD_RESET = "accounts.mail_password_reset"  # noqa: S105  (the name of a job)
INVITATION = "accounts.mail_invitation"


def ask_for_link(*, email: str, base_url: str, then: str = "") -> None:
    """Have a sign-in link mailed to this address. Does the same work now whether or not anybody has it."""
    enqueue(kind=SIGN_IN_LINK, args={"email": email, "base_url": base_url, "then": then}, dedupe_key=email)


def ask_for_password_reset(*, email: str, base_url: str) -> None:
    """Have a link mailed with which whoever has this address sets a new password."""
    enqueue(kind=PASSWORD_RESET, args={"email": email, "base_url": base_url}, dedupe_key=email)


def ask_for_invitation(*, invitation: Invitation, base_url: str) -> None:
    """Have the invitation mailed, in the caller's transaction."""
    args = {"invitation": str(invitation.pk), "base_url": base_url}
    enqueue(kind=INVITATION, args=args, dedupe_key=str(invitation.pk))


def send_sign_in_link(*, email: str, base_url: str, then: str) -> bool:
    """Mail a fresh one-time link if an active account has this address; whether one was sent."""
    user = active_user(email)
    if user is None:
        return False
    link = issue_link(user=user, base_url=base_url, ttl=MAILED, then=then)
    send(
        "accounts/mail/sign_in", user.email, {"link": link, "user": user, "minutes": int(MAILED.total_seconds() // 60)}
    )
    return True


def send_password_reset(*, email: str, base_url: str) -> bool:
    """Mail a link to set a new password if an active account has this address; whether one was sent."""
    user = active_user(email)
    if user is None:
        return False
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    send("accounts/mail/password_reset", user.email, {"link": urljoin(base_url, path), "user": user})
    return True


def send_invitation(*, invitation: Invitation, link: str) -> None:
    """Mail this link of this invitation."""
    send("accounts/mail/invitation", invitation.email, {"link": link, "invitation": invitation})


def send(template: str, to: str, context: dict[str, object]) -> None:
    """Mail what `{template}.txt` and `{template}_subject.txt` make of this context to this address."""
    subject = render_to_string(f"{template}_subject.txt", context)
    send_mail(" ".join(subject.split()), render_to_string(f"{template}.txt", context), None, [to])
