"""Thumbs: up or down, each its own signal; of several the last one stands."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from alpha.models import Answer, Said
from alpha.saying import ground, rubric
from core.ledger.models import Actor, Judgment
from core.ledger.recording import Said as One
from core.ledger.rubrics import UnknownAnswer

UP, DOWN, NONE = 1, -1, 0


def thumb(
    *, answer: Answer, actor: Actor, value: int, submission_key: UUID | str, reason: str | None = None
) -> Judgment | None:
    """Record a thumb on an answer; 0 takes back the one that stands, and where none does nothing is written.

    `reason`, a key of the rubric's `thumb_reason`, goes with a thumb down only. The same key again returns what was
    stored. Raises NotYours, NotFinished, NoPair, UnknownAnswer and SubmissionConflict.
    """
    said = _said(value, reason)
    with transaction.atomic():
        found, now = ground.of_answer(answer, actor)
        last = found.last(Said.Kind.THUMB, now)
        statement = ground.Statement(
            kind=Said.Kind.THUMB,
            answer=now,
            submission_key=submission_key,
            said=said,
            solicited=now.message.asks_thumb,
            supersedes=last,
        )
        if statement.takes_back and not ground.stands(last):
            return last
        judgment, _new = ground.write(found, statement)
    return judgment


def _said(value: int, reason: str | None) -> tuple[One, ...]:
    if value == NONE and not reason:
        return ()
    if value not in (UP, DOWN) or (reason and value != DOWN):
        raise UnknownAnswer(_("A thumb is up, down or taken back, and only a thumb down has a reason."))
    because = (One("thumb_reason", rubric.ALPHA.question("thumb_reason").value_of(reason)),) if reason else ()
    return (One("thumb", value), *because)
