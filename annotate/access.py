"""Who may rate what: the way in which every page of a rater begins."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from annotate.models import Campaign
from core.accounts.access import Member, Right
from core.accounts.models import Project, User
from core.ledger.actors import actor_of
from core.ledger.models import Actor
from core.tables.prepared import Columns, rows


@dataclass(frozen=True, slots=True)
class Chair:
    """Who sits here, for which campaign."""

    member: Member
    campaign: Campaign
    rater: Actor


def chair_of(user: User | AnonymousUser, slug: str, name: str) -> Chair:
    """`user` as a rater of this campaign, once it has been opened, in the project with this slug. Raises Http404.

    What `member_of` and the campaign's and the actor's selectors would say, in one statement: it is asked at every
    draft, heartbeat and submit.
    """
    if not isinstance(user, User) or not user.is_active:
        raise Http404("No such page.")
    found = rows(_CHAIR, {"user": user.pk, "slug": slug, "name": name})
    if not found:
        raise Http404("No such page.")
    roles, has_actor, *values = found[0]
    project = _PROJECT.build(values[: _PROJECT.width])
    member = Member(user=user, project=project, roles=frozenset(roles))
    if not member.may(Right.RATE):
        raise Http404("No such page.")
    campaign = _CAMPAIGN.build(values[_PROJECT.width : -_ACTOR.width])
    campaign.project = project
    rater = _ACTOR.build(values[-_ACTOR.width :]) if has_actor else actor_of(project, user)
    return Chair(member, campaign, rater)


_PROJECT = Columns(Project, "p")
_CAMPAIGN = Columns(Campaign, "c")
_ACTOR = Columns(Actor, "a")

_CHAIR = f"""
SELECT held.roles, a.id IS NOT NULL, {_PROJECT.sql}, {_CAMPAIGN.sql}, {_ACTOR.sql}
FROM accounts_project p
JOIN annotate_campaign c ON c.project_id = p.id AND c.name = %(name)s AND c.state <> 'draft'
JOIN LATERAL (
    SELECT array_agg(m.role::text) AS roles FROM accounts_membership m
    WHERE m.project_id = p.id AND m.user_id = %(user)s AND m.ended_at IS NULL
) held ON held.roles IS NOT NULL
LEFT JOIN ledger_actorlink l ON l.project_id = p.id AND l.user_id = %(user)s
LEFT JOIN ledger_actor a ON a.id = l.actor_id
WHERE p.slug = %(slug)s
"""  # noqa: S608  (columns only)
