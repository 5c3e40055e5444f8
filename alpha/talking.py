"""What a person does in a chat: begin, say, stop, ask again, go on with one or both, end.

Each function owns its transaction, and what it stores is stored before any model is asked. Who is asking was settled
by `alpha.selectors.chats.conversation_for`.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from alpha import budgets, contexts, drawing
from alpha.budgets import OverBudget
from alpha.drawing import NotOffered
from alpha.generating import ending, serving, watching
from alpha.models import Answer, Conversation, Message, Programme, Voice, Volunteer
from alpha.selectors import chats
from alpha.selectors.places import has_agreed, taking_part
from core import failpoints
from core.accounts.access import Member
from core.accounts.models import User
from core.catalog.models import Bundle
from core.endpoints import specs
from core.jobs.queue import enqueue
from core.ledger.actors import actor_of
from core.ledger.models import Actor
from core.live.topics import publish

__all__ = [
    "NotNow",
    "NotOffered",
    "OverBudget",
    "again",
    "begin",
    "begin_check",
    "end",
    "go_on",
    "say",
    "stop",
]

JOB = "alpha.answers"
# The process that took the message asks the model at once; if it died, a worker does after this.
UNCLAIMED = timedelta(seconds=5)
LONGEST = 8000
LONGEST_DOMAIN = 40


class NotNow(Exception):
    """The conversation cannot take this now; the message says why to the person."""


def begin(
    *, member: Member, programme: Programme, mode: str, domain: str = "", simulated: bool = False
) -> Conversation:
    """A new conversation of a volunteer who takes part. Who speaks, on which side, and memory are drawn and kept.

    Raises Http404 and `alpha.selectors.places.NotConsented` as `taking_part` does, and NotOffered.
    """
    volunteer = taking_part(member.user, member.project, programme.key)
    with transaction.atomic():
        _hold(volunteer)
        bundles = drawing.voices(programme, mode)
        actor = actor_of(member.project, member.user, kind=Actor.Kind.VOLUNTEER)
        memory = drawing.with_memory(programme)
        conversation = Conversation.objects.create(
            project=member.project,
            programme=programme,
            volunteer=volunteer,
            actor=actor,
            mode=mode,
            memory="on" if memory else "off",
            memory_items=_remembered(programme, volunteer, bundles) if memory else 0,
            domain=domain[:LONGEST_DOMAIN],
            simulated=simulated,
        )
        _give_voices(conversation, bundles)
        _tell(conversation)
    return conversation


def begin_check(*, programme: Programme, bundle: Bundle, user: User, actor: Actor | None = None) -> Conversation:
    """A new conversation of an expert with this bundle, blind, for a spot check."""
    with transaction.atomic():
        conversation = Conversation.objects.create(
            project_id=programme.project_id,
            programme=programme,
            actor=actor or actor_of(programme.project, user, kind=Actor.Kind.EXPERT),
            purpose=Conversation.Purpose.CHECK,
            mode=Conversation.Mode.SINGLE,
        )
        _give_voices(conversation, [bundle])
        _tell(conversation)
    return conversation


def say(*, conversation: Conversation, submission_key: UUID, body: str) -> Message:
    """Store what the person wrote, with an answer to come from each voice in play; the same key again changes nothing.

    Raises NotNow while an answer is being written, for a text that is empty or too long, in a conversation that is
    over, and before they have agreed to the programme's newest text; OverBudget.
    """
    words = _kept(body)
    with transaction.atomic():
        locked = _lock(conversation)
        told = Message.objects.filter(conversation=locked, submission_key=submission_key).first()
        if told is not None:
            return told
        _require_open(locked)
        _require_agreed(locked)
        _require_words(words)
        last = Message.objects.filter(conversation=locked).order_by("-n").first()
        if last is not None and _is_being_answered(last):
            raise NotNow(_("An answer is still being written. Wait for it, or stop it."))
        message = Message.objects.create(
            project_id=locked.project_id,
            conversation=locked,
            n=last.n + 1 if last else 1,
            body=words,
            submission_key=submission_key,
            asks_thumb=drawing.happens(locked.programme.ask_share),
        )
        _ask(locked, message, chats.in_play(locked, chats.voices_of(locked)), attempt=1)
    failpoints.reached("chat.said")
    return message


def again(message: Message) -> Message:
    """Have the last message answered anew, by every voice that was asked: after a fault, or since the person wants to.

    While an answer is being written nothing happens. Raises NotNow and OverBudget.
    """
    with transaction.atomic():
        conversation = _lock(message.conversation)
        _require_open(conversation)
        _require_agreed(conversation)
        if Message.objects.filter(conversation=conversation, n__gt=message.n).exists():
            raise NotNow(_("Only the last answer can be asked for again."))
        if not _is_being_answered(message):
            answers = chats.last_answers(message)
            attempt = max(answer.attempt for answer in answers) + 1
            places = {answer.voice.place for answer in answers}
            voices = [voice for voice in chats.voices_of(conversation) if voice.place in places]
            _ask(conversation, message, voices, attempt=attempt)
    return message


def stop(answer: Answer) -> None:
    """Write no more of it. What its reader has seen by now stays, and counts as an answer if it is words."""
    seen = watching.shown_of(answer.pk)
    with transaction.atomic():
        conversation = ending.stop(answer.pk, seen=seen)
        if conversation is not None:
            publish(f"chat.{conversation}")
    serving.stop(answer.pk)


def go_on(*, conversation: Conversation, goes_on: str) -> None:
    """With which voices the next turn goes on (`Conversation.GoesOn`). Raises NotNow."""
    with transaction.atomic():
        locked = _lock(conversation)
        _require_open(locked)
        if locked.mode != Conversation.Mode.SIDE_BY_SIDE or goes_on not in Conversation.GoesOn.values:
            raise NotNow(_("There is nothing to choose from in this conversation."))
        Conversation.objects.filter(pk=locked.pk).update(goes_on=goes_on)
        publish(f"chat.{locked.pk}")


def end(conversation: Conversation) -> None:
    """Nothing more is said in it; what is being written is stopped. Twice is as once."""
    with transaction.atomic():
        locked = _lock(conversation)
        if locked.ended_at is None:
            Conversation.objects.filter(pk=locked.pk).update(ended_at=Now())
        unfinished = ending.unfinished_of(locked)
        for answer in unfinished:
            ending.stop(answer, seen=0)
        _tell(locked)
    for answer in unfinished:
        serving.stop(answer)


def _hold(volunteer: Volunteer) -> None:
    """Keep the place as it is until the transaction ends. Raises Http404 if they left since they were looked up."""
    rows = Volunteer.objects.select_for_update(of=("self",), no_key=True).select_related("programme")
    if not has_agreed(rows.get(pk=volunteer.pk)):
        raise Http404("No such page.")


def _lock(conversation: Conversation) -> Conversation:
    rows = Conversation.objects.select_for_update(of=("self",)).select_related(
        "programme__project", "volunteer__programme"
    )
    return rows.get(pk=conversation.pk)


def _require_open(conversation: Conversation) -> None:
    if not chats.is_open(conversation):
        raise NotNow(_("This conversation is over."))


def _require_agreed(conversation: Conversation) -> None:
    volunteer = conversation.volunteer
    if volunteer is not None and not has_agreed(volunteer):
        raise NotNow(_("There is a new text to agree to. Read it on the programme's page before you go on."))


def _kept(body: str) -> str:
    """What is stored of it: no character that no table can keep, and a line's end is one character, as in the field."""
    return body.replace("\x00", "").replace("\r\n", "\n")


