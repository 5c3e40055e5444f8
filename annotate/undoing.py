"""Taking a judgment back, while nobody has built on it."""

from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Min
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from annotate import drafts, pay, queue, requests, tallies
from annotate.models import Attempt, Campaign, Slot, Task
from core.ledger import recording
from core.ledger.models import Actor, ExportCut, Judgment, Ruling
from core.live.topics import publish
from core.tables.ids import uuid7


class TooLate(Exception):
    """The judgment stands; `reason` is time, exported, revealed, ruled or gone, and the message says it in words."""

    def __init__(self, reason: str) -> None:
        super().__init__(str(_WORDS[reason]))
        self.reason = reason

    @property
    def words(self) -> str:
        """Why, in the language of whoever reads it."""
        return str(_WORDS[self.reason])


_WORDS = {
    "time": gettext_lazy("This was saved too long ago to be undone."),
    "exported": gettext_lazy("This has been exported since it was saved, so it can no longer be undone."),
    "revealed": gettext_lazy("You have been shown the known answer, so this can no longer be undone."),
    "ruled": gettext_lazy("A reviewer has ruled on this since it was saved, so it can no longer be undone."),
    "gone": gettext_lazy("There is nothing of yours here to undo."),
}


def undo(*, campaign: Campaign, rater: Actor, judgment: UUID) -> Slot | None:
    """Withdraw the rater's judgment and give its slot back to them under a new lease, first in their line.

    A draft holds the answers that were withdrawn. Returns the slot, or None for a surplus judgment, which had none, and
    for a task that has been taken out of the queue.
    Undoing twice is as once. Raises TooLate.
    """
    with transaction.atomic():
        attempt = (
            Attempt.objects.select_for_update(of=("self",))
            .select_related("task", "judgment")
            .filter(campaign=campaign, rater=rater, judgment=judgment)
            .first()
        )
        if attempt is None or attempt.judgment is None:
            raise TooLate("gone")
        if attempt.outcome == Attempt.Outcome.WITHDRAWN:
            return Slot.objects.filter(task=attempt.task_id, holder=rater, state=Slot.State.LEASED).first()
        _refuse_if_late(campaign, attempt, attempt.judgment)
        recording.rule(judgment=judgment, standing=Ruling.Standing.WITHDRAWN, reason="undone by its author")
        Attempt.objects.filter(pk=attempt.pk).update(outcome=Attempt.Outcome.WITHDRAWN)
        pay.reverse(judgment=judgment)
        slot = _lease_again(campaign, rater, attempt.task, judgment)
        if slot is not None:
            fields = drafts.from_judgment(
                judgment=attempt.judgment, rubric=campaign.rubric_version, flipped=slot.flipped
            )
            drafts.put(rater=rater, task=slot.task_id, flipped=slot.flipped, fields=fields)
        requests.settle(campaign=campaign, task=attempt.task)
        publish(f"campaign.{campaign.pk}")
        return slot


def _refuse_if_late(campaign: Campaign, attempt: Attempt, judgment: Judgment) -> None:
    if attempt.gold_revealed:
        raise TooLate("revealed")
    deadline = Now() - timedelta(seconds=campaign.undo_seconds)
    if not Judgment.objects.filter(pk=judgment.pk, recorded_at__gt=deadline).exists():
        raise TooLate("time")
    with connection.cursor() as cursor:
        # A snapshot that is being taken at this moment is waited for, and one that wants to begin waits for us.
        cursor.execute("LOCK TABLE ledger_exportcut IN SHARE MODE")
    if ExportCut.objects.filter(project=campaign.project_id, taken_at__gte=judgment.recorded_at).exists():
        raise TooLate("exported")
    last = Ruling.objects.filter(judgment=judgment).order_by("-pk").first()
    if last is not None and last.standing not in (Ruling.Standing.COUNTED, Ruling.Standing.SURPLUS):
        raise TooLate("ruled")


def _lease_again(campaign: Campaign, rater: Actor, task: Task, judgment: UUID) -> Slot | None:
    slot = Slot.objects.select_for_update().filter(task=task, judgment=judgment).first()
    if slot is None:
        return None
    tallies.mark(project=campaign.project_id, campaign=campaign.pk, tasks=[task.pk])
    # Read now that the slot is locked: whoever takes a task out of the queue locks all its slots.
    task.refresh_from_db(fields=["state"])
    if task.state != Task.State.LIVE:
        queue.reopen(Slot.objects.filter(pk=slot.pk), task)
        return None
    held = Slot.objects.filter(campaign=campaign, holder=rater, state=Slot.State.LEASED)
    first = held.aggregate(first=Min("leased_at"))["first"]
    Slot.objects.filter(pk=slot.pk).update(
        state=Slot.State.LEASED,
        judgment=None,
        lease_token=uuid7(),
        lease_until=Now() + timedelta(seconds=campaign.lease_seconds),
        # Before the pairs that were fetched ahead, as it is what the rater wants to see next.
        leased_at=first - timedelta(milliseconds=1) if first else Now(),
    )
    slot.refresh_from_db()
    slot.task, slot.campaign = task, campaign
    return slot
