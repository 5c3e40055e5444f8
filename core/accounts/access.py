"""Who may do what. Every view, consumer and API call reaches a project through these functions.

What is not yours does not exist: a missing project, a project of others and a missing right all raise `Http404`.
A right that is yours but withheld for now raises `Withheld`, which is a page of its own (403).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, Exists, QuerySet, Value
from django.db.models.expressions import Combinable
from django.http import Http404

from core.accounts.models import Membership, Project, Role, User


class Right(StrEnum):
    """What a role allows in its project."""

    MANAGE_MEMBERS = "manage members"
    MANAGE_TOKENS = "make and revoke tokens"
    SEE_AUDIT = "see the audit trail"
    MANAGE_CAMPAIGNS = "make and change campaigns"
    EXCHANGE = "import and export"
    SEE_JUDGMENTS = "see comparisons with their judgments"
    SEE_BUNDLES = "see which bundle wrote what"
    SEE_REPORTS = "see reports with their signals, recipes and pools"
    MANAGE_RECIPES = "register signals, write recipes, ask for reports"
    SEE_EXPERIMENTS = "see live experiments and what they say"
    MANAGE_EXPERIMENTS = "set up, start, stop and decide live experiments"
    SEE_ALPHA = "see what volunteers and experts said of which bundle"
    MANAGE_ALPHA = "set up programmes, invite volunteers, ask for spot checks, promote turns"
    MANAGE_ENDPOINTS = "register model endpoints and bundles that can be called"
    CHAT = "try candidates of the programmes that one is in"
    SPOT_CHECK = "write spot checks"
    SEE_JOBS = "see and retry jobs"
    RATE = "rate"


_LEAD = {
    Right.MANAGE_TOKENS,
    Right.MANAGE_CAMPAIGNS,
    Right.EXCHANGE,
    Right.SEE_JUDGMENTS,
    Right.SEE_BUNDLES,
    Right.SEE_REPORTS,
    Right.MANAGE_RECIPES,
    Right.SEE_EXPERIMENTS,
    Right.MANAGE_EXPERIMENTS,
    Right.SEE_ALPHA,
    Right.MANAGE_ALPHA,
    Right.MANAGE_ENDPOINTS,
    Right.SEE_JOBS,
}
RIGHTS: dict[str, frozenset[Right]] = {
    Role.OWNER: frozenset({Right.MANAGE_MEMBERS, Right.SEE_AUDIT, *_LEAD}),
    Role.ML_LEAD: frozenset(_LEAD),
    # A reviewer may have to adjudicate blind, so the bundles stay hidden.
    Role.REVIEWER: frozenset({Right.SEE_JUDGMENTS, Right.SEE_REPORTS}),
    Role.EXPERT: frozenset({Right.RATE, Right.SPOT_CHECK}),
    Role.RATER: frozenset({Right.RATE}),
    Role.VOLUNTEER: frozenset({Right.CHAT}),
}


@dataclass(frozen=True)
class Member:
    """One person in one project, with the roles they hold there now.

    While they `owe` what the project waits for, some of their rights are withheld; see `withhold`.
    """

    user: User
    project: Project
    roles: frozenset[str]
    owes: bool = False

    @cached_property
    def held(self) -> frozenset[Right]:
        """What their roles allow, withheld or not."""
        return frozenset().union(*(RIGHTS[role] for role in self.roles))

    @cached_property
    def rights(self) -> frozenset[Right]:
        return self.held - _withholding.rights if self.owes else self.held

    @property
    def role_labels(self) -> list[str]:
        return [str(role.label) for role in Role if role in self.roles]

    def may(self, right: Right) -> bool:
        return right in self.rights


class Withheld(PermissionDenied):
    """The member holds the right, but not while they owe something. `template` is the page that says what."""

    def __init__(self, member: Member, right: Right) -> None:
        super().__init__(f"withheld: {right}")
        self.member = member
        self.right = right
        self.template = _withholding.template


@dataclass(frozen=True)
class _Withholding:
    rights: frozenset[Right] = frozenset()
    owed: Callable[[], Combinable] = lambda: Value(False, output_field=BooleanField())
    template: str = "403.html"


_withholding = _Withholding()


def withhold(*, rights: Iterable[Right], owed: Callable[[], Exists], template: str) -> None:
    """Keep these rights from whoever owes something; the app that knows what is owed calls this in ready().

    `owed()` is a condition on a row of `Membership`. It is asked with the memberships themselves, each time anew, so
    that it costs no query and is never stale. `template` is the page that a person gets instead.
    """
    global _withholding
    _withholding = _Withholding(frozenset(rights), owed, template)


def member_of(user: User | AnonymousUser, slug: str, right: Right | None = None) -> Member:
    """`user` as a member of the project with this slug, holding `right` if one is named.

    Raises Http404 otherwise, or Withheld for a right that they hold but not now.
    """
    if not isinstance(user, User) or not user.is_active:
        raise Http404("No such page.")
    rows = _memberships(user).filter(project__slug=slug).select_related("project").order_by("role")
    member = next(iter(_members(user, rows)), None)
    if member is None or (right is not None and right not in member.held):
        raise Http404("No such page.")
    if right is not None and not member.may(right):
        raise Withheld(member, right)
    return member


def member_in(user: User, project: Project) -> Member | None:
    """`user` as a member of this project, None if they are in it no more."""
    rows = _memberships(user).filter(project=project).select_related("project").order_by("role")
    return next(iter(_members(user, rows)), None)


def members_of(user: User | AnonymousUser) -> list[Member]:
    """`user` in each project they are in now, ordered by the projects' names."""
    if not isinstance(user, User) or not user.is_active:
        return []
    return _members(user, _memberships(user).select_related("project").order_by("project__name"))


def _memberships(user: User) -> QuerySet[Membership]:
    return Membership.objects.filter(user=user, ended_at=None).annotate(owes=_withholding.owed())


def _members(user: User, rows: Iterable[Membership]) -> list[Member]:
    found: dict[UUID, list[Membership]] = {}
    for row in rows:
        found.setdefault(row.project_id, []).append(row)
    return [
        Member(
            user=user,
            project=held[0].project,
            roles=frozenset(row.role for row in held),
            owes=any(getattr(row, "owes", False) for row in held),
        )
        for held in found.values()
    ]
