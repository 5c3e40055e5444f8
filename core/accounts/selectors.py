"""What the people pages show."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import Http404
from django.utils.translation import gettext as _

from core.accounts.access import Member
from core.accounts.models import AuditEvent, Invitation, Membership, Project, Role, Token, User

EVENTS_PER_PAGE = 50
_ORDER = {role: place for place, role in enumerate(Role.values)}


@dataclass(frozen=True)
class MemberRow:
    """One person on the members page; `roles` are the ones held, or held last if `ended_at` is set."""

    user: User
    roles: tuple[Role, ...]
    since: datetime
    ended_at: datetime | None

    @property
    def labels(self) -> list[str]:
        return [str(role.label) for role in self.roles]


@dataclass(frozen=True)
class Event:
    """One line of the audit page."""

    seq: int
    at: datetime
    who: str
    verb: str
    object: str
    details: list[tuple[str, str]]


def member_rows(project: Project) -> list[MemberRow]:
    """Everybody who is or was in the project: owners first, then by name; those who left come last."""
    held: dict[User, list[Membership]] = {}
    for row in Membership.objects.filter(project=project).select_related("user"):
        held.setdefault(row.user, []).append(row)
    rows = [_member_row(user, memberships) for user, memberships in held.items()]
    return sorted(rows, key=lambda row: (row.ended_at is not None, _ORDER[row.roles[0]], str(row.user).lower()))


def member_row(project: Project, user_id: UUID) -> MemberRow:
    """One person who is or was in the project. Raises Http404."""
    memberships = list(Membership.objects.filter(project=project, user_id=user_id).select_related("user"))
    if not memberships:
        raise Http404("No such page.")
    return _member_row(memberships[0].user, memberships)


def waiting_invitations(project: Project) -> list[Invitation]:
    """Invitations neither accepted nor revoked, newest first, each with the database's `now`."""
    rows = Invitation.objects.filter(project=project, accepted_at=None, revoked_at=None)
    return list(rows.annotate(now=Now()).select_related("invited_by").order_by("-created_at"))


def invitation_in(project: Project, invitation_id: UUID) -> Invitation:
    """One invitation of this project. Raises Http404."""
    row = Invitation.objects.filter(project=project, pk=invitation_id).select_related("project").first()
    if row is None:
        raise Http404("No such page.")
    return row


def project_of(member: Member) -> "QuerySet[Project]":
    """The member's project alone, as a list that can be paged through like any other."""
    return Project.objects.filter(pk=member.project.pk)


def live_tokens(project: Project) -> list[Token]:
    """Tokens that were not revoked, newest first, each with the database's `now`."""
    rows = Token.objects.filter(project=project, revoked_at=None)
    return list(rows.annotate(now=Now()).select_related("created_by").order_by("-pk"))


def token_in(project: Project, token_id: UUID) -> Token:
    """One token of this project. Raises Http404."""
    row = Token.objects.filter(project=project, pk=token_id).select_related("project").first()
    if row is None:
        raise Http404("No such page.")
    return row


def audit_page(project: Project, number: str | int) -> Page[Any]:
    """A page of the project's trail, newest first, with people and invitations named."""
    page = Paginator(AuditEvent.objects.filter(project=project).order_by("-seq"), EVENTS_PER_PAGE).get_page(number)
    rows = list(page.object_list)
    names = _names(rows)
    shown: Any = [
        Event(
            seq=row.seq,
            at=row.at,
            who=names.get(f"user:{row.who}", _("somebody who was erased")) if row.who else _("the system"),
            verb=row.verb,
            object=names.get(row.object, row.object),
            details=_details(row.data),
        )
        for row in rows
    ]
    page.object_list = shown
    return page


def _member_row(user: User, memberships: list[Membership]) -> MemberRow:
    current = [row for row in memberships if row.ended_at is None]
    last = max((row.ended_at for row in memberships if row.ended_at is not None), default=None)
    shown = current or [row for row in memberships if row.ended_at == last]
    return MemberRow(
        user=user,
        roles=tuple(sorted((Role(row.role) for row in shown), key=_ORDER.__getitem__)),
        since=min(row.created_at for row in shown),
        ended_at=None if current else last,
    )


def _names(rows: list[AuditEvent]) -> dict[str, str]:
    """What to call the people and invitations of these events; an event itself holds only their ids."""
    people = _ids("user:", rows) | {row.who for row in rows if row.who}
    invitations = _ids("invitation:", rows)
    names = {f"user:{user.pk}": str(user) for user in User.objects.filter(pk__in=people)}
    if invitations:
        sent = Invitation.objects.filter(pk__in=invitations).values_list("pk", "email")
        names |= {f"invitation:{pk}": _("invitation of %(email)s") % {"email": email} for pk, email in sent}
    tokens = _ids("token:", rows)
    if tokens:
        made = Token.objects.filter(pk__in=tokens).values_list("pk", "name")
        names |= {f"token:{pk}": _("token “%(name)s”") % {"name": name} for pk, name in made}
    return names


def _ids(prefix: str, rows: list[AuditEvent]) -> set[UUID]:
    ids = set()
    for row in rows:
        if row.object.startswith(prefix):
            with suppress(ValueError):
                ids.add(UUID(row.object.removeprefix(prefix)))
    return ids


def _details(data: dict[str, Any]) -> list[tuple[str, str]]:
    # jsonb keeps keys in an order of its own, in which "to" stands before "from".
    keys = sorted(data, key=lambda key: (key != "from", key))
    return [(key.replace("_", " "), _plain(data[key])) for key in keys]


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
