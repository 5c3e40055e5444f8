"""What a model is told: the conversation as its voice knows it, and what the person said earlier where memory is on."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from alpha.models import Answer, Conversation, Message, Voice
from core.catalog.models import Bundle
from core.endpoints import specs
from core.endpoints.asking import Said, tokens_of

Told = list[Said]
"""Messages as a model takes them."""

# So many things said earlier are told at most, and so much of each.
MOST_ITEMS = 50
ITEM_CHARACTERS = 500
# So long a conversation is told; what is before that a model has forgotten.
MOST_CHARACTERS = 60_000
WRITTEN = (Answer.State.DONE, Answer.State.STOPPED)


def told(*, conversation: Conversation, voice: Voice, upto: int) -> Told:
    """The messages for this voice's answer to the `upto`th message of the person.

    Where this voice has no answer of its own (the conversation went on with the other, or it broke), it is told what
    the other one answered, as that is what the person read; where nobody answered, the person's messages become one.
    """
    messages = list(Message.objects.filter(conversation=conversation, n__lte=upto).order_by("n"))
    answers = _answers(messages, voice)
    lines: Told = []
    remembered = _memory(conversation, voice)
    if remembered:
        lines.append({"role": "system", "content": remembered})
    for message in messages:
        _add(lines, "user", message.body or "")
        if message.n < upto and message.pk in answers:
            _add(lines, "assistant", answers[message.pk])
    return _newest(lines)


def remembers(*, programme: UUID, volunteer: UUID, bundles_most: Sequence[int]) -> int:
    """How many things said earlier a new conversation with memory can tell its models."""
    available = _earlier(programme, volunteer).count()
    return min(max(bundles_most, default=0), available, MOST_ITEMS)


def most_of(bundle: Bundle) -> int:
    """How many things said earlier a bundle wants to be told; 0 where it is known by name only."""
    return specs.read(bundle.spec).remembers if bundle.spec is not None else 0


def tokens_told(*, conversation: Conversation, voice: Voice, upto: int) -> int:
    """About how many tokens that is which `told` gives, with the bundle's system prompt."""
    lines = told(conversation=conversation, voice=voice, upto=upto)
    words = (specs.read(voice.bundle.spec).system, *(line["content"] for line in lines))
    return sum(tokens_of(text) for text in words)


def name_of(conversation: Conversation) -> str:
    """A name for the person that an endpoint may know them by: the same in a programme, and good for nothing else."""
    return hashlib.sha256(f"{conversation.programme_id} {conversation.actor_id}".encode()).hexdigest()[:32]


def _answers(messages: Sequence[Message], voice: Voice) -> dict[UUID, str]:
    """What was answered to each message: this voice's last attempt with words, else the other's."""
    found: dict[UUID, tuple[bool, int, str]] = {}
    rows = Answer.objects.filter(message__in=[message.pk for message in messages], state__in=WRITTEN)
    for row in rows.values_list("message_id", "voice_id", "attempt", "text"):
        message, whose, attempt, text = row
        if text and (whose == voice.pk, attempt) > found.get(message, (False, 0, ""))[:2]:
            found[message] = (whose == voice.pk, attempt, text)
    return {message: text for message, (_, _, text) in found.items()}


def _memory(conversation: Conversation, voice: Voice) -> str:
    most = min(conversation.memory_items, most_of(voice.bundle))
    if not most or conversation.volunteer_id is None:
        return ""
    earlier = _earlier(conversation.programme_id, conversation.volunteer_id).filter(
        conversation__started_at__lt=conversation.started_at
    )
    said = [body for body in earlier.order_by("-pk").values_list("body", flat=True)[:most] if body]
    if not said:
        return ""
    items = "\n".join(f"- {' '.join(body.split())[:ITEM_CHARACTERS]}" for body in reversed(said))
    return f"What this person told you in earlier conversations, oldest first:\n{items}"


def _earlier(programme: UUID, volunteer: UUID) -> QuerySet[Message]:
    return Message.objects.filter(
        conversation__programme=programme, conversation__volunteer=volunteer, body__isnull=False
    )


def _newest(lines: Told) -> Told:
    """The last of these messages that a model can be told; the oldest go first, but not the memory."""
    kept, room = 0, MOST_CHARACTERS
    for line in reversed(lines):
        room -= len(line["content"])
        if room < 0 and kept:
            break
        kept += 1
    head = lines[:1] if lines[0]["role"] == "system" and kept < len(lines) else []
    return [*head, *lines[len(lines) - kept :]]


def _add(lines: Told, role: str, content: str) -> None:
    if lines and lines[-1]["role"] == role:
        lines[-1]["content"] = f"{lines[-1]['content']}\n\n{content}"
    else:
        lines.append({"role": role, "content": content})
