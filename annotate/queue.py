"""The queue of slots: taking a lease on one, keeping it, giving it back, and saying why there is none.

Raters walk along the index `slot_claim` in the order (priority, rnd); each rater's `Seat` says where their next step
begins. Anchors stand aside and are taken in between, see `anchors.py`. A lease that has run out is still its holder's
until somebody else takes the slot. All times are the database's.
"""

from collections.abc import Iterable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from annotate import leases
from annotate.models import Attempt, Campaign, Slot, Task
from core.accounts.models import Project, User
from core.ledger.models import Actor, ActorLink
from core.tables.ids import uuid7
from core.tables.prepared import rows

_TRIES = 3
#: The state of a slot that is nobody's, by the state of its task.
WITHOUT_RATER = {
    Task.State.LIVE: Slot.State.OPEN,
    Task.State.HELD: Slot.State.HELD,
    Task.State.RETIRED: Slot.State.CLOSED,
}


class Reason(StrEnum):
    """Why there is nothing to take."""

    PAUSED = "paused"
    CLOSED = "closed"
    EMPTY = "empty"
    DONE = "done"
    OTHERS = "others"
    YOURS = "yours"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Nothing:
    """Why there is nothing to take, how many slots that concerns, and when (for OTHERS) the first may come free.

    PAUSED and CLOSED (or not opened yet): slots not filled; EMPTY: no slot at all; DONE: all filled; OTHERS: with other
    raters now; YOURS: all that is left is on tasks you have done or skipped; AGAIN: something has come free just now.
    """

    reason: Reason
    count: int = 0
    until: datetime | None = None


def take(*, campaign: Campaign, rater: Actor, want: int = 2) -> list[Slot]:
    """The rater's slots in this campaign, longest held first, with fresh leases, topped up to `want` by new claims.

    A campaign that is not open gives nothing new. Each slot comes with its task and with `campaign`.
    """
    from_front = False
    while True:
        found = _taken(campaign, rater, want, from_front)
        nothing_new = not any(leases.beyond(row)[0] for row in found)
        if len(found) >= want or (nothing_new and from_front):
            return [leases.slot_of(campaign, row) for row in found]
        # Nothing after the seat: once more from the front, where slots may have come free since.
        from_front = nothing_new


def beat(*, campaign: Campaign, rater: Actor, tokens: Iterable[UUID]) -> list[UUID]:
    """Prolong these leases; returns those that are still the rater's."""
    wanted = list(tokens)
    values = {
        "campaign": campaign.pk,
        "rater": rater.pk,
        "tokens": wanted,
        "lease": _lease(campaign),
        "turn": _turn(rater),
    }
    mine = {token for (token,) in rows(leases.BEAT, values)}
    return [token for token in wanted if token in mine]


def release(token: UUID) -> bool:
    """Give the slot under this lease back to the queue; False if there is no such lease any more."""
    return _free(Slot.objects.filter(lease_token=token)) > 0


def free_leases(*, project: Project, user: User) -> int:
    """Give everything that this person holds in the project back to the queue; returns how many slots."""
    actors = ActorLink.objects.filter(project=project, user=user).values("actor")
    return _free(Slot.objects.filter(holder__in=actors))


def why_nothing(*, campaign: Campaign, rater: Actor) -> Nothing:
    """Why `take` gives this rater nothing now."""
    (row,) = rows(leases.WHY, {"campaign": campaign.pk, "rater": rater.pk})
    state, some, unfilled, mine, others, until = row
    if state in (Campaign.State.CLOSED, Campaign.State.DRAFT):
        return Nothing(Reason.CLOSED, unfilled)
    if state == Campaign.State.PAUSED:
        return Nothing(Reason.PAUSED, unfilled)
    if not unfilled:
        return Nothing(Reason.DONE if some else Reason.EMPTY)
    if mine == unfilled:
        return Nothing(Reason.YOURS, mine)
    if mine + others == unfilled:
        return Nothing(Reason.OTHERS, others, until)
    return Nothing(Reason.AGAIN, unfilled - mine - others)


def _taken(campaign: Campaign, rater: Actor, want: int, from_front: bool) -> list[Any]:
    """The rows of what the rater holds, one slot more than before if they want more and there is one."""
    values = {
        "campaign": campaign.pk,
        "rater": rater.pk,
        "turn": _turn(rater),
        "lease": _lease(campaign),
        "want": want,
        "from_front": from_front,
    }
    statement = leases.TAKE
    if campaign.anchor_share:
        statement = leases.TAKE_MIXED
        values["salt"] = salted_hmac("annotate.anchors", f"{campaign.pk} {rater.pk}").hexdigest()
    try:
        # A single statement needs a savepoint only inside of somebody else's transaction.
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            return _take_one(statement, values)
    except IntegrityError:
        # Another window of the same rater has taken a slot of the same task since this statement began. With the turn
        # taken before the statement begins it sees what the others took.
        for _ in range(_TRIES):
            with suppress(IntegrityError), transaction.atomic():
                rows(leases.TURN, values)
                return _take_one(statement, values)
    # So many windows at once that they keep meeting: what the others have taken is this rater's too.
    return _take_one(statement, {**values, "want": 0})


def _turn(rater: Actor) -> int:
    """The key of the lock by which one rater's windows come one after the other."""
    return int.from_bytes(rater.pk.bytes[-8:], "big", signed=True)


def _take_one(statement: str, values: dict[str, Any]) -> list[Any]:
    return rows(statement, {**values, "token": uuid7(), "attempt": uuid7()})


def _free(slots: QuerySet[Slot]) -> int:
    with transaction.atomic():
        held = list(
            slots.filter(state=Slot.State.LEASED)
            .select_for_update(of=("self",))
            .select_related("campaign")
            .order_by("pk")
        )
        for slot in held:
            note_lapse(slot)
        return reopen(Slot.objects.filter(pk__in=[slot.pk for slot in held]))


def note_lapse(slot: Slot) -> None:
    """Write down, in the caller's transaction, whose lease ends here without a submit; a late one will ask for it."""
    if slot.holder_id is None:
        return
    Attempt.objects.create(
        project_id=slot.project_id,
        campaign=slot.campaign,
        task_id=slot.task_id,
        ordinal=slot.ordinal,
        rater_id=slot.holder_id,
        lease_token=slot.lease_token,
        outcome=Attempt.Outcome.LAPSED,
        guideline_version=slot.campaign.guideline_version,
    )


def reopen(slots: QuerySet[Slot], task: Task | None = None) -> int:
    """Make these slots open again, in the caller's transaction; returns how many.

    Those of a `task` that is out of the queue are held with it, or closed.
    """
    state = Slot.State.OPEN if task is None else WITHOUT_RATER[Task.State(task.state)]
    return slots.update(state=state, holder=None, lease_token=None, lease_until=None, leased_at=None, judgment=None)


def _lease(campaign: Campaign) -> str:
    return f"{campaign.lease_seconds} seconds"
