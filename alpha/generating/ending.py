"""The rows of an answer while it is written: claimed, persisted, ended; each fenced by who holds it.

An answer ends once. With words that may be judged it gets its turn in the ledger, and its reservation is settled, in
the transaction that ends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Now

from alpha import budgets, contexts
from alpha.generating import pacing
from alpha.models import Answer, Conversation, Message, Said, Trial
from alpha.selectors import chats
from core import failpoints
from core.endpoints.asking import tokens_of
from core.endpoints.faults import Fault
from core.ledger.models import Turn
from core.live.topics import publish
from core.tables.bulk import fetch

State = Answer.State
# An answer whose holder has said nothing for so long is nobody's any more.
LOST_SECONDS = 10
# One that nobody began in all this time is given up: its reader has gone.
GIVEN_UP_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Work:
    """An answer that this process holds, and what its model is to be told; `elapsed_ms` since it was asked for."""

    answer: UUID
    owner: UUID
    conversation: UUID
    bundle: UUID
    place: int
    told: contexts.Told
    user: str
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class Written:
    """How far an answer has come: all of its text so far, in how many pieces, and when its first word was there."""

    answer: UUID
    owner: UUID
    text: str
    seq: int
    model_ms: int | None


@dataclass(frozen=True, slots=True)
class Spending:
    """Tokens of a prompt and of the answer to it."""

    tokens_in: int
    tokens_out: int

    @property
    def total(self) -> int:
        return self.tokens_in + self.tokens_out


def claim(message: UUID) -> list[Work]:
    """Take the answers to this message that nobody holds yet."""
    with transaction.atomic():
        taken = fetch(_CLAIM, [uuid4(), message])
        work = [_work(*row) for row in taken]
    if work:
        failpoints.reached("chat.claimed")
    return work


def persist(written: Sequence[Written]) -> dict[UUID, bool]:
    """Store how far these have come, and that they are being held. Returns those still held: {answer: stop asked}."""
    rows = fetch(
        _PERSIST,
        [
            [one.answer for one in written],
            [one.owner for one in written],
            [one.text for one in written],
            [one.seq for one in written],
            [one.model_ms for one in written],
        ],
    )
    failpoints.reached("chat.persisted")
    return dict(rows)


def finish(
    written: Written, *, state: str, spent: Spending | None = None, fault: str = "", upto: int | None = None
) -> bool:
    """End an answer that is held by `written.owner`; False if it is no longer theirs, and then nothing is written.

    `upto` cuts a text that was stopped to what its reader has seen.
    With words it gets its turn if it is done or stopped. `spent` None is reckoned from the words; a broken one is free.
    """
    with transaction.atomic():
        held = _held(written.answer).filter(owner=written.owner, state=State.STREAMING).first()
        if held is None:
            return False
        held.seq, held.model_ms = written.seq, written.model_ms
        if spent is None and state in chats.WITH_WORDS:
            # By all that the model wrote, of which its reader may have seen the least.
            spent = _reckoned(held, written.text)
        held.text = written.text[:upto]
        _close(held, state=state, spent=spent, fault=fault)
        failpoints.reached("chat.ending")
    failpoints.reached("chat.ended")
    return True


def stop(pk: UUID, *, seen: int) -> UUID | None:
    """A person wants no more of it: say so to whoever writes it, or end it here. Returns its conversation if it did.

    One that is written already but is still being shown is cut to the `seen` characters. In the caller's transaction.
    """
    answer = _held(pk).first()
    if answer is None:
        return None
    conversation: UUID = answer.message.conversation_id
    if answer.state == State.STREAMING:
        Answer.objects.filter(pk=pk).update(stop_asked=True)
    elif answer.state == State.WAITING:
        _close(answer, state=State.STOPPED, spent=Spending(0, 0))
    elif answer.state == State.DONE and seen < len(answer.text or ""):
        _cut(answer, seen)
    else:
        return None
    return conversation


def _cut(answer: Answer, seen: int) -> None:
    """Keep so much of an answer that is done; without a word nobody has seen it, and it is no turn, as in `_close`."""
    turn = answer.turn
    answer.state, answer.text = State.STOPPED, (answer.text or "")[:seen]
    answer.stop_asked, answer.ended_at = True, Now()
    unseen = turn is not None and not answer.text.strip() and not Said.objects.filter(answer=answer).exists()
    if unseen:
        answer.turn = None
    answer.save()
    if unseen:
        turn.delete()


def interrupt_lost() -> int:
    """End the answers that somebody began and holds no longer, their words kept; returns how many."""
    found = [row[0] for row in fetch(_LOST, [LOST_SECONDS, GIVEN_UP_SECONDS])]
    return sum(_interrupt(pk) for pk in found)


def interrupt(*conversations: Conversation) -> None:
    """End all that is being written in them, in the caller's transaction: whoever writes it can store nothing more."""
    for pk in unfinished_of(*conversations):
        answer = _held(pk).filter(state__in=chats.UNFINISHED).first()
        if answer is not None:
            _close(answer, state=State.INTERRUPTED, fault=Fault.CUT)


