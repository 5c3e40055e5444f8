"""Tokens: making them, finding one by its secret, revoking them.

A token belongs to a project and to whoever made it. It never opens more than that person may do now, and it dies when
they leave the project.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from core.accounts import audit
from core.accounts.access import Member, member_in
from core.accounts.models import Membership, Project, Scope, Token, User
from core.accounts.secrets import digest, new_secret

PREFIX = "plb_"
DEFAULT_DAYS = 90
MOST_DAYS = 365
LONGEST_NAME = 80
_SHOWN = 4
# Written at most so often: a busy program would otherwise write a row for each thing it reads.
_USE_NOTED_EVERY = timedelta(minutes=1)


class BadToken(Exception):
    """Unknown, expired or revoked, or its maker is gone; nobody learns which."""


class TokenNameTaken(Exception):
    """The project has a live token of this name."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who comes with a token: the token itself, and its maker as the member they are now."""

    token: Token
    member: Member


def make(*, project: Project, by: User, name: str, scopes: Collection[str], days: int) -> tuple[Token, str]:
    """A new token that is good for so many days, and its secret, which is shown once and kept nowhere.

    Raises TokenNameTaken, and ValueError for no name or one longer than LONGEST_NAME, no scope, an unknown one, or days
    outside of 1 to MOST_DAYS.
    """
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(f"A token's name has 1 to {LONGEST_NAME} characters.")
    wanted = sorted({Scope(scope).value for scope in scopes}, key=Scope.values.index)
    if not wanted or not 1 <= days <= MOST_DAYS:
        raise ValueError(f"A token has at least one scope and is good for 1 to {MOST_DAYS} days.")
    random, _ = new_secret()
    secret = PREFIX + random
    token = Token(project=project, name=name, scopes=wanted, created_by=by, digest=digest(secret))
    token.prefix = secret[: len(PREFIX) + _SHOWN]
    token.expires_at = Now() + timedelta(days=days)
    try:
        with transaction.atomic():
            token.save(force_insert=True)
            token.refresh_from_db()
            _note(token, by, "token.made", scopes=wanted, days=days)
    except IntegrityError as error:
        if Token.objects.filter(project=project, name=name, revoked_at=None).exists():
            raise TokenNameTaken(
                f"There is a token called {name!r} already. Revoke it, or choose another name."
            ) from error
        raise
    return token, secret


def revoke(*, token: Token, by: User | None) -> None:
    """Make the token worthless from now on; revoking twice changes nothing."""
    with transaction.atomic():
        if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=Now()):
            _note(token, by, "token.revoked")


def revoke_of_departed(project: Project, user: User) -> None:
    """Revoke what `user` made, once they are out of the project or their account is closed.

    Runs in the transaction in which a member stops rating; whoever stays in another role keeps their tokens.
    """
    held = Membership.objects.filter(project=project, user=user, ended_at=None, user__is_active=True)
    if not held.exists():
        for token in Token.objects.filter(project=project, created_by=user, revoked_at=None).order_by("pk"):
            revoke(token=token, by=None)


def bearer_of(secret: str) -> Bearer:
    """Whose token this is. Raises BadToken."""
    good = Token.objects.filter(digest=digest(secret), revoked_at=None, expires_at__gt=Now())
    token = good.filter(created_by__is_active=True).select_related("project", "created_by").first()
    if token is None:
        raise BadToken
    member = member_in(token.created_by, token.project)
    if member is None:
        raise BadToken
    return Bearer(token, member)


def note_use(token: Token) -> None:
    """Remember that the token was used, at most once a minute."""
    long_ago = Q(last_used_at=None) | Q(last_used_at__lt=Now() - _USE_NOTED_EVERY)
    Token.objects.filter(long_ago, pk=token.pk).update(last_used_at=Now())


def _note(token: Token, by: User | None, verb: str, **data: object) -> None:
    audit.record(
        project=token.project, who=by, verb=verb, object=f"token:{token.pk}", data={"name": token.name, **data}
    )
