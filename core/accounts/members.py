"""Changing who is in a project and as what.

Each change writes the audit trail in its own transaction and tells the person's open pages to ask again whether they
may be there.
"""

from collections.abc import Callable, Collection
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core.accounts import audit
from core.accounts.access import RIGHTS, Right
from core.accounts.models import AuditEvent, Membership, Project, Role, User
from core.live.topics import publish

Departure = Callable[[Project, User], None]
_departures: list[Departure] = []


class LastOwner(Exception):
    """A project keeps at least one owner who can sign in."""


class NotAMember(Exception):
    """This person is not in the project now (or, to be brought back, was never in it)."""


def on_departure(callback: Departure) -> Departure:
    """Register `callback(project, user)`, to run inside the transaction in which a person loses the right to rate.

    That is when their membership ends and when their roles change to ones that do not rate. Registered in ready().
    """
    if callback not in _departures:
        _departures.append(callback)
    return callback


def add_roles(*, project: Project, user: User, roles: Collection[str], by: User | None) -> None:
    """Give `user` these roles besides the ones they hold; roles held before are taken up again."""
    with transaction.atomic():
        _lock(project)
        added = sorted(set(roles) - held_roles(project, user))
        if added:
            _open(project, user, added)
            _note(project, user, by, "member.added", {"roles": added})


def change_roles(*, project: Project, user: User, roles: Collection[str], by: User | None) -> None:
    """Make `roles` (at least one) what `user` holds in the project. Raises NotAMember, LastOwner and ValueError."""
    wanted = {Role(role).value for role in roles}
    if not wanted:
        raise ValueError("A member holds at least one role; to take them all, end the membership.")
    with transaction.atomic():
        _lock(project)
        before = held_roles(project, user)
        if not before:
            raise NotAMember
        if wanted == before:
            return
        if Role.OWNER in before - wanted:
            _require_another_owner(project, user)
        _close(project, user, before - wanted)
        _open(project, user, wanted - before)
        _note(project, user, by, "member.roles_changed", {"from": sorted(before), "to": sorted(wanted)})
        if _rates(before) and not _rates(wanted):
            _depart(project, user)


def end_membership(*, project: Project, user: User, by: User | None) -> None:
    """Take `user` out of the project: their leases go back, and if it was their last project they are signed out.

    Raises NotAMember and LastOwner. What they said stays in the ledger.
    """
    with transaction.atomic():
        _lock(project)
        before = held_roles(project, user)
        if not before:
            raise NotAMember
        if Role.OWNER in before:
            _require_another_owner(project, user)
        _close(project, user, before)
        _note(project, user, by, "member.ended", {"roles": sorted(before)})
        _depart(project, user)
        if not Membership.objects.filter(user=user, ended_at=None).exists():
            end_sessions(user)


def reactivate(*, project: Project, user: User, by: User | None) -> None:
    """Bring `user` back with the roles they held when their membership ended. Raises NotAMember if never in it."""
    with transaction.atomic():
        _lock(project)
        if held_roles(project, user):
            return
        ended = Membership.objects.filter(project=project, user=user)
        # Roles that ended together carry one transaction's time; roles given up before that stay given up.
        last = ended.aggregate(last=Max("ended_at"))["last"]
        roles = sorted(ended.filter(ended_at=last).values_list("role", flat=True))
        if not roles:
            raise NotAMember
        _open(project, user, roles)
        _note(project, user, by, "member.reactivated", {"roles": roles})


def deactivate_account(*, user: User, by: User | None) -> None:
    """Close the account everywhere: nobody signs in to it, its sessions end, its leases go back. Memberships stay.

    Raises LastOwner, naming the project that would be left without an owner.
    """
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        projects = Project.objects.filter(pk__in=_projects_of(user)).order_by("pk")
        for project in projects.select_for_update(no_key=True):
            if Role.OWNER in held_roles(project, user):
                _require_another_owner(project, user)
            _depart(project, user)
        audit.record(project=None, who=by, verb="account.deactivated", object=f"user:{user.pk}")
        end_sessions(user)


def reactivate_account(*, user: User, by: User | None) -> None:
    """Open a closed account again."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=True)
        audit.record(project=None, who=by, verb="account.reactivated", object=f"user:{user.pk}")


def end_sessions(user: User) -> None:
    """Sign `user` out everywhere; `user` itself is refreshed. Their sockets close."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    publish(f"user.{user.pk}", kind="closed", epoch=user.session_epoch)


def held_roles(project: Project, user: User) -> set[str]:
    """The roles `user` holds in the project now."""
    return set(Membership.objects.filter(project=project, user=user, ended_at=None).values_list("role", flat=True))


def _projects_of(user: User) -> list[UUID]:
    held = Membership.objects.filter(user=user, ended_at=None)
    return list(held.values_list("project_id", flat=True).distinct())


def _lock(project: Project) -> None:
    # Two owners who remove each other must not both find the other one still there.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _require_another_owner(project: Project, user: User) -> None:
    owners = Membership.objects.filter(project=project, role=Role.OWNER, ended_at=None, user__is_active=True)
    if not owners.exclude(user=user).exists():
        raise LastOwner(
            _("%(project)s would be left without an owner. Make somebody else an owner first.") % {"project": project}
        )


def _open(project: Project, user: User, roles: Collection[str]) -> None:
    rows = [Membership(project=project, user=user, role=Role(role)) for role in sorted(roles)]
    Membership.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["project", "user", "role"], update_fields=["ended_at"]
    )


def _close(project: Project, user: User, roles: Collection[str]) -> None:
    Membership.objects.filter(project=project, user=user, role__in=roles, ended_at=None).update(ended_at=Now())


def _rates(roles: Collection[str]) -> bool:
    return any(Right.RATE in RIGHTS[role] for role in roles)


def _depart(project: Project, user: User) -> None:
    for callback in _departures:
        callback(project, user)


def _note(project: Project, user: User, by: User | None, verb: str, data: dict[str, object]) -> AuditEvent:
    event = audit.record(project=project, who=by, verb=verb, object=f"user:{user.pk}", data=data)
    # The event's id makes each message its own: of equal ones in one second only the first would be sent.
    publish(f"user.{user.pk}", kind="member", event=str(event.pk))
    return event
