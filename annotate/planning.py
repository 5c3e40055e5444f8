"""Making tasks and slots beforehand, so that raters only have to take them."""

import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce

from annotate import anchors, tallies
from annotate.models import ASIDE, Campaign, Slot, Task
from annotate.queue import WITHOUT_RATER
from core.live.topics import publish
from core.tables.bulk import copy_rows
from core.tables.ids import uuid7
from core.tables.statistics import look_again

_BATCH = 10_000
# What a rater's step reads of what planning and the imports before it have made.
_READ_BY_RATERS = (
    "annotate_task",
    "annotate_slot",
    "catalog_comparison",
    "catalog_response",
    "catalog_prompt",
    "catalog_content",
)
# The system's generator, so that neither sides nor order can be foretold from what somebody has seen.
_random = random.SystemRandom()

_TASK = {
    "id": "uuid",
    "project_id": "uuid",
    "campaign_id": "uuid",
    "comparison_id": "uuid",
    "response_id": "uuid",
    "request_id": "uuid",
    "kind": "text",
    "anchor_id": "uuid",
    "rnd": "float8",
    "priority": "int2",
    "flip": "bool",
}
_SLOT = {
    "id": "uuid",
    "project_id": "uuid",
    "campaign_id": "uuid",
    "task_id": "uuid",
    "ordinal": "int2",
    "flipped": "bool",
    "priority": "int2",
    "rnd": "float8",
    "state": "text",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """What a task is to be about: exactly one of `comparison` and `response`."""

    comparison: UUID | None = None
    response: UUID | None = None
    request: UUID | None = None
    kind: str = Task.Kind.WORK
    anchor: UUID | None = None
    priority: int = 0


def side(flip: bool, place: int) -> bool:
    """Whether the slot at this place of its overlap set shows the second response on the left."""
    return flip != (place % 2 == 1)


def add_comparisons(*, campaign: Campaign, comparisons: Sequence[UUID], gold: Collection[UUID] = ()) -> int:
    """Make a task with its slots for each of these comparisons that the campaign does not have yet.

    `gold` names those among them that have a known answer. Returns how many tasks are new.
    """
    known = frozenset(gold)
    return add_tasks(
        campaign=campaign,
        planned=(
            Planned(comparison=comparison, kind=Task.Kind.GOLD if comparison in known else Task.Kind.WORK)
            for comparison in comparisons
        ),
    )


def add_tasks(*, campaign: Campaign, planned: Iterable[Planned]) -> int:
    """Make the planned tasks, with `campaign.overlap` slots each, that the campaign does not have yet.

    Returns how many are new. Two plans of one campaign wait for each other, so each subject gets one task.
    """
    new = 0
    with transaction.atomic():
        locked = _locked(campaign.pk)
        plans = iter(planned)
        while batch := list(islice(plans, _BATCH)):
            new += _add_batch(locked, batch)
        if new:
            _supply(locked)
            _begin_at_the_front(locked)
    return new


def add_anchors(*, campaign: Campaign) -> int:
    """Make the tasks on anchors that the campaign's share asks for and that it does not have yet; returns how many."""
    with transaction.atomic():
        return _supply(_locked(campaign.pk))


def add_slots(*, campaign: Campaign) -> int:
    """Give each task of the campaign as many slots as its overlap asks for; returns how many are new."""
    new = 0
    with transaction.atomic():
        locked = _locked(campaign.pk)
        tasks = _tasks_with_fewer_slots(locked)
        while batch := list(islice(tasks, _BATCH)):
            rows = [row for short in batch for row in _missing_slots(locked, *short)]
            copy_rows(Slot._meta.db_table, _SLOT, rows)
            tallies.mark(project=locked.project_id, campaign=locked.pk, tasks=[short[0] for short in batch])
            new += len(rows)
        if new:
            _begin_at_the_front(locked)
    return new


def replace(*, slot: Slot) -> Slot:
    """Close a slot whose judgment no longer counts and open another one for the same task, with the same side.

    Of a task that is out of the queue the new one is held with it, or closed.
    Raises ValueError if the slot is closed already.
    """
    with transaction.atomic():
        # Before the slots, as whoever takes a task out of the queue does.
        _locked(slot.campaign_id)
        # All slots of the task, in one order, as everybody does who touches more than one.
        slots = list(Slot.objects.select_for_update().filter(task=slot.task_id).order_by("ordinal"))
        old = next(one for one in slots if one.pk == slot.pk)
        if old.state == Slot.State.CLOSED:
            raise ValueError(f"Slot {old.ordinal} of task {old.task_id} is closed already.")
        Slot.objects.filter(pk=old.pk).update(
            state=Slot.State.CLOSED, judgment=None, holder=None, lease_token=None, lease_until=None, leased_at=None
        )
        new = Slot.objects.create(
            project_id=old.project_id,
            campaign_id=old.campaign_id,
            task_id=old.task_id,
            ordinal=slots[-1].ordinal + 1,
            flipped=old.flipped,
            priority=old.priority,
            rnd=old.rnd,
            state=WITHOUT_RATER[Task.State(Task.objects.values_list("state", flat=True).get(pk=old.task_id))],
        )
        tallies.mark(project=old.project_id, campaign=old.campaign_id, tasks=[old.task_id])
        Campaign.objects.filter(pk=old.campaign_id).update(queue_epoch=F("queue_epoch") + 1)
    return new


def _locked(campaign: UUID) -> Campaign:
    # Weak enough to let the rows of a submit refer to it: else no rater could save while a plan is made.
    return Campaign.objects.select_for_update(no_key=True).get(pk=campaign)


def _add_batch(campaign: Campaign, batch: Sequence[Planned]) -> int:
    had = _subjects_of(campaign, batch)
    fresh = {(plan.comparison, plan.response): plan for plan in batch}
    plans = [plan for subject, plan in fresh.items() if subject not in had]
    return _insert(campaign, plans)


def _supply(campaign: Campaign) -> int:
    return _insert(
        campaign,
        [
            Planned(one.comparison, one.response, kind=Task.Kind.ANCHOR, anchor=one.anchor, priority=ASIDE)
            for one in anchors.wanting(campaign)
        ],
    )


def _insert(campaign: Campaign, plans: Sequence[Planned]) -> int:
    if not plans:
        return 0
    tasks = [_task(campaign, plan) for plan in plans]
    copy_rows(Task._meta.db_table, _TASK, tasks)
    copy_rows(Slot._meta.db_table, _SLOT, (row for task in tasks for row in _slots_of(campaign, task)))
    tallies.mark(project=campaign.project_id, campaign=campaign.pk, tasks=[task[0] for task in tasks])
    return len(tasks)


def _subjects_of(campaign: Campaign, batch: Sequence[Planned]) -> set[tuple[UUID | None, UUID | None]]:
    tasks = Task.objects.filter(campaign=campaign, kind__in=(Task.Kind.WORK, Task.Kind.GOLD))
    comparisons = tasks.filter(comparison__in=[plan.comparison for plan in batch if plan.comparison])
    responses = tasks.filter(response__in=[plan.response for plan in batch if plan.response])
    return {
        *comparisons.values_list("comparison_id", "response_id"),
        *responses.values_list("comparison_id", "response_id"),
    }


def _task(campaign: Campaign, plan: Planned) -> tuple[Any, ...]:
    return (
        uuid7(),
        campaign.project_id,
        campaign.pk,
        plan.comparison,
        plan.response,
        plan.request,
        str(plan.kind),
        plan.anchor,
        _random.random(),
        plan.priority,
        bool(_random.getrandbits(1)),
    )


def _slots_of(campaign: Campaign, task: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    row = dict(zip(_TASK, task, strict=True))
    for ordinal in range(campaign.overlap):
        yield _slot(campaign, row["id"], row["priority"], row["rnd"], ordinal, side(row["flip"], ordinal))


def _slot(
    campaign: Campaign,
    task: UUID,
    priority: int,
    rnd: float,
    ordinal: int,
    flipped: bool,
    state: str = Slot.State.OPEN,
) -> tuple[Any, ...]:
    return (uuid7(), campaign.project_id, campaign.pk, task, ordinal, flipped, priority, rnd, str(state))


def _tasks_with_fewer_slots(campaign: Campaign) -> Iterator[tuple[Any, ...]]:
    slots = Slot.objects.filter(task=OuterRef("pk")).order_by().values("task")
    live = slots.exclude(state=Slot.State.CLOSED).annotate(n=Count("pk")).values("n")
    last = slots.annotate(last=Max("ordinal")).values("last")
    return (
        Task.objects.filter(campaign=campaign)
        .annotate(have=Coalesce(Subquery(live), 0), last=Coalesce(Subquery(last), -1))
        .filter(have__lt=campaign.overlap)
        .exclude(state=Task.State.RETIRED)
        .values_list("id", "priority", "rnd", "flip", "state", "have", "last")
        .iterator(chunk_size=_BATCH)
    )


def _missing_slots(
    campaign: Campaign, task: UUID, priority: int, rnd: float, flip: bool, state: str, have: int, last: int
) -> Iterator[tuple[Any, ...]]:
    # Sides go on by place, not by ordinal: a replaced slot has used up an ordinal, and its replacement has its side.
    for place in range(have, campaign.overlap):
        yield _slot(
            campaign,
            task,
            priority,
            rnd,
            last + 1 + place - have,
            side(flip, place),
            WITHOUT_RATER[Task.State(state)],
        )


def _begin_at_the_front(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(queue_epoch=F("queue_epoch") + 1)
    publish(f"campaign.{campaign.pk}")
    transaction.on_commit(lambda: look_again(*_READ_BY_RATERS))
