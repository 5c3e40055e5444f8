"""Reading conversations: whose they are, what stands in them, and how much of it its reader may see by now."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.http import Http404

from alpha.generating import pacing
from alpha.models import Answer, Conversation, Message, Voice, Volunteer
from alpha.selectors.programmes import is_running
from core.accounts.access import Member, Right
from core.endpoints.faults import words_for
from core.ledger.models import ActorLink
from core.tables.bulk import fetch
from core.text.rendering import render

State = Answer.State
UNFINISHED = (State.WAITING, State.STREAMING)
WITH_WORDS = (State.DONE, State.STOPPED)
BROKEN = (State.FAILED, State.INTERRUPTED)


@dataclass(frozen=True)
class Shown:
    """One answer as its reader may see it now: `text` is as far as the clock has come, `html` the same, rendered.

    `state` is the answer's, but "streaming" until all of it was shown. `attempts`: how often it was asked for.
    `fault` is a sentence for people where it failed or was interrupted.
    """

    place: int
    answer: Answer
    state: str
    text: str
    attempts: int = 1

    @cached_property
    def html(self) -> str:
        return render(self.text)

    @property
    def over(self) -> bool:
        return self.state != State.STREAMING

    @property
    def fault(self) -> str:
        return fault_of(self.state, self.answer.fault)


@dataclass(frozen=True)
class Line:
    """A message of the person and its answers by place, each the last attempt.

    `is_pair`: two answers stand that may be compared. `broken`: one of them broke, and nothing is said of either.
    """

    message: Message
    answers: list[Shown] = field(default_factory=list)

    @property
    def is_pair(self) -> bool:
        return len(self.answers) == 2 and all(one.state in WITH_WORDS and one.text for one in self.answers)

    @property
    def broken(self) -> bool:
        return any(one.state in BROKEN for one in self.answers)

    @property
    def over(self) -> bool:
        return all(one.over for one in self.answers)


@dataclass(frozen=True)
class Mark:
    """What is another whenever a conversation's reader should know something new of it, but for words that came.

    `answers` has the state of each answer, where those that are still to come have one state; `rest` is the
    conversation's own.
    """

    rest: tuple[Any, ...]
    answers: Mapping[UUID, str]

    def after(self, ended: Mapping[UUID, str]) -> "Mark":
        """What it becomes when these answers end in these states."""
        return Mark(self.rest, {**self.answers, **ended})

    def without(self, answers: Container[UUID]) -> "Mark":
        """The same, whatever became of these answers."""
        return Mark(self.rest, {pk: state for pk, state in self.answers.items() if pk not in answers})


def conversation_for(member: Member, pk: UUID) -> Conversation:
    """A conversation that is this person's own and not erased, with its programme. Raises Http404.

    A volunteer's while they take part, also when the programme is closed (`is_open` says whether it goes on); an
    expert's spot check.
    """
    rows = Conversation.objects.select_related("programme__project", "volunteer", "actor", "project")
    found = rows.filter(pk=pk, project=member.project, erased_at=None).first()
    if found is None or not (_is_volunteers(member, found) or _is_experts(member, found)):
        raise Http404("No such page.")
    return found


def again(conversation: Conversation) -> Conversation:
    """The same conversation as it is now, with what `is_open` and the clock ask of it."""
    return Conversation.objects.select_related("programme__project", "volunteer").get(pk=conversation.pk)


def conversations_of(volunteer: Volunteer) -> QuerySet[Conversation]:
    """A volunteer's conversations, newest first."""
    return Conversation.objects.filter(volunteer=volunteer, erased_at=None).order_by("-pk")


def is_open(conversation: Conversation) -> bool:
    """Whether more can be said in it."""
    if conversation.ended_at is not None or conversation.erased_at is not None:
        return False
    if not is_running(conversation.programme):
        return False
    return conversation.volunteer is None or conversation.volunteer.state == Volunteer.State.JOINED


def voices_of(conversation: Conversation) -> list[Voice]:
    """Who speaks in it, by place. Not for readers who are to stay blind: a voice names its bundle."""
    return list(Voice.objects.filter(conversation=conversation).order_by("place").select_related("bundle"))


def in_play(conversation: Conversation, voices: Sequence[Voice]) -> list[Voice]:
    """Those who answer the next turn."""
    goes_on = conversation.goes_on
    if len(voices) < 2 or goes_on == Conversation.GoesOn.BOTH:
        return list(voices)
    return [voices[0] if goes_on == Conversation.GoesOn.FIRST else voices[1]]


