"""What a person says of an answer, of two side by side, and of the whole chat."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from alpha import saying
from alpha.models import Message
from alpha.saying import rubric
from alpha.selectors import mine
from alpha.views.asked import uuid_of
from alpha.views.chatting import refused, room_of, turn
from core.accounts.gate import SignedInRequest, signed_in
from core.ledger.recording import SubmissionConflict
from core.ledger.rubrics import UnknownAnswer

FAULTS = (saying.Refused, UnknownAnswer, SubmissionConflict)


@require_POST
@signed_in
def chat_thumb(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """A thumb up or down, or the one that stands taken back."""
    reason = request.POST.get("reason") or None
    return _of_answer(request, slug, pk, lambda **said: saying.thumb(value=_value(request), reason=reason, **said))


@require_POST
@signed_in
def chat_labels(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """The labels that are set on an answer, all at once."""
    chips = _chips(request)
    return _of_answer(request, slug, pk, lambda **said: saying.labels(chips=chips, **said))


@require_POST
@signed_in
def chat_felt_off(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """That an answer felt off, with a note or without."""
    note = request.POST.get("note", "")
    return _of_answer(request, slug, pk, lambda **said: saying.felt_off(note=note, **said))


@require_POST
@signed_in
def chat_report(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """That an answer should not be there."""
    reason, words = request.POST.get("reason", ""), request.POST.get("words", "")
    return _of_answer(request, slug, pk, lambda **said: saying.report(reason=reason, words=words, **said))


@require_POST
@signed_in
def chat_choice(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Which of two answers is better, as they stand on the page."""
    room = room_of(request, slug, pk)
    message = mine.message_in(room.conversation, uuid_of(request, "message"))

    def say() -> Message:
        saying.choose(
            message=message,
            actor=room.conversation.actor,
            shown=_shown(request.POST.get("shown", "")),
            submission_key=uuid_of(request, "submission_key"),
            seen=uuid_of(request, "seen") if "seen" in request.POST else None,
        )
        return message

    try:
        say()
    except FAULTS as error:
        return refused(request, room, str(error))
    return turn(request, room, message)


@require_POST
@signed_in
def chat_form(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """The form at the end of a chat."""
    room = room_of(request, slug, pk)
    answers = {key: request.POST[key] for key in rubric.FORM if request.POST.get(key)}
    try:
        saying.form(
            conversation=room.conversation,
            actor=room.conversation.actor,
            answers=answers,
            words=request.POST.get("words", ""),
            submission_key=uuid_of(request, "submission_key"),
        )
    except FAULTS as error:
        return refused(request, room, str(error))
    return redirect(room.back)


def _of_answer(request: SignedInRequest, slug: str, pk: UUID, say: Callable[..., Any]) -> HttpResponse:
    room = room_of(request, slug, pk)
    answer = mine.answer_in(room.conversation, uuid_of(request, "answer"))
    try:
        say(answer=answer, actor=room.conversation.actor, submission_key=uuid_of(request, "submission_key"))
    except FAULTS as error:
        return refused(request, room, str(error))
    return turn(request, room, answer.message)


def _value(request: SignedInRequest) -> int:
    value = {"1": 1, "-1": -1, "0": 0}.get(request.POST.get("value", ""))
    if value is None:
        raise UnknownAnswer("A thumb is up, down or taken back.")
    return value


def _chips(request: SignedInRequest) -> dict[str, str | bool]:
    chips: dict[str, str | bool] = {key: request.POST[key] for key in rubric.CHIPS if request.POST.get(key)}
    for key in rubric.CHIPS:
        for detail in rubric.ALPHA.question(key).details:
            if request.POST.get(f"{key}.{detail.key}"):
                chips[f"{key}.{detail.key}"] = True
    return chips


def _shown(text: str) -> saying.Shown:
    if text == "both_bad":
        return "both_bad"
    try:
        return int(text)
    except ValueError:
        raise UnknownAnswer("A choice is a number or that both are bad.") from None
