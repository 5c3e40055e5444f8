"""Flags: that an answer felt off, and reports of one that should not be there."""

from uuid import UUID

from django.db import transaction

from alpha.models import Answer, Said
from alpha.saying import ground, rubric
from core.ledger.models import Actor, Judgment
from core.ledger.recording import Said as One


def felt_off(*, answer: Answer, actor: Actor, note: str, submission_key: UUID | str) -> Judgment:
    """Record that an answer felt off, with a note or an empty one; said again, the last note stands.

    The same key again returns what was stored. Raises NotYours, NotFinished, NoPair, TooLong and SubmissionConflict.
    """
    words = ground.note(note)
    with transaction.atomic():
        found, now = ground.of_answer(answer, actor)
        statement = ground.Statement(
            kind=Said.Kind.FELT_OFF,
            answer=now,
            submission_key=submission_key,
            said=(One("felt_off", 1),),
            words={"note": words} if words else None,
            supersedes=found.last(Said.Kind.FELT_OFF, now),
        )
        judgment, _new = ground.write(found, statement)
    return judgment


def report(*, answer: Answer, actor: Actor, reason: str, words: str, submission_key: UUID | str) -> Judgment:
    """Record a report, whose `reason` is one of the rubric's REPORTS; each stands by itself, also on a broken pair.

    The same key again returns what was stored. Raises NotYours, NotFinished, TooLong, UnknownAnswer and
    SubmissionConflict.
    """
    value = rubric.ALPHA.question("report").value_of(reason)
    kept = ground.note(words)
    with transaction.atomic():
        found, now = ground.of_answer(answer, actor, broken=True)
        statement = ground.Statement(
            kind=Said.Kind.REPORT,
            answer=now,
            submission_key=submission_key,
            said=(One("report", value),),
            words={"note": kept} if kept else None,
        )
        judgment, _new = ground.write(found, statement)
    return judgment
