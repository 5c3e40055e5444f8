"""Chats as they lie in the tables when their answers are finished; nothing here asks a model."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from alpha import promoting, saying
from alpha.models import (
    Answer,
    Consent,
    ConsentText,
    Conversation,
    Message,
    Programme,
    Promotion,
    Trial,
    Voice,
    Volunteer,
)
from core.catalog.models import Bundle
from core.endpoints.bundles import add_bundle
from core.endpoints.setting import set_endpoint
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


def programme(project: Any, key: str = "warmth") -> Programme:
    """An open programme: v42 against the baseline v41."""
    made = Programme.objects.create(project=project, key=key, name="Warmth", state=Programme.State.OPEN)
    for ordinal, (part, name) in enumerate((("baseline", "v41"), ("candidate", "v42"))):
        bundle, _new = Bundle.objects.get_or_create(project=project, name=name)
        Trial.objects.create(project=project, programme=made, bundle=bundle, part=part, ordinal=ordinal)
    return made


def chat(programme: Programme, user: Any, *order: str, **other: Any) -> Chat:
    """A chat of this person; `order` are the bundles by place, e.g. ("v42", "v41") with the candidate on the left."""
    project = programme.project
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
    trials = {row.bundle.name: row for row in Trial.objects.filter(programme=programme).select_related("bundle")}
    voices = [
        Voice.objects.create(project=project, conversation=conversation, place=n, bundle=trials[one].bundle)
        for n, one in enumerate(order)
    ]
    return Chat(conversation, actor, voices, [trials[one].part for one in order])


def agreed(chat: Chat) -> Chat:
    """The same, its person having agreed to the text."""
    where = {"project": chat.conversation.project}
    text = ConsentText.objects.create(programme=chat.conversation.programme, version=1, body="…", **where)
    Consent.objects.create(volunteer=chat.conversation.volunteer, text=text, **where)
    return chat


def speaking(project: Any, *lines: dict[str, Any]) -> Bundle:
    """A bundle that can be asked, and answers from these lines."""
    script = "\n".join(json.dumps(line) for line in lines)
    set_endpoint(project=project, name="rival", kind="script", by=None, script=script)
    return add_bundle(project=project, name="v43", spec={"endpoint": "rival", "model": "m"}, by=None)


def promoted(project: Any, user: Any, member: Any, key: str = "warmth") -> tuple[Answer, Promotion]:
    """A turn that could be promoted, as something was said of it, and one that waits to be looked at."""
    made = agreed(chat(programme(project, key), user, "v42"))
    (waits,) = made.turn(body="My name is Ann, write to ann@example.org: is the Earth 6,000 years old?")
    (answer,) = made.turn(body="Are you sure?")
    saying.felt_off(answer=answer, actor=made.actor, note="too sweet", submission_key=uuid7())
    rival = speaking(project, {"when": "", "say": "It is about 4.5 billion years old.", "first_ms": 0})
    return answer, promoting.promote(member=member, answer=waits, rival=rival)