def unfinished_of(*conversations: Conversation) -> list[UUID]:
    """The answers of these conversations that are not there yet, in the order in which they are locked."""
    rows = Answer.objects.filter(message__conversation__in=conversations, state__in=chats.UNFINISHED)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _interrupt(pk: UUID) -> bool:
    with transaction.atomic():
        answer = _held(pk).get()
        # Asked again under the lock: its holder may have come back, or ended it, in time.
        if (pk,) not in fetch(_LOST, [LOST_SECONDS, GIVEN_UP_SECONDS]):
            return False
        _close(answer, state=State.INTERRUPTED, fault=Fault.CUT)
    return True


def _held(pk: UUID) -> QuerySet[Answer]:
    """The answer, locked. Its message first, so that two answers to it never wait for each other in a ring."""
    message = Answer.objects.filter(pk=pk).values("message")
    list(Message.objects.select_for_update(no_key=True).filter(pk__in=message).values_list("pk"))
    rows = Answer.objects.select_for_update(of=("self",)).filter(pk=pk)
    return rows.select_related("voice__bundle", "message__conversation__programme__project")


def _close(answer: Answer, *, state: str, spent: Spending | None = None, fault: str = "") -> None:
    conversation = answer.message.conversation
    judged = state in chats.WITH_WORDS
    cost = spent if judged else None
    answer.state, answer.fault, answer.owner = state, fault, None
    answer.ended_at = Now()
    if cost is not None:
        answer.tokens_in, answer.tokens_out = cost.tokens_in, cost.tokens_out
    if judged and (answer.text or "").strip():
        answer.turn = _turn(answer, conversation)
    answer.save()
    _say_when_shown(answer, conversation)
    budgets.settle(answer=answer.pk, used=cost.total if cost else 0)
    publish(f"chat.{conversation.pk}")
    publish(f"alpha.{conversation.programme_id}")


def _turn(answer: Answer, conversation: Conversation) -> Turn:
    place = f"alpha:{conversation.pk}:{answer.voice.place}"
    last = Turn.objects.filter(project=conversation.project_id, conversation=place).aggregate(n=Max("n"))["n"]
    return Turn.objects.create(
        project_id=conversation.project_id,
        bundle=answer.voice.bundle,
        arm_key=arm_key(conversation, answer.voice.bundle_id),
        conversation=place,
        n=(last or 0) + 1,
        memory=conversation.memory,
        segment={"domain": conversation.domain} if conversation.domain else {},
    )


def arm_key(conversation: Conversation, bundle: UUID) -> str:
    """What the ledger calls a bundle's part in a programme: `alpha:{programme}/{baseline or candidate}`."""
    trial = Trial.objects.filter(programme=conversation.programme_id, bundle=bundle).first()
    part = trial.part if trial else Trial.Part.CANDIDATE
    return f"alpha:{conversation.programme.key}/{part}"


def _reckoned(answer: Answer, text: str) -> Spending:
    """What an answer took whose endpoint did not say, since it was stopped: by the length of the words."""
    conversation = answer.message.conversation
    told = contexts.tokens_told(conversation=conversation, voice=answer.voice, upto=answer.message.n)
    return Spending(told, tokens_of(text))


def _say_when_shown(answer: Answer, conversation: Conversation) -> None:
    """When the reader's first word came, which is known once every answer of the attempt has ended."""
    attempt = Answer.objects.filter(message=answer.message_id, attempt=answer.attempt)
    if attempt.filter(state__in=chats.UNFINISHED).exists():
        return
    sides = [pacing.Side(one.model_ms, len(one.text or ""), 0.0) for one in attempt]
    opened = pacing.opens(sides, chats.clock_of(conversation))
    attempt.filter(model_ms__isnull=False).update(shown_ms=opened)


def _work(pk: UUID, owner: UUID, elapsed: float) -> Work:
    answer = Answer.objects.select_related("voice__bundle", "message__conversation__programme").get(pk=pk)
    conversation = answer.message.conversation
    return Work(
        answer=pk,
        owner=owner,
        conversation=conversation.pk,
        bundle=answer.voice.bundle_id,
        place=answer.voice.place,
        told=contexts.told(conversation=conversation, voice=answer.voice, upto=answer.message.n),
        user=contexts.name_of(conversation),
        elapsed_ms=float(elapsed),
    )


_CLAIM = """
UPDATE alpha_answer SET state = 'streaming', owner = %s, beat_at = clock_timestamp()
WHERE message_id = %s AND state = 'waiting'
RETURNING id, owner, extract(epoch FROM clock_timestamp() - asked_at)::float8 * 1000
"""
# In one order, as whoever ends several answers takes them.
_PERSIST = """
WITH w (id, owner, text, seq, model_ms) AS (
    SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::text[], %b::int4[], %b::int4[])
), held AS (
    SELECT a.id FROM alpha_answer a JOIN w ON a.id = w.id AND a.owner = w.owner
    WHERE a.state = 'streaming' ORDER BY a.id FOR NO KEY UPDATE OF a
)
UPDATE alpha_answer a SET text = w.text, seq = w.seq, model_ms = w.model_ms, beat_at = clock_timestamp()
FROM held JOIN w ON w.id = held.id
WHERE a.id = held.id
RETURNING a.id, a.stop_asked
"""
_LOST = """
SELECT id FROM alpha_answer
WHERE (state = 'streaming' AND beat_at < clock_timestamp() - make_interval(secs => %s::float8)
       OR state = 'waiting' AND asked_at < clock_timestamp() - make_interval(secs => %s::float8))
"""
