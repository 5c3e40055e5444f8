"""Anchors among raters' work: how many a campaign needs, and whether they are raised.

An anchor is a task of its own with as many places as any other. It stands aside of the queue (`models.ASIDE`): of every
1/share claims of each rater one, which nobody can foretell, takes the next anchor that they may have instead of work of
the same kind (`leases.TAKE_MIXED`). So the share holds in every stretch of what each rater does, whoever else is there,
and an anchor that its raters have met already delays nobody: without work left there are no anchors either.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from annotate.models import Campaign, Task
from core.catalog.models import Anchor

SHARES = (0.05, 0.10)
"""The least and the largest share that a campaign may declare."""

RAISED = 2
"""By so much a share grows while an alarm asks for more gold."""

# The system's generator, so that the order cannot be foretold from what somebody has seen.
_random = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Wanted:
    """An anchor that is to get one task more, and what it is about."""

    anchor: UUID
    comparison: UUID | None
    response: UUID | None


def share_of(campaign: Campaign) -> float:
    """The share of what each rater takes in this campaign that are anchors now."""
    return campaign.anchor_share * (RAISED if campaign.anchors_raised else 1)


def wanting(campaign: Campaign) -> list[Wanted]:
    """The tasks on anchors that are missing for the campaign's work, those of least use so far first.

    What the campaign has as work is left out: the same raters would meet it twice.
    """
    share = share_of(campaign)
    if not share or campaign.anchor_set_id is None:
        return []
    work = Task.objects.filter(campaign=campaign).exclude(kind=Task.Kind.ANCHOR)
    ours = Anchor.objects.filter(set=campaign.anchor_set_id)
    used = Counter(
        dict(Task.objects.filter(campaign=campaign, anchor__in=ours).values_list("anchor").annotate(Count("pk")))
    )
    counts = work.aggregate(pairs=Count("pk", filter=Q(response=None)), singles=Count("pk", filter=Q(comparison=None)))
    pairs = ours.exclude(comparison=None).exclude(comparison__in=work.exclude(comparison=None).values("comparison"))
    singles = ours.exclude(response=None).exclude(response__in=work.exclude(response=None).values("response"))
    found: list[Wanted] = []
    for usable, count in ((pairs, counts["pairs"]), (singles, counts["singles"])):
        anchors = [Wanted(*row) for row in usable.values_list("pk", "comparison", "response")]
        have = sum(used[one.anchor] for one in anchors)
        found += _in_turn(anchors, used, math.ceil(count * share / (1 - share)) - have)
    return found


def _in_turn(anchors: Sequence[Wanted], used: Counter[UUID], missing: int) -> Iterator[Wanted]:
    """So many of the anchors, in random order and each about as often as every other one."""
    order = list(anchors)
    _random.shuffle(order)
    order.sort(key=lambda one: used[one.anchor])
    for n in range(missing if order else 0):
        yield order[n % len(order)]
