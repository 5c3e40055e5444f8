"""Broken pairs: raters report them, enough reports take one out of the queue, and a person decides what becomes of it.

Whoever changes whether a task is in the queue locks the campaign, then the task, then all its slots by id; a submit
locks its slot only. So a submit that comes first is saved as ever, and one that comes after finds its lease ended and
is kept and paid as surplus.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate import queue, requests, tallies
from annotate.models import Attempt, BrokenReport, Campaign, Draft, ReportWords, Slot, Task
from annotate.submitting import NotYours
from core.accounts import audit
from core.accounts.models import User
from core.ledger.models import Actor
from core.live.topics import publish

LONGEST = 2_000

_REASON = "broken"
_NOT_YOURS = "This pair is no longer yours; what you see may be an old page."


class SayWhat(ValueError):
    """The report does not say what is broken; the message says what to do."""


class Decided(Exception):
    """Nothing waits for a decision here: somebody else has decided."""


def report(*, campaign: Campaign, rater: Actor, token: UUID, reason: str, words: str = "") -> None:
    """Report the pair under this lease as broken and give its slot back: it never comes to this rater again.

    When as many raters as the campaign asks for have reported a task since it was last decided upon, it leaves the
    queue. A report under a lease that has ended meanwhile counts too. Twice is as once. Raises NotYours and SayWhat.
    """
    text = words.replace("\x00", "").strip()[:LONGEST]
    if reason not in BrokenReport.Reason.values:
        raise SayWhat(_("Choose what is broken."))
    if reason == BrokenReport.Reason.OTHER and not text:
        raise SayWhat(_("Say in your words what is broken."))
    with transaction.atomic():
        task = _task_under(campaign, rater, token)
        if BrokenReport.objects.filter(task=task, rater=rater).exists():
            return
        _give_back(campaign, rater, task, token)
        made = BrokenReport.objects.create(
            project_id=campaign.project_id, campaign=campaign, task=task, rater=rater, reason=reason
        )
        if text:
            ReportWords.objects.create(report=made, project_id=campaign.project_id, body=text)
        open_reports = waiting(BrokenReport.objects.filter(task=task)).count()
        if task.state == Task.State.LIVE and open_reports >= campaign.reports_to_hold:
            hold(campaign=campaign, task=task)
            audit.record(
                project=campaign.project,
                who=None,
                verb="task.held",
                object=f"task:{task.pk}",
                data={"campaign": campaign.name, "reports": open_reports},
            )
        publish(f"campaign.{campaign.pk}")


def dismiss(*, task: Task, who: User) -> None:
    """Nothing is wrong with the task: it is in the queue again, and the reports so far are answered. Raises Decided."""
    with transaction.atomic():
        campaign, locked, number = _decide(task)
        if locked.state == Task.State.HELD:
            Slot.objects.filter(task=locked, state=Slot.State.HELD).update(state=Slot.State.OPEN)
            # Its places may lie behind raters' seats.
            Campaign.objects.filter(pk=campaign.pk).update(queue_epoch=F("queue_epoch") + 1)
        _answer(campaign, locked, Task.State.LIVE, who, "task.dismissed", number)


def retire(*, task: Task, who: User) -> None:
    """Take the task out of the queue for good. What was said of it stays as it is. Raises Decided."""
    with transaction.atomic():
        campaign, locked, number = _decide(task)
        if locked.state == Task.State.LIVE:
            hold(campaign=campaign, task=locked)
        Slot.objects.filter(task=locked, state=Slot.State.HELD).update(state=Slot.State.CLOSED)
        tallies.mark(project=campaign.project_id, campaign=campaign.pk, tasks=[locked.pk])
        _answer(campaign, locked, Task.State.RETIRED, who, "task.retired", number)
        requests.settle(campaign=campaign, task=locked)


def hold(*, campaign: Campaign, task: Task) -> None:
    """Take a live task out of the queue, in a transaction that holds the locks of this module.

    Leases on it end; what is submitted under them later is kept and paid as surplus.
    """
    places = Slot.objects.filter(task=task, state__in=(Slot.State.OPEN, Slot.State.LEASED))
    for slot in places.filter(state=Slot.State.LEASED).select_related("campaign"):
        queue.note_lapse(slot)
    task.state = Task.State.HELD
    queue.reopen(places, task)
    task.save(update_fields=["state"])


def waiting(reports: "QuerySet[BrokenReport]") -> "QuerySet[BrokenReport]":
    """Those among these reports that nobody has decided upon yet. For a retired task the decision is final."""
    return reports.exclude(task__state=Task.State.RETIRED).filter(
        Q(task__answered_at__isnull=True) | Q(at__gt=F("task__answered_at"))
    )


def _task_under(campaign: Campaign, rater: Actor, token: UUID) -> Task:
    """The task of this lease, which may have ended, locked with its slots. Raises NotYours if it was never theirs."""
    slots = Slot.objects.filter(campaign=campaign, lease_token=token, holder=rater)
    attempts = Attempt.objects.filter(campaign=campaign, lease_token=token, rater=rater)
    task = slots.values_list("task", flat=True).first() or attempts.values_list("task", flat=True).first()
    if task is None:
        raise NotYours(_NOT_YOURS)
    return _locked(campaign, task)


def _locked(campaign: Campaign, task: UUID) -> Task:
    # Weak enough to let the rows of a submit refer to them.
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    locked = Task.objects.select_for_update(no_key=True).get(pk=task, campaign=campaign)
    list(Slot.objects.select_for_update().filter(task=locked).order_by("pk").values_list("pk"))
    return locked


def _give_back(campaign: Campaign, rater: Actor, task: Task, token: UUID) -> None:
    """End the rater's work on the task, whether they still hold it or their lease has ended. Raises NotYours."""
    attempts = Attempt.objects.filter(task=task, rater=rater)
    if attempts.filter(outcome__in=(Attempt.Outcome.SUBMITTED, Attempt.Outcome.SKIPPED)).exists():
        raise NotYours(_NOT_YOURS)
    Draft.objects.filter(rater=rater, task=task).delete()
    slot = Slot.objects.filter(task=task, holder=rater, state=Slot.State.LEASED).first()
    if slot is None:
        lapsed = attempts.filter(lease_token=token, outcome=Attempt.Outcome.LAPSED)
        if not lapsed.update(outcome=Attempt.Outcome.SKIPPED, reason=_REASON):
            raise NotYours(_NOT_YOURS)
        return
    queue.reopen(Slot.objects.filter(pk=slot.pk), task)
    Attempt.objects.create(
        project_id=campaign.project_id,
        campaign=campaign,
        task=task,
        ordinal=slot.ordinal,
        rater=rater,
        lease_token=slot.lease_token,
        outcome=Attempt.Outcome.SKIPPED,
        reason=_REASON,
        guideline_version=campaign.guideline_version,
    )


def _decide(task: Task) -> tuple[Campaign, Task, int]:
    campaign = Campaign.objects.select_related("project").get(pk=task.campaign_id)
    locked = _locked(campaign, task.pk)
    number = waiting(BrokenReport.objects.filter(task=locked)).count()
    if not number:
        raise Decided
    return campaign, locked, number


def _answer(campaign: Campaign, task: Task, state: Task.State, who: User, verb: str, number: int) -> None:
    Task.objects.filter(pk=task.pk).update(state=state, answered_at=Now())
    audit.record(
        project=campaign.project,
        who=who,
        verb=verb,
        object=f"task:{task.pk}",
        data={"campaign": campaign.name, "reports": number},
    )
    publish(f"campaign.{campaign.pk}")
