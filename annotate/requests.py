"""Label requests: others say in the ledger what they want labelled and why; campaigns turn it into tasks."""

from django.db import transaction
from django.db.models import Q

from annotate import planning
from annotate.models import Campaign, Slot, Task
from annotate.planning import Planned
from core.ledger.models import LabelRequest


def take_requests(campaign: Campaign) -> int:
    """Make tasks of the open requests whose purpose the campaign subscribes to; returns how many requests it took.

    A request on a turn without a stored response cannot be shown to anybody and is refused. Twice is as once.
    """
    if not campaign.purposes:
        return 0
    with transaction.atomic():
        found = list(
            LabelRequest.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("turn")
            .filter(project=campaign.project_id, purpose__in=campaign.purposes, state=LabelRequest.State.OPEN)
            .order_by("filed_at", "pk")
        )
        plans = {request.pk: _plan(request) for request in found}
        planning.add_tasks(campaign=campaign, planned=[plan for plan in plans.values() if plan is not None])
        for request in found:
            taken = plans[request.pk] is not None
            request.state = LabelRequest.State.TAKEN if taken else LabelRequest.State.REFUSED
        LabelRequest.objects.bulk_update(found, ["state"])
        for plan in {plan for plan in plans.values() if plan is not None}:
            # The campaign may have had the task before, with all its slots filled.
            for task in Task.objects.filter(campaign=campaign, comparison=plan.comparison, response=plan.response):
                settle(campaign=campaign, task=task)
    return len(found)


def take_all() -> int:
    """`take_requests` for every open campaign that subscribes to a purpose; returns how many requests were taken."""
    open_ones = Campaign.objects.filter(state=Campaign.State.OPEN).exclude(purposes=[])
    return sum(take_requests(campaign) for campaign in open_ones.order_by("created_at"))


def settle(*, campaign: Campaign, task: Task) -> None:
    """Mark the requests about this task's subject done if all its slots are filled, and taken if they are not.

    Of a retired task that nobody has judged they are refused. In the caller's transaction. Costs nothing where the
    campaign subscribes to nothing.
    """
    # Whoever judged an anchor has not answered a request about what it shows.
    if not campaign.purposes or task.kind == Task.Kind.ANCHOR:
        return
    empty = (Slot.State.OPEN, Slot.State.LEASED, Slot.State.HELD)
    slots = Slot.objects.filter(task=task)
    before, after = LabelRequest.State.TAKEN, LabelRequest.State.DONE
    if slots.filter(state__in=empty).exists():
        before, after = after, before
    elif not slots.filter(state=Slot.State.FILLED).exists():
        after = LabelRequest.State.REFUSED
    subject = (
        Q(comparison=task.comparison_id)
        if task.comparison_id
        else (Q(response=task.response_id) | Q(turn__response=task.response_id))
    )
    ours = LabelRequest.objects.filter(
        subject, project=campaign.project_id, purpose__in=campaign.purposes, state=before
    )
    # By key, since an update cannot join the turns.
    LabelRequest.objects.filter(pk__in=ours.values("pk")).update(state=after)


def _plan(request: LabelRequest) -> Planned | None:
    if request.comparison_id:
        return Planned(comparison=request.comparison_id, request=request.pk)
    response = request.response_id or (request.turn.response_id if request.turn else None)
    return Planned(response=response, request=request.pk) if response else None
