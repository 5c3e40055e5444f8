"""Inviting people: a link by e-mail, bound to an address and a role, good once and for a week.

The secret is made when the letter is written and stored nowhere; the row holds its digest. Nobody but the address
gets to see it, the inviter included: whoever accepts becomes that person.
"""

import secrets
from datetime import timedelta
from urllib.parse import urljoin

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _

from core.accounts import audit, mail
from core.accounts.members import add_roles, held_roles
from core.accounts.models import Invitation, Project, Role, User
from core.accounts.secrets import digest, new_secret

VALID = timedelta(days=7)


class AlreadyMember(Exception):
    """Whoever has this address holds this role already."""


class DeadInvitation(Exception):
    """Unknown, used, expired or revoked, or for a closed account; nobody learns which."""


class SignInFirst(Exception):
    """The invited address has an account: only that account, signed in, can accept."""


def invite(*, project: Project, email: str, role: str, by: User, base_url: str) -> Invitation:
    """Invite `email` to the project; an open invitation of this address and role is sent anew. Raises AlreadyMember."""
    email, role = email.strip().lower(), Role(role).value
    with transaction.atomic():
        user = User.objects.filter(email=email).first()
        if user is not None and role in held_roles(project, user):
            raise AlreadyMember(_("This person is %(role)s here already.") % {"role": Role(role).label})
        invitation, made = Invitation.objects.get_or_create(
            project=project,
            email=email,
            role=role,
            accepted_at=None,
            revoked_at=None,
            # Until its letter is written nobody knows a secret of it.
            defaults={"digest": secrets.token_bytes(32), "invited_by": by, "expires_at": Now() + VALID},
        )
        if not made:
            return resend(invitation=invitation, by=by, base_url=base_url)
        invitation.refresh_from_db()
        audit.record(
            project=project, who=by, verb="invitation.sent", object=f"invitation:{invitation.pk}", data={"role": role}
        )
        mail.ask_for_invitation(invitation=invitation, base_url=base_url)
    return invitation


def resend(*, invitation: Invitation, by: User, base_url: str) -> Invitation:
    """Send an open or expired invitation again, for a week from now; its earlier link dies. Raises DeadInvitation."""
    with transaction.atomic():
        open_ones = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
        if not open_ones.update(expires_at=Now() + VALID, digest=secrets.token_bytes(32)):
            raise DeadInvitation
        audit.record(
            project=invitation.project,
            who=by,
            verb="invitation.resent",
            object=f"invitation:{invitation.pk}",
            data={"role": invitation.role},
        )
        mail.ask_for_invitation(invitation=invitation, base_url=base_url)
    invitation.refresh_from_db()
    return invitation


def revoke(*, invitation: Invitation, by: User) -> None:
    """Kill an invitation that was not accepted; revoking twice changes nothing."""
    with transaction.atomic():
        if Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(revoked_at=Now()):
            audit.record(
                project=invitation.project,
                who=by,
                verb="invitation.revoked",
                object=f"invitation:{invitation.pk}",
                data={"role": invitation.role},
            )


def open_link(*, invitation: Invitation, base_url: str) -> str:
    """A fresh link for an invitation that is still good; earlier links of it are dead. Raises DeadInvitation."""
    secret, stored = new_secret()
    good = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None, expires_at__gt=Now())
    if not good.update(digest=stored):
        raise DeadInvitation
    return urljoin(base_url, reverse("invitation_accept", args=[secret]))


def find(secret: str) -> Invitation:
    """The invitation of this secret, if it is still good. Raises DeadInvitation."""
    return _good(secret, lock=False)


def account_of(invitation: Invitation) -> User | None:
    """The account that has the invited address already, if any."""
    return User.objects.filter(email=invitation.email).first()


def accept(*, secret: str, user: User | None, name: str = "") -> User:
    """Accept once: makes the account (called `name`) if the address has none, and the membership.

    `user` is who is signed in. Returns the new member. Raises DeadInvitation, and SignInFirst where the address has an
    account and somebody else, or nobody, is signed in.
    """
    with transaction.atomic():
        invitation = _good(secret, lock=True)
        invited, made = _account_for(invitation.email, name)
        if not made and (user is None or user.pk != invited.pk):
            raise SignInFirst(f"Sign in as {invitation.email} to accept.")
        Invitation.objects.filter(pk=invitation.pk).update(accepted_at=Now())
        audit.record(
            project=invitation.project,
            who=invited,
            verb="invitation.accepted",
            object=f"invitation:{invitation.pk}",
            data={"role": invitation.role},
        )
        add_roles(project=invitation.project, user=invited, roles=[invitation.role], by=invitation.invited_by)
    return invited


def _good(secret: str, *, lock: bool) -> Invitation:
    rows = Invitation.objects.filter(digest=digest(secret), accepted_at=None, revoked_at=None, expires_at__gt=Now())
    if lock:
        # Of two clicks the second waits here and then finds the invitation used.
        rows = rows.select_for_update(of=("self",))
    invitation = rows.select_related("project", "invited_by").first()
    if invitation is None or not _welcome(invitation):
        raise DeadInvitation
    return invitation


def _account_for(email: str, name: str) -> tuple[User, bool]:
    # Two invitations of one new address may be accepted at the same moment: the account is made once.
    password = make_password(None)
    return User.objects.get_or_create(email=email, defaults={"name": name.strip(), "password": password})


def _welcome(invitation: Invitation) -> bool:
    user = account_of(invitation)
    return user is None or user.is_active
