"""Recording what a rater answered, or that they would rather not."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction
from psycopg.errors import DeadlockDetected

from annotate import answers as answering
from annotate import leases, queue, requests, tallies
from annotate.answers import Answers
from annotate.models import Attempt, Campaign, Draft, GoldAnswer, Slot, Task
from core import failpoints
from core.ledger import anchoring, recording
from core.ledger.models import Actor, Judgment, Ruling
from core.ledger.recording import Subject, SubmissionConflict, Utterance
from core.live.topics import publish
from core.tables.ids import uuid7
from core.tables.prepared import rows

__all__ = ["NotYours", "Receipt", "SubmissionConflict", "skip", "submit"]

_TRIES = 3
_DAY = 86_400.0


class NotYours(Exception):
    """The lease is not this rater's, or they have done with its task in another way; the message says which."""


class _DoneBefore(NotYours):
    """The rater holds a lease on a task that they have finished under another lease."""


class _Ended(Exception):
    """No slot is under this lease any more."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a submit.

    `standing` is counted or surplus (withdrawn when a submit is replayed that was undone since); `undo_until` is None
    when it cannot be undone; `gold` holds the known answers {question: value}, as shown, where they are revealed.
    """

    judgment: UUID
    standing: str
    replayed: bool
    undo_until: datetime | None
    gold: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a submit goes: the slot as it was shown, the slot it fills (None: surplus), and its subject."""

    shown: Slot
    fills: Slot | None
    first: UUID | None
    second: UUID | None
    memory: str
    done: bool = False

    @property
    def left(self) -> UUID | None:
        return self.second if self.shown.flipped else self.first


def submit(
    *,
    campaign: Campaign,
    rater: Actor,
    token: UUID,
    answers: Answers,
    seconds: float | None = None,
    said_at: datetime | None = None,
    simulated: bool = False,
) -> Receipt:
    """Record the answers given under this lease; the lease's token is the submission key.

    It counts if the lease is still the rater's, and also when it has run out if a slot of the task with the same sides
    is free; otherwise it is kept and paid as surplus. The same answers again return the same receipt. `seconds` and
    `said_at` are the client's word. Raises NotYours, answers.Incomplete, SubmissionConflict.
    """
    extra = {"seconds": _plausible(seconds), "said_at": said_at, "simulated": simulated}
    find = _held
    for tries_left in reversed(range(_TRIES + 1)):
        try:
            with transaction.atomic():
                receipt = _submit(campaign, rater, token, find(campaign, rater, token), answers, extra)
        except _Ended:
            # In a new transaction: who waited for a slot whose lease was ended meanwhile has it locked all the same,
            # and a late submit locks the task's slots in their order.
            find = _late
        except _DoneBefore:
            queue.release(token)
            raise
        except DatabaseError as error:
            # The same rater, in another tab, is at this moment taking another slot of this task.
            met = isinstance(error, IntegrityError) or isinstance(error.__cause__, DeadlockDetected)
            if not (met and tries_left):
                raise
        else:
            failpoints.reached("submit.after_commit")
            return receipt
    raise AssertionError("unreachable")


def skip(*, campaign: Campaign, rater: Actor, token: UUID, reason: str) -> None:
    """Give the slot back for a reason; its task never comes to this rater again. Twice is as once. Raises NotYours."""
    with transaction.atomic():
        slot = Slot.objects.select_for_update().filter(campaign=campaign, lease_token=token).first()
        if slot is None or slot.holder_id != rater.pk or slot.state != Slot.State.LEASED:
            if not Attempt.objects.filter(rater=rater, lease_token=token, outcome=Attempt.Outcome.SKIPPED).exists():
                raise NotYours("This pair is no longer yours; what you see may be an old page.")
            return
        queue.reopen(Slot.objects.filter(pk=slot.pk))
        Attempt.objects.bulk_create(
            [
                Attempt(
                    project_id=campaign.project_id,
                    campaign=campaign,
                    task_id=slot.task_id,
                    ordinal=slot.ordinal,
                    rater=rater,
                    lease_token=token,
                    outcome=Attempt.Outcome.SKIPPED,
                    reason=reason,
                    guideline_version=campaign.guideline_version,
                )
            ],
            # Finished in another tab already, under another lease: then there is nothing left to say.
            ignore_conflicts=True,
        )
        Draft.objects.filter(rater=rater, task=slot.task_id).delete()
        publish(f"campaign.{campaign.pk}")


def _submit(
    campaign: Campaign, rater: Actor, token: UUID, place: _Place, answers: Answers, extra: dict[str, Any]
) -> Receipt:
    failpoints.reached("submit.after_lock")
    utterance = _utterance(place, token, answers, extra)
    if place.done:
        return _replay(campaign, rater, place, utterance)
    judgment, new = recording.record(
        project=campaign.project,
        actor=rater.pk,
        source=Judgment.Source.RATING,
        rubric_version=campaign.rubric_version_id,
        utterance=utterance,
    )
    failpoints.reached("submit.after_insert")
    if not new:
        return _receipt(campaign, place.shown, judgment, replayed=True)
    gold = _gold(campaign, place.shown)
    _finish(campaign, rater, token, place, judgment, extra["seconds"], revealed=gold is not None)
    if place.fills is None:
        recording.rule(
            judgment=judgment.pk, standing=Ruling.Standing.SURPLUS, reason="the slot had gone to somebody else"
        )
    requests.settle(campaign=campaign, task=place.shown.task)
    publish(f"campaign.{campaign.pk}")
    standing = Ruling.Standing.COUNTED if place.fills else Ruling.Standing.SURPLUS
    return Receipt(judgment.pk, standing, False, _undo_until(campaign, judgment, gold), gold)


def _held(campaign: Campaign, rater: Actor, token: UUID) -> _Place:
    """The place under this lease, locked.

    Raises NotYours if it is another rater's, _DoneBefore if the task is done with, _Ended if there is none.
    """
    found = rows(_BY_TOKEN, {"campaign": campaign.pk, "rater": rater.pk, "token": token})
    if not found:
        raise _Ended
    slot = leases.slot_of(campaign, found[0])
    first, second, memory, live, _ = leases.beyond(found[0])
    if slot.holder_id != rater.pk:
        raise NotYours("This pair is with somebody else.")
    done = slot.state == Slot.State.FILLED
    if live and not done:
        raise _DoneBefore("You have done this pair already, in another window.")
    return _Place(slot, slot, first, second, memory, done)


def _late(campaign: Campaign, rater: Actor, token: UUID) -> _Place:
    """The place of a lease that has ended, with the task's slots locked. Raises NotYours."""
    attempt = Attempt.objects.filter(campaign=campaign, rater=rater, lease_token=token).first()
    if attempt is None or attempt.ordinal is None or attempt.outcome == Attempt.Outcome.SKIPPED:
        raise NotYours("This pair is no longer yours; what you see may be an old page.")
    found = rows(_OF_TASK, {"campaign": campaign.pk, "rater": rater.pk, "task": attempt.task_id})
    # Read again, now that nobody else can change the task's slots.
    attempt.refresh_from_db(fields=["outcome"])
    slots = [(leases.slot_of(campaign, row), *leases.beyond(row)) for row in found]
    shown, first, second, memory, live, _ = next(row for row in slots if row[0].ordinal == attempt.ordinal)
    done = attempt.outcome != Attempt.Outcome.LAPSED
    if live and not done:
        raise NotYours("You have done this pair already, in another window.")
    if done:
        return _Place(shown, None, first, second, memory, done)
    return _Place(shown, _free_place(shown, slots, rater, campaign), first, second, memory)