def _require_words(body: str) -> None:
    if not body.strip():
        raise NotNow(_("There is nothing to send yet."))
    if len(body) > LONGEST:
        raise NotNow(_("This is too long: at most %(most)d characters can be sent at once.") % {"most": LONGEST})


def _is_being_answered(message: Message) -> bool:
    return Answer.objects.filter(message=message, state__in=chats.UNFINISHED).exists()


def _ask(conversation: Conversation, message: Message, voices: Sequence[Voice], *, attempt: int) -> None:
    """An answer to come from each of these voices, its tokens set aside, and what has them written on commit."""
    for voice in voices:
        answer = Answer.objects.create(
            project_id=conversation.project_id, message=message, voice=voice, attempt=attempt
        )
        budgets.reserve(answer=answer, conversation=conversation, tokens=_likely(conversation, message, voice))
    enqueue(
        kind=JOB,
        args={"message": str(message.pk)},
        run_after=timezone.now() + UNCLAIMED,
    )
    transaction.on_commit(lambda: serving.start(message.pk), robust=True)
    _tell(conversation)


def _likely(conversation: Conversation, message: Message, voice: Voice) -> int:
    """The tokens that this answer may take: all that is told, and the longest answer."""
    told = contexts.tokens_told(conversation=conversation, voice=voice, upto=message.n)
    return told + specs.read(voice.bundle.spec).most_tokens


def _give_voices(conversation: Conversation, bundles: Sequence[Bundle]) -> None:
    for place, bundle in enumerate(bundles):
        Voice.objects.create(project_id=conversation.project_id, conversation=conversation, place=place, bundle=bundle)


def _remembered(programme: Programme, volunteer: Volunteer, bundles: Sequence[Bundle]) -> int:
    most = [contexts.most_of(bundle) for bundle in bundles]
    return contexts.remembers(programme=programme.pk, volunteer=volunteer.pk, bundles_most=most)


def _tell(conversation: Conversation) -> None:
    publish(f"chat.{conversation.pk}")
    publish(f"alpha.{conversation.programme_id}")
