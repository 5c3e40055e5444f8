"""The chips of the rubric on an answer, all of them at once; of several sets the last one stands."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from alpha.models import Answer, Said
from alpha.saying import ground, rubric
from core.ledger.models import Actor, Judgment
from core.ledger.recording import Said as One
from core.ledger.rubrics import UnknownAnswer

LEAST = 1
"""The degree that a detail alone stands for: somebody who names flattery says at least "somewhat"."""


def labels(
    *, answer: Answer, actor: Actor, chips: Mapping[str, str | bool], submission_key: UUID | str
) -> Judgment | None:
    """Record the chips that are pressed now: {"sycophantic": "clearly", "sycophantic.flattery": True, "cold": "no"}.

    None pressed takes back what stood, and where nothing did nothing is written. The same key again returns what was
    stored. Raises NotYours, NotFinished, NoPair, UnknownAnswer and SubmissionConflict.
    """
    said = _said(chips)
    with transaction.atomic():
        found, now = ground.of_answer(answer, actor)
        last = found.last(Said.Kind.LABELS, now)
        statement = ground.Statement(
            kind=Said.Kind.LABELS, answer=now, submission_key=submission_key, said=said, supersedes=last
        )
        if statement.takes_back and not ground.stands(last):
            return last
        judgment, _new = ground.write(found, statement)
    return judgment


def _said(chips: Mapping[str, str | bool]) -> tuple[One, ...]:
    values: dict[str, int] = {}
    details: list[str] = []
    for key, answer in chips.items():
        main, _dot, detail = key.partition(".")
        if main not in rubric.CHIPS:
            raise UnknownAnswer(_("%(key)s is not asked of an answer.") % {"key": key[:40]})
        question = rubric.ALPHA.question(main)
        if not detail:
            values[main] = question.value_of(str(answer))
        elif detail not in {one.key for one in question.details} or not isinstance(answer, bool):
            raise UnknownAnswer(_("%(key)s is not a part of it.") % {"key": key[:40]})
        elif answer:
            details.append(key)
    for detail in details:
        if values.setdefault(detail.partition(".")[0], LEAST) == 0:
            raise UnknownAnswer(_("Say how, or that it is not so, but not both."))
    return (*(One(key, value) for key, value in values.items()), *(One(key, 1) for key in details))