def _free_place(shown: Slot, slots: list[Any], rater: Actor, campaign: Campaign) -> Slot | None:
    """The slot that a late submit fills: one with the sides that were shown, so that sides stay counterbalanced."""
    for slot, *_ in slots:
        if slot.holder_id == rater.pk and slot.state == Slot.State.LEASED:
            # Taken again meanwhile in another window: a rater has one place per task.
            queue.note_lapse(slot)
            queue.reopen(Slot.objects.filter(pk=slot.pk))
            slot.state, slot.holder_id = Slot.State.OPEN, None
    free = [
        (slot.ordinal != shown.ordinal, slot.state != Slot.State.OPEN, slot.ordinal, slot)
        for slot, *_, expired in slots
        if slot.flipped == shown.flipped
        and (slot.state == Slot.State.OPEN or (slot.state == Slot.State.LEASED and expired))
    ]
    if not free:
        return None
    place: Slot = min(free, key=lambda one: one[:3])[3]
    if place.state == Slot.State.LEASED:
        queue.note_lapse(place)
    return place


def _utterance(place: _Place, token: UUID, answers: Answers, extra: dict[str, Any]) -> Utterance:
    task = place.shown.task
    return Utterance(
        submission_key=str(token),
        said=answering.encode(place.shown, answers),
        subject=Subject(comparison=task.comparison_id, response=task.response_id),
        words=answering.words(place.shown, answers),
        said_at=extra["said_at"],
        shown_first=place.left,
        context={"memory": place.memory, "simulated": extra["simulated"]},
    )


