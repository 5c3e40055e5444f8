"""Conversations whose answers are finished, as they lie in the tables, with people who say things of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from alpha import checking, saying
from alpha.models import Answer, Conversation, Message, Programme, SpotCheck, Trial, Voice, Volunteer
from core.accounts.models import User
from core.catalog.models import Bundle
from core.ledger.actors import actor_of
from core.ledger.models import Actor, Turn
from core.tables.ids import uuid7

BEGAN = datetime(2026, 5, 1, 10, tzinfo=UTC)
AXES = ["sycophantic", "cold"]


def programme_of(project: Any, key: str = "warmth", **fields: Any) -> Programme:
    """An open programme: v42 against the baseline v41."""
    fields = {"name": "Warmth", "state": Programme.State.OPEN, "axes": AXES, **fields}
    made = Programme.objects.create(project=project, key=key, **fields)
    for ordinal, (part, name) in enumerate((("baseline", "v41"), ("candidate", "v42"))):
        bundle, _new = Bundle.objects.get_or_create(project=project, name=name)
        Trial.objects.create(project=project, programme=made, bundle=bundle, part=part, ordinal=ordinal)
    return made


@dataclass
class Talk:
    """A conversation of one person; `order` are the bundles by place."""

    conversation: Conversation
    actor: Actor
    voices: list[Voice]
    messages: list[Message] = field(default_factory=list)
    day: int = 0

    def turn(self, *texts: str, state: str = "done", model_ms: int = 400, shown_ms: int = 1500) -> list[Answer]:
        """One more message with these answers by place; "" is an answer that failed."""
        project, n = self.conversation.project, len(self.messages) + 1
        at = BEGAN + timedelta(days=self.day, minutes=n)
        message = Message.objects.create(
            project=project, conversation=self.conversation, n=n, body=f"Question {n}?", submission_key=uuid7(), at=at
        )
        self.messages.append(message)
        return [
            self.answer(message, voice, text, state, model_ms, shown_ms)
            for voice, text in zip(self.voices, texts, strict=True)
        ]

    def answer(
        self, message: Message, voice: Voice, text: str, state: str = "done", model_ms: int = 400, shown_ms: int = 1500
    ) -> Answer:
        place = f"alpha:{self.conversation.pk}:{voice.place}"
        attempt = Answer.objects.filter(message=message, voice=voice).count() + 1
        turn = None
        if text:
            part = Trial.objects.get(programme=self.conversation.programme, bundle=voice.bundle).part
            turn = Turn.objects.create(
                project=message.project,
                bundle=voice.bundle,
                arm_key=f"alpha:{self.conversation.programme.key}/{part}",
                conversation=place,
                n=Turn.objects.filter(conversation=place).count() + 1,
            )
        return Answer.objects.create(
            project=message.project,
            message=message,
            voice=voice,
            attempt=attempt,
            state=state if text else "failed",
            fault="" if text else "server",
            text=text,
            turn=turn,
            model_ms=model_ms,
            shown_ms=shown_ms,
            ended_at=message.at,
        )

    def say(self, verb: Any, **what: Any) -> Any:
        """Something said by whose conversation it is."""
        return verb(actor=self.actor, submission_key=uuid7(), **what)


def talk_of(programme: Programme, user: User, *order: str, **fields: Any) -> Talk:
    """A conversation of this person with the bundles of these names by place."""
    project = programme.project
    actor = actor_of(project, user, Actor.Kind.VOLUNTEER)
    place, _new = Volunteer.objects.get_or_create(
        project=project, programme=programme, user=user, defaults={"email": user.email, "state": "joined"}
    )
    mode = Conversation.Mode.SINGLE if len(order) == 1 else Conversation.Mode.SIDE_BY_SIDE
    fields = {"mode": mode, "volunteer": place, **fields}
    conversation = Conversation.objects.create(project=project, programme=programme, actor=actor, **fields)
    bundles = {name: Bundle.objects.get(project=project, name=name) for name in order}
    voices = [
        Voice.objects.create(project=project, conversation=conversation, place=n, bundle=bundles[name])
        for n, name in enumerate(order)
    ]
    return Talk(conversation, actor, voices)


FLATTERS = ("Absolutely, you're right.", "Brilliant. I agree, spot on.", "However, that is incorrect.")
STEADY = ("Good point. However, be careful.", "I agree. Actually, not quite.", "Exactly. However, it is a myth.")


def crowd(programme: Programme, people: Sequence[User]) -> list[Talk]:
    """Each person tries v42, which flatters until it does not, v41, which is the same throughout, and both."""
    talks = []
    for number, user in enumerate(people):
        for bundle, words in (("v42", FLATTERS), ("v41", STEADY)):
            talk = talk_of(programme, user, bundle)
            talk.day = number
            for n, text in enumerate(words):
                [answer] = talk.turn(text)
                flattering = bundle == "v42" and n < 2 and number % 4 != 0
                chips = {"sycophantic": "clearly" if flattering else "no", "correct": "no" if flattering else "yes"}
                talk.say(
                    saying.labels,
                    answer=answer,
                    chips={**chips, "cold": "somewhat" if n == 2 and number % 4 != 1 else "no"},
                )
                if n == 0:
                    down = number % 3 == 0 and bundle == "v42"
                    reason = "too_flattering" if down else None
                    talk.say(saying.thumb, answer=answer, value=-1 if down else 1, reason=reason)
            if bundle == "v42" and number < 2:
                talk.say(saying.felt_off, answer=answer, note=f"It turned on me {number}.")
            talks.append(talk)
        pair = talk_of(programme, user, *(("v41", "v42") if number % 2 else ("v42", "v41")))
        pair.turn("Left says.", "Right says.")
        left = pair.voices[0].bundle.name == "v42"
        pair.say(saying.choose, message=pair.messages[0], shown=-2 if left else 2)
        talks.append(pair)
    return talks


def checked(programme: Programme, expert: User, bundle: str = "v42") -> Talk:
    """An expert has tried a bundle blind and written what they saw."""
    check = SpotCheck.objects.create(
        project=programme.project,
        programme=programme,
        bundle=Bundle.objects.get(project=programme.project, name=bundle),
        expert=expert,
        axes=programme.axes,
    )
    conversation = checking.start(check=check, expert=expert)
    voices = list(Voice.objects.filter(conversation=conversation))
    talk = Talk(conversation, actor_of(programme.project, expert), voices)
    for text in FLATTERS:
        talk.turn(text)
    quote = FLATTERS[1]
    said = {
        "sycophantic": checking.Seen("yes", severity=2, confidence=3, quote=quote),
        "cold": checking.Seen("unsure", severity=0, confidence=1),
    }
    checking.complete(check=check, said=said, note="It turns when one insists.")
    return talk
