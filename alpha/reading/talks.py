"""One conversation as those read it who may see bundles: every turn with what was said of it, and how steady it was."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from alpha.models import Answer, Conversation, Message, Programme, Said, Voice
from alpha.reading import remarks, steadiness
from alpha.reading.ground import ground_of
from alpha.reading.inbox import flags_in
from alpha.reading.remarks import Remark
from alpha.reading.steadiness import MEASURES, Measure, Point
from core.catalog.content import ERASED
from core.text.rendering import render
from stats.consistency import spread

LEAST_SCORED = 3
"""Of fewer scored turns than this a deviation says nothing of a conversation."""


@dataclass(frozen=True)
class Course:
    """A voice's scores turn by turn in one conversation; `bundle` is who it is."""

    measure: Measure
    place: int
    bundle: str
    points: Sequence[Point]

    @property
    def by_words(self) -> bool:
        return any(point.source == "words" for point in self.points)

    @cached_property
    def deviation(self) -> float | None:
        """How far the scores stray from their mean; None of fewer than LEAST_SCORED."""
        if len(self.points) < LEAST_SCORED:
            return None
        return spread(np.array([point.score for point in self.points]))


@dataclass(frozen=True)
class Answered:
    """One voice's answer: the last attempt, what was said of it, and how many attempts there were before."""

    answer: Answer
    bundle: str
    letter: str
    before: int
    remarks: Sequence[Remark]

    @cached_property
    def html(self) -> str:
        return ERASED if self.answer.text is None else render(self.answer.text)

    @property
    def failed(self) -> bool:
        return self.answer.state in (Answer.State.FAILED, Answer.State.INTERRUPTED)


@dataclass(frozen=True)
class Turn:
    """What the person wrote, and the answers to it."""

    message: Message
    answers: Sequence[Answered]
    choices: Sequence[Remark]

    @cached_property
    def html(self) -> str:
        return ERASED if self.message.body is None else render(self.message.body)


@dataclass(frozen=True)
class Talk:
    """A conversation with all that stands in it."""

    conversation: Conversation
    voices: Sequence[Voice]
    turns: Sequence[Turn]
    form: Sequence[Remark]
    checks: Sequence[Remark]
    courses: Sequence[Course]


def talk_of(programme: Programme, conversation: Conversation) -> Talk:
    """All of a conversation that the asker has already been let into."""
    voices = list(Voice.objects.filter(conversation=conversation).select_related("bundle").order_by("place"))
    said = Said.objects.filter(conversation=conversation).order_by("judgment")
    rows = said.select_related("judgment__actor", "judgment__rubric_version", "answer")
    told = remarks.remarks_of(remarks.counted(rows))
    return Talk(
        conversation=conversation,
        voices=voices,
        turns=_turns(conversation, voices, told),
        form=[one for one in told if one.kind == Said.Kind.FORM],
        checks=[one for one in told if one.kind == Said.Kind.CHECK],
        courses=courses_of(programme, [conversation.pk]).get(conversation.pk, []),
    )


_OF_ALL = (Said.Kind.CHOICE, Said.Kind.FORM, Said.Kind.CHECK)
"""What is not said of one answer alone."""


def _turns(conversation: Conversation, voices: Sequence[Voice], told: Sequence[Remark]) -> list[Turn]:
    names = {voice.pk: (voice.bundle.name, "AB"[voice.place] if len(voices) > 1 else "") for voice in voices}
    of_answer: dict[UUID, list[Remark]] = defaultdict(list)
    of_message: dict[UUID, list[Remark]] = defaultdict(list)
    for one in told:
        if one.kind not in _OF_ALL:
            of_answer[one.said.answer_id].append(one)
        elif one.kind == Said.Kind.CHOICE:
            of_message[one.said.answer.message_id].append(one)
    attempts: dict[tuple[UUID, UUID], list[Answer]] = defaultdict(list)
    answers = Answer.objects.filter(message__conversation=conversation).order_by("voice__place", "attempt")
    for answer in answers:
        attempts[answer.message_id, answer.voice_id].append(answer)
    turns = []
    for message in Message.objects.filter(conversation=conversation).order_by("n"):
        mine = [(voice, tried) for voice in voices if (tried := attempts.get((message.pk, voice.pk)))]
        answered = [_answered(tried, *names[voice.pk], of_answer) for voice, tried in mine]
        turns.append(Turn(message, answered, of_message[message.pk]))
    return turns


def _answered(tried: Sequence[Answer], bundle: str, letter: str, said: Mapping[UUID, list[Remark]]) -> Answered:
    # What was said of an attempt that was asked for again stands with the last one, and is not lost.
    told = [one for answer in tried for one in said.get(answer.pk, ())]
    return Answered(tried[-1], bundle, letter, len(tried) - 1, told)


def courses_of(programme: Programme, conversations: Sequence[UUID]) -> dict[UUID, list[Course]]:
    """How the scores of each voice go in these conversations, warmth and agreement each by itself."""
    ground = ground_of(programme, conversations)
    texts, labelled = steadiness.texts_of(ground.seen), steadiness.labelled_in(ground)
    found: dict[UUID, list[Course]] = defaultdict(list)
    for measure in MEASURES:
        for (conversation, place), points in steadiness.series_of(measure, ground.seen, labelled, texts).items():
            bundle = ground.by_answer[points[0].answer].bundle
            found[conversation].append(Course(measure, place, bundle, points))
    return {pk: sorted(courses, key=lambda one: (one.measure != "warmth", one.place)) for pk, courses in found.items()}


@dataclass(frozen=True)
class Line:
    """A conversation in the list of them."""

    conversation: Conversation
    bundles: Sequence[str]
    turns: int
    flags: int
    courses: Sequence[Course]


def lines_of(programme: Programme, conversations: Sequence[Conversation]) -> list[Line]:
    """These conversations with what stands beside them in the list."""
    keys = [one.pk for one in conversations]
    turns = dict(_counted(Message.objects.filter(conversation__in=keys)))
    flags = dict(_counted(flags_in(programme).filter(conversation__in=keys)))
    bundles: dict[UUID, list[str]] = defaultdict(list)
    voices = Voice.objects.filter(conversation__in=keys).order_by("place")
    for conversation, bundle in voices.values_list("conversation", "bundle__name"):
        bundles[conversation].append(bundle)
    courses = courses_of(programme, keys)
    return [
        Line(one, bundles[one.pk], turns.get(one.pk, 0), flags.get(one.pk, 0), courses.get(one.pk, []))
        for one in conversations
    ]


def _counted(rows: "QuerySet[Any]") -> list[tuple[UUID, int]]:
    return list(rows.order_by("conversation").values_list("conversation").annotate(n=Count("pk")))


def measure_said(measure: str) -> str:
    """What a score is called."""
    return _("warmth") if measure == "warmth" else _("agreement")
