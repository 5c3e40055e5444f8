"""What models may be asked for, in tokens: set aside before they are asked, settled when they have answered.

A programme has a budget in all, one for each day (UTC) and one for each person on a day. Whoever reserves holds the
rows until the end of the transaction, always in that order, so that two never wait for each other in a ring.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from alpha.models import Answer, Budget, Conversation, Programme, Reservation
from core.tables.ids import uuid7


class Which(StrEnum):
    """Whose budget it is."""

    PROGRAMME = "programme"
    DAY = "day"
    PERSON = "person"


class OverBudget(Exception):
    """There is not so much left; the message says it to the person, and `which` says of which budget."""

    def __init__(self, which: Which) -> None:
        self.which = which
        super().__init__(
            {
                Which.PROGRAMME: _("This programme has used up what it may spend on answers."),
                Which.DAY: _("This programme has used up what it may spend today. It goes on tomorrow (UTC)."),
                Which.PERSON: _("You have used up your share of answers for today. It goes on tomorrow (UTC)."),
            }[which]
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the table: of which budget, its key, and its cap in tokens."""

    which: Which
    day: date | None
    actor: UUID | None
    cap: int


def reserve(*, answer: Answer, conversation: Conversation, tokens: int) -> Reservation:
    """Set so many tokens aside for this answer, in the caller's transaction. Raises OverBudget, having kept nothing.

    The caller's transaction must then be rolled back: a budget that still had room may be held already.
    """
    day = today()
    rows = _rows(conversation.programme, day, conversation.actor_id)
    _ensure(conversation.programme, rows)
    for row in rows:
        mine = _budget(conversation.programme_id, row.day, row.actor)
        if not mine.filter(held__lte=row.cap - tokens - F("used")).update(held=F("held") + tokens):
            raise OverBudget(row.which)
    return Reservation.objects.create(
        answer=answer,
        project_id=answer.project_id,
        programme_id=conversation.programme_id,
        actor_id=conversation.actor_id,
        day=day,
        held=tokens,
    )


def settle(*, answer: UUID, used: int) -> bool:
    """Give back what was set aside and count what was used, in the caller's transaction; False if it was done before.

    `used` is 0 for an answer that broke. What an answer took beyond its reservation counts as well.
    """
    open_ones = Reservation.objects.select_for_update().filter(answer=answer, used=None)
    reservation = open_ones.first()
    if reservation is None:
        return False
    Reservation.objects.filter(pk=reservation.pk).update(used=used)
    for day, actor in ((None, None), (reservation.day, None), (reservation.day, reservation.actor_id)):
        _budget(reservation.programme_id, day, actor).update(held=F("held") - reservation.held, used=F("used") + used)
    return True


def today() -> date:
    """The day it is for the database, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (now() AT TIME ZONE 'UTC')::date")
        found: date = cursor.fetchone()[0]
    return found


def _rows(programme: Programme, day: date, actor: UUID) -> list[_Row]:
    return [
        _Row(Which.PROGRAMME, None, None, programme.tokens),
        _Row(Which.DAY, day, None, programme.tokens_a_day),
        _Row(Which.PERSON, day, actor, programme.tokens_a_person_a_day),
    ]


def _ensure(programme: Programme, rows: list[_Row]) -> None:
    Budget.objects.bulk_create(
        [
            Budget(id=uuid7(), project_id=programme.project_id, programme=programme, day=row.day, actor_id=row.actor)
            for row in rows
        ],
        ignore_conflicts=True,
    )


def _budget(programme: UUID, day: date | None, actor: UUID | None) -> Any:
    return Budget.objects.filter(programme=programme, day=day, actor=actor)