def _replay(campaign: Campaign, rater: Actor, place: _Place, utterance: Utterance) -> Receipt:
    stored = recording.replayed(
        project=campaign.project, source=Judgment.Source.RATING, utterance=utterance, actor=rater.pk
    )
    if stored is None:
        raise NotYours("This pair is no longer yours; what you see may be an old page.")
    return _receipt(campaign, place.shown, stored, replayed=True)


def _receipt(campaign: Campaign, slot: Slot, judgment: Judgment, *, replayed: bool) -> Receipt:
    last = Ruling.objects.filter(judgment=judgment).order_by("-pk").first()
    gold = _gold(campaign, slot)
    until = _undo_until(campaign, judgment, gold)
    return Receipt(judgment.pk, last.standing if last else Ruling.Standing.COUNTED, replayed, until, gold)


def _undo_until(campaign: Campaign, judgment: Judgment, gold: Mapping[str, Any] | None) -> datetime | None:
    if gold is not None or campaign.undo_seconds <= 0:
        return None
    return judgment.recorded_at + timedelta(seconds=campaign.undo_seconds)


def _gold(campaign: Campaign, slot: Slot) -> Mapping[str, Any] | None:
    """The known answers to reveal, as shown, or None."""
    if slot.task.kind != Task.Kind.GOLD or not campaign.reveal_gold:
        return None
    known = GoldAnswer.objects.filter(comparison=slot.task.comparison_id).values_list("answers", flat=True).first()
    if known is None:
        return None
    return answering.as_shown(answering.rubric_of(campaign), known, flipped=slot.flipped)


def _finish(
    campaign: Campaign,
    rater: Actor,
    token: UUID,
    place: _Place,
    judgment: Judgment,
    seconds: float | None,
    *,
    revealed: bool,
) -> None:
    values = {
        "slot": place.fills.pk if place.fills else None,
        "project": campaign.project_id,
        "campaign": campaign.pk,
        "task": place.shown.task_id,
        "ordinal": place.shown.ordinal,
        "rater": rater.pk,
        "token": token,
        "judgment": judgment.pk,
        "attempt": uuid7(),
        "pay": uuid7(),
        "amount": campaign.pay,
        "currency": campaign.currency,
        "guideline": campaign.guideline_version,
        "revealed": revealed,
        "seconds": seconds,
        "scope": tallies.scope_of(campaign.pk),
        "bucket": tallies.bucket_of(place.shown.task_id),
        "anchor": place.shown.task.anchor_id,
        "anchored": anchoring.SCOPE,
    }
    rows(_FINISH, values)


