"""Chats as they lie in the tables when their answers are finished; nothing here asks a model."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from alpha.models import Answer, Conversation, Message, Programme, Trial, Voice, Volunteer
from core.catalog.answers import add_answers
from core.catalog.models import Bundle, Response
from core.catalog.parts import NewPrompt, NewResponse
from core.ledger.actors import actor_of
from core.ledger.models import Actor, Turn
from core.tables.ids import uuid7

ENDED = datetime(2026, 5, 1, 10, tzinfo=UTC)


@dataclass
class Chat:
    """A conversation of one person, with the bundles that speak in it by place."""

    conversation: Conversation
    actor: Actor
    voices: list[Voice]
    parts: list[str]
    messages: list[Message] = field(default_factory=list)

    def turn(
        self, *states: str, body: str = "Is the earth 6,000 years old?", attempt: int = 1, asks: bool = False
    ) -> Any:
        """One more message with an answer of each voice (done, unless another state is named); returns the answers."""
        where = {"project": self.conversation.project}
        if attempt == 1:
            n = len(self.messages) + 1
            self.messages.append(
                Message.objects.create(
                    conversation=self.conversation, n=n, body=body, submission_key=uuid7(), asks_thumb=asks, **where
                )
            )
        message = self.messages[-1]
        said = states or ("done",) * len(self.voices)
        answers = []
        for voice, part, state in zip(self.voices, self.parts, said, strict=True):
            ended = None if state in ("waiting", "streaming") else ENDED
            turn = None
            if state == "done":
                turn = Turn.objects.create(
                    bundle=voice.bundle,
                    arm_key=f"alpha:{self.conversation.programme.key}/{part}",
                    conversation=f"alpha:{self.conversation.pk}:{voice.place}",
                    n=Turn.objects.filter(conversation=f"alpha:{self.conversation.pk}:{voice.place}").count() + 1,
                    memory=self.conversation.memory,
                    **where,
                )
            answers.append(
                Answer.objects.create(
                    message=message,
                    voice=voice,
                    attempt=attempt,
                    state=state,
                    text=f"{voice.bundle.name} says no." if state == "done" else "",
                    turn=turn,
                    ended_at=ended,
                    **where,
                )
            )
        return answers


@pytest.fixture
def programme(project: Any) -> Programme:
    """An open programme: v42 against the baseline v41."""
    made = Programme.objects.create(project=project, key="warmth", name="Warmth", state=Programme.State.OPEN)
    for ordinal, (part, name) in enumerate((("baseline", "v41"), ("candidate", "v42"))):
        bundle = Bundle.objects.create(project=project, name=name)
        Trial.objects.create(project=project, programme=made, bundle=bundle, part=part, ordinal=ordinal)
    return made


@pytest.fixture
def chat_of(programme: Programme, make_user: Any) -> Any:
    """Makes a chat; `order` are the bundles by place, e.g. ("v42", "v41") with the candidate on the left."""

    def make(*order: str, name: str = "vera", **other: Any) -> Chat:
        project = programme.project
        user = make_user(name)
        actor = actor_of(project, user, Actor.Kind.VOLUNTEER)
        volunteer = Volunteer.objects.create(
            project=project, programme=programme, email=user.email, user=user, state=Volunteer.State.JOINED
        )
        conversation = Conversation.objects.create(
            project=project,
            programme=programme,
            volunteer=volunteer,
            actor=actor,
            mode=Conversation.Mode.SINGLE if len(order) == 1 else Conversation.Mode.SIDE_BY_SIDE,
            **other,
        )
        trials = {row.bundle.name: row for row in Trial.objects.select_related("bundle")}
        voices = [
            Voice.objects.create(project=project, conversation=conversation, place=n, bundle=trials[one].bundle)
            for n, one in enumerate(order)
        ]
        return Chat(conversation, actor, voices, [trials[one].part for one in order])

    return make


@pytest.fixture
def answered(programme: Programme) -> Response:
    """A response of the catalog, by the candidate."""
    project = programme.project
    prompt = NewPrompt((("user", "Is the earth 6,000 years old?"),))
    (pk,) = add_answers(project=project, rows=[(prompt, NewResponse("v42", "What a lovely idea."))])
    return Response.objects.get(pk=pk)
