"""Signing in without a password: one-time links."""

from datetime import timedelta
from urllib.parse import urlencode, urljoin

from django.contrib.auth import login
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse

from core.accounts.models import SignInLink, User
from core.accounts.secrets import digest, new_secret

# A link that somebody was handed (on a terminal, by an administrator), and one that was asked for by e-mail.
HANDED = timedelta(hours=24)
MAILED = timedelta(minutes=20)


class DeadLink(Exception):
    """The link is unknown, used, expired, revoked or its account is deactivated; nobody learns which."""


def issue_link(*, user: User, base_url: str, ttl: timedelta = HANDED, then: str = "") -> str:
    """The URL of a new one-time sign-in link for `user` under `base_url`, good for `ttl` on the database's clock.

    `then` is the path to go to afterwards. The secret is in the URL only; the database holds its digest.
    """
    secret, stored = new_secret()
    SignInLink.objects.create(user=user, digest=stored, expires_at=Now() + ttl)
    url = urljoin(base_url, reverse("sign_in_by_link", args=[secret]))
    return f"{url}?{urlencode({'next': then})}" if then else url


def consume_link(secret: str) -> User:
    """The person whose link this is; the link is dead from now on. Raises DeadLink."""
    with transaction.atomic():
        # The lock makes a second click wait for the first, and then find the link used.
        link = (
            SignInLink.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(digest=digest(secret), used_at=None, expires_at__gt=Now(), user__is_active=True)
            .first()
        )
        if link is None:
            raise DeadLink
        SignInLink.objects.filter(pk=link.pk).update(used_at=Now())
    return link.user


def sign_in(request: HttpRequest, user: User) -> None:
    """Make `user` the person of this session (a fresh session key; another person's session is emptied first)."""
    login(request, user, backend="core.accounts.backend.AuthenticationBackend")


def active_user(email: str) -> User | None:
    """The account with this address, if there is one that may sign in."""
    return User.objects.filter(email=email.strip().lower(), is_active=True).first()