def _plausible(seconds: float | None) -> float | None:
    """What the client says it took, unless it cannot be true."""
    return seconds if seconds is not None and math.isfinite(seconds) and 0 <= seconds <= _DAY else None


_WITH_SUBJECT = f"""
SELECT {leases.COLUMNS}, c.first_id, c.second_id, p.memory,
    EXISTS (
        SELECT FROM annotate_attempt a
        WHERE a.task_id = s.task_id AND a.rater_id = %(rater)s AND a.outcome IN ('submitted', 'skipped')
    ) AS live,
    s.lease_until < statement_timestamp() AS expired
FROM annotate_slot s
JOIN annotate_task t ON t.id = s.task_id
LEFT JOIN catalog_comparison c ON c.id = t.comparison_id
LEFT JOIN catalog_response r ON r.id = t.response_id
JOIN catalog_prompt p ON p.id = coalesce(c.prompt_id, r.prompt_id)
"""  # noqa: S608  (columns only)

_BY_TOKEN = f"""{_WITH_SUBJECT}
WHERE s.lease_token = %(token)s AND s.campaign_id = %(campaign)s
FOR UPDATE OF s
"""

_OF_TASK = f"""{_WITH_SUBJECT}
WHERE s.task_id = %(task)s AND s.campaign_id = %(campaign)s
ORDER BY s.ordinal
FOR UPDATE OF s
"""

# One round trip for all that follows from a judgment. A lapsed attempt that is submitted after all becomes submitted.
_FINISH = """
WITH filled AS (
    UPDATE annotate_slot
    SET state = 'filled', holder_id = %(rater)s, judgment_id = %(judgment)s, lease_token = %(token)s, lease_until = NULL
    WHERE id = %(slot)s
), attempted AS (
    INSERT INTO annotate_attempt (id, project_id, campaign_id, task_id, ordinal, rater_id, lease_token, outcome, reason,
                                  judgment_id, guideline_version, gold_revealed, seconds)
    VALUES (%(attempt)s, %(project)s, %(campaign)s, %(task)s, %(ordinal)s, %(rater)s, %(token)s, 'submitted', '',
            %(judgment)s, %(guideline)s, %(revealed)s, %(seconds)s)
    ON CONFLICT (lease_token) WHERE lease_token IS NOT NULL DO UPDATE
    SET outcome = excluded.outcome, judgment_id = excluded.judgment_id, at = statement_timestamp(),
        guideline_version = excluded.guideline_version, gold_revealed = excluded.gold_revealed,
        seconds = excluded.seconds
), paid AS (
    INSERT INTO annotate_payrow (id, project_id, campaign_id, rater_id, judgment_id, kind, amount, currency)
    VALUES (%(pay)s, %(project)s, %(campaign)s, %(rater)s, %(judgment)s, 'judgment', %(amount)s, %(currency)s)
), marked AS (
    INSERT INTO ledger_dirtybucket (id, project_id, scope, bucket)
    VALUES (gen_random_uuid(), %(project)s, %(scope)s, %(bucket)s)
), on_anchor AS (
    INSERT INTO ledger_anchorjudgment (judgment_id, project_id, anchor_id)
    SELECT %(judgment)s, %(project)s, one.anchor FROM (VALUES (%(anchor)s::uuid)) AS one (anchor)
    WHERE one.anchor IS NOT NULL
    RETURNING judgment_id
), noted AS (
    INSERT INTO ledger_dirtybucket (id, project_id, scope, bucket)
    SELECT gen_random_uuid(), %(project)s, %(anchored)s, left(judgment_id::text, 8) FROM on_anchor
)
DELETE FROM annotate_draft WHERE rater_id = %(rater)s AND task_id = %(task)s
"""
