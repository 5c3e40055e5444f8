"""Who may do what. Every view, consumer and API call reaches a project through these functions.

What is not yours does not exist: a missing project, a project of others and a missing right all raise `Http404`.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
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
    """One person in one project, with the roles they hold there now."""

    user: User
    project: Project
    roles: frozenset[str]

    @cached_property
    def rights(self) -> frozenset[Right]:
        return frozenset().union(*(RIGHTS[role] for role in self.roles))

    @property
    def role_labels(self) -> list[str]:
        return [str(role.label) for role in Role if role in self.roles]

    def may(self, right: Right) -> bool:
        return right in self.rights


def member_of(user: User | AnonymousUser, slug: str, right: Right | None = None) -> Member:
    """`user` as a member of the project with this slug, holding `right` if one is named. Raises Http404 otherwise."""
    if not isinstance(user, User) or not user.is_active:
        raise Http404("No such page.")
    held = Membership.objects.filter(project__slug=slug, user=user, ended_at=None)
    rows = list(held.select_related("project").order_by("role"))
    if not rows:
        raise Http404("No such page.")
    member = Member(user=user, project=rows[0].project, roles=frozenset(row.role for row in rows))
    if right is not None and not member.may(right):
        raise Http404("No such page.")
    return member


def members_of(user: User | AnonymousUser) -> list[Member]:
    """`user` in each project they are in now, ordered by the projects' names."""
    if not isinstance(user, User) or not user.is_active:
        return []
    roles: dict[Project, set[str]] = {}
    rows = Membership.objects.filter(user=user, ended_at=None).select_related("project").order_by("project__name")
    for row in rows:
        roles.setdefault(row.project, set()).add(row.role)
    return [Member(user=user, project=project, roles=frozenset(held)) for project, held in roles.items()]
