"""Sets of anchors as those who run campaigns see them."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from annotate.models import Campaign
from core.accounts.access import Member
from core.catalog.models import Anchor, AnchorSet


@dataclass(frozen=True, slots=True)
class SetLine:
    """One set: how many comparisons and responses are in it, and which campaigns mix it in now."""

    set: AnchorSet
    pairs: int
    responses: int
    campaigns: tuple[Campaign, ...]


def sets_of(member: Member) -> list[SetLine]:
    """The sets of the member's project, the newest first."""
    sets = list(AnchorSet.objects.filter(project=member.project).order_by("-frozen_at", "name"))
    counts = Anchor.objects.filter(project=member.project).values_list("set")
    sized = counts.annotate(Count("comparison"), Count("response")).order_by()
    sizes: dict[UUID, tuple[int, int]] = {pk: (pairs, responses) for pk, pairs, responses in sized}
    used: dict[UUID | None, list[Campaign]] = defaultdict(list)
    for campaign in Campaign.objects.filter(project=member.project, anchor_share__gt=0).order_by("title"):
        used[campaign.anchor_set_id].append(campaign)
    none = (0, 0)
    return [SetLine(one, *sizes.get(one.pk, none), campaigns=tuple(used[one.pk])) for one in sets]
