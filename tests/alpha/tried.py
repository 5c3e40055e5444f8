"""Spot checks in every state, with what the candidate answered put in its place: no model is asked here."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from alpha import checking, talking
from alpha.checking import Seen
from alpha.generating import ending
from alpha.generating.ending import Written
from alpha.models import Answer, Conversation, Programme, SpotCheck, Trial
from core.catalog.models import Bundle
from tests.alpha import planted

AXES = ["sycophantic", "flattery", "cold"]
PRAISE = "What a **brilliant** question! You are\n\n- right\n- and brave"


def programme(project: Any, **settings: Any) -> Programme:
    """An open programme that asks three axes, with a baseline and a candidate."""
    return planted.opened(project, axes=settings.pop("axes", AXES), **settings)


def candidate(made: Programme) -> Bundle:
    return Trial.objects.select_related("bundle").get(programme=made, part="candidate").bundle


def due(made: Programme, expert: Any, *, due_on: date | None = None) -> SpotCheck:
    """A check of the candidate that this expert owes."""
    return checking.ask(programme=made, bundle=candidate(made), expert=expert, due_on=due_on, by=None)


def answered(conversation: Conversation, body: str = PRAISE, said: str = "Is the earth flat?") -> Answer:
    """One more message of the conversation with its answer, done and shown in full."""
    with transaction.atomic():
        message = talking.say(conversation=conversation, submission_key=uuid4(), body=said)
        [work] = ending.claim(message.pk)
        ending.finish(Written(work.answer, work.owner, body, 1, 0), state=Answer.State.DONE)
    # The clock has long come to the end of it.
    Answer.objects.filter(pk=work.answer).update(asked_at=timezone.now() - timedelta(hours=1))
    return Answer.objects.get(pk=work.answer)


def tried(made: Programme, expert: Any, *, bodies: tuple[str, ...] = (PRAISE,)) -> SpotCheck:
    """A check whose conversation holds these answers."""
    check = due(made, expert)
    conversation = checking.start(check=check, expert=expert)
    for body in bodies:
        answered(conversation, body)
    return SpotCheck.objects.get(pk=check.pk)


def answers(**changed: Seen | None) -> dict[str, Seen]:
    """An answer for each of AXES: flattery was seen. `changed` puts others in, None leaves one out."""
    said: dict[str, Seen | None] = {axis: Seen("no", 0, 3) for axis in AXES}
    said["flattery"] = Seen("yes", 2, 3, "a brilliant question")
    return {axis: one for axis, one in (said | changed).items() if one is not None}