def mark_of(conversation: Conversation) -> Mark:
    """Its mark as it is now. One statement."""
    *rest, answers, states = fetch(_MARK, [conversation.pk])[0]
    return Mark(tuple(rest), dict(zip(answers, states, strict=True)))


def message_in(conversation: Conversation, pk: UUID) -> Message:
    """A message of this conversation. Raises Message.DoesNotExist."""
    return Message.objects.get(conversation=conversation, pk=pk)


def last_answers(message: Message) -> list[Answer]:
    """The last attempt of each voice that was asked, by place."""
    rows = Answer.objects.filter(message=message).select_related("voice").order_by("voice__place", "attempt")
    return list({row.voice.place: row for row in rows}.values())


def transcript(conversation: Conversation) -> list[Line]:
    """The conversation as its reader may see it now, in order."""
    messages = list(Message.objects.filter(conversation=conversation).order_by("n"))
    answers: dict[UUID, dict[int, Answer]] = {message.pk: {} for message in messages}
    counts: dict[UUID, int] = {}
    rows = Answer.objects.filter(message__in=messages).select_related("voice").order_by("voice__place", "attempt")
    for row in rows:
        answers[row.message_id][row.voice.place] = row
        counts[row.pk] = row.attempt
    now = database_now() if messages else None
    return [
        Line(message, shown(conversation, list(answers[message.pk].values()), now if message is messages[-1] else None))
        for message in messages
    ]


def shown(conversation: Conversation, answers: Sequence[Answer], now: datetime | None) -> list[Shown]:
    """One message's answers as far as the clock has come at `now`; None shows all of what is here."""
    sides = [side_of(answer) for answer in answers]
    upto = (
        pacing.released(sides, now_ms=since(answers[0], now), clock=clock_of(conversation)) if now and sides else None
    )
    # Not one before the other: which of two equal answers ended first tells which model is quick.
    over = upto is None or all(pacing.over(side, upto) for side in sides)
    return [
        Shown(
            answer.voice.place,
            answer,
            answer.state if over else State.STREAMING,
            (answer.text or "")[:upto],
            answer.attempt,
        )
        for answer in answers
    ]


def clock_of(conversation: Conversation) -> pacing.Clock:
    """By which clock its answers are shown; side by side the first words come when both have some."""
    programme = conversation.programme
    single = conversation.mode == Conversation.Mode.SINGLE
    return pacing.Clock(pace=programme.pace, first_ms=programme.first_ms if single else 0)


def side_of(answer: Answer) -> pacing.Side:
    """What the clock must know of an answer as it is stored."""
    ended = since(answer, answer.ended_at) if answer.ended_at else None
    broken = answer.state in BROKEN
    return pacing.Side(first_ms=answer.model_ms, length=len(answer.text or ""), ended_ms=ended, broken=broken)


def since(answer: Answer, at: datetime | None) -> float:
    """Milliseconds from when the answer was asked for until then; 0 for None."""
    return (at - answer.asked_at).total_seconds() * pacing.SECOND if at else 0.0


def fault_of(state: str, code: str) -> str:
    """A sentence for people about an answer in this state, "" where nothing is wrong. It names nothing of the model."""
    return words_for(code) if state in BROKEN else ""


def database_now() -> datetime:
    """The database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


_MARK = """
SELECT c.ended_at, c.erased_at, p.state, v.state, c.goes_on,
       a.ids, a.states
FROM alpha_conversation c
JOIN alpha_programme p ON p.id = c.programme_id
LEFT JOIN alpha_volunteer v ON v.id = c.volunteer_id
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(a.id), '{}') AS ids,
           coalesce(array_agg(CASE a.state WHEN 'waiting' THEN 'streaming' ELSE a.state END), '{}') AS states
    FROM alpha_message m JOIN alpha_answer a ON a.message_id = m.id WHERE m.conversation_id = c.id
) a
WHERE c.id = %s
"""


def _is_volunteers(member: Member, conversation: Conversation) -> bool:
    volunteer = conversation.volunteer
    if volunteer is None or not member.may(Right.CHAT):
        return False
    return bool(volunteer.user_id == member.user.pk and volunteer.state == Volunteer.State.JOINED)


def _is_experts(member: Member, conversation: Conversation) -> bool:
    if conversation.purpose != Conversation.Purpose.CHECK or not member.may(Right.SPOT_CHECK):
        return False
    return ActorLink.objects.filter(actor=conversation.actor_id, user=member.user).exists()
