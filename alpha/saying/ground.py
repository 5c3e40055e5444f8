"""What all that is said in a chat has in common: who may say it, of what, and how it gets into the ledger."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from alpha.models import Answer, Conversation, Said, Trial
from alpha.saying import rubric
from core.ledger import recording
from core.ledger.models import Actor, Judgment, Ruling
from core.live.topics import publish

LONGEST = 4_000
"""Characters of a note."""

TAKEN_BACK = "taken back by its author"


class Refused(Exception):
    """This cannot be said; the message tells the person why, and names nothing of a bundle."""


class NotYours(Refused):
    """Somebody else's chat, or one that was erased."""


class NotFinished(Refused):
    """The answer is still being written, or never came to be one."""


class NoPair(Refused):
    """There are no two whole answers to choose between, or what there is belongs to a pair that broke."""


class TooLong(Refused):
    """The note has more than LONGEST characters."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a statement stands on: the conversation, locked until the transaction ends, and who speaks."""

    conversation: Conversation
    actor: Actor

    @property
    def source(self) -> str:
        check = self.conversation.purpose == Conversation.Purpose.CHECK
        return Judgment.Source.SPOT_CHECK if check else Judgment.Source.ALPHA

    def name(self, submission_key: UUID | str) -> str:
        """The key in the ledger: nobody can take another chat's."""
        return f"{self.conversation.pk}:{submission_key}"

    def last(self, kind: str, answer: Answer) -> Judgment | None:
        """What they said of this kind about the answer, as it stands."""
        said = Said.objects.filter(conversation=self.conversation, kind=kind, answer=answer)
        newest = said.filter(judgment__actor=self.actor, judgment__superseded_by=None).order_by("-judgment").first()
        return newest.judgment if newest else None

    def arms(self, *bundles: UUID) -> str:
        """`arm_key` of what is said of these bundles together, in this order."""
        programme = self.conversation.programme
        parts = dict(Trial.objects.filter(programme=programme).values_list("bundle", "part"))
        # A check's bundle need not be on trial any more.
        return f"alpha:{programme.key}/" + ":".join(parts.get(pk, Trial.Part.CANDIDATE) for pk in bundles)


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said: neither `said` nor `words` takes back what stood. `arms` None: those of the answer's turn."""

    kind: str
    answer: Answer
    submission_key: UUID | str
    said: tuple[recording.Said, ...]
    words: dict[str, Any] | None = None
    solicited: bool = False
    supersedes: Judgment | None = None
    arms: str | None = None

    @property
    def takes_back(self) -> bool:
        return not self.said and not self.words


def ground(conversation: UUID, actor: Actor) -> Ground:
    """Lock the conversation in the caller's transaction. Raises NotYours."""
    locked = (
        Conversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("programme", "project")
        .filter(pk=conversation)
        .first()
    )
    if locked is None or locked.actor_id != actor.pk or locked.erased_at is not None:
        raise NotYours(_("There is no such chat."))
    return Ground(locked, actor)


def of_answer(answer: Answer, actor: Actor, *, broken: bool = False) -> tuple[Ground, Answer]:
    """The ground of a statement about an answer, and the answer as it is now.

    Raises NotYours, NotFinished, and, unless `broken` may be spoken of, NoPair where its twin failed.
    """
    found = ground(_conversation_of(answer), actor)
    now = Answer.objects.select_related("message", "voice", "turn").get(pk=answer.pk)
    if now.turn is None:
        raise NotFinished(_("This answer is not finished, so nothing can be said of it yet."))
    twins = Answer.objects.filter(message=now.message_id, attempt=now.attempt, turn=None)
    if twins.filter(ended_at=None).exists():
        raise NotFinished(_("The other answer is still being written; say it when both are there."))
    if not broken and twins.exists():
        raise NoPair(_("The other answer did not come through, so nothing is recorded for this pair. Ask again."))
    return found, now


def stands(judgment: Judgment | None) -> bool:
    """Whether there is something in it to take back."""
    return judgment is not None and judgment.signals.exists()


def write(found: Ground, statement: Statement) -> tuple[Judgment, bool]:
    """Write one judgment with what it is called here, in the caller's transaction; returns it and whether it is new.

    Raises SubmissionConflict where the key was used for something else.
    """
    conversation, answer = found.conversation, statement.answer
    assert answer.turn is not None
    utterance = recording.Utterance(
        submission_key=found.name(statement.submission_key),
        said=statement.said,
        subject=recording.Subject(turn=answer.turn_id),
        words=statement.words,
        context={
            "solicited": statement.solicited,
            "memory": conversation.memory,
            "arm_key": answer.turn.arm_key if statement.arms is None else statement.arms,
            "supersedes_id": statement.supersedes.pk if statement.supersedes else None,
            "simulated": conversation.simulated,
        },
    )
    said_before = _stored(found, utterance, statement)
    if said_before is not None:
        return said_before, False
    judgment, _new = recording.record(
        project=conversation.project,
        actor=found.actor.pk,
        source=found.source,
        rubric_version=rubric.version(conversation.project).pk,
        utterance=utterance,
    )
    Said.objects.create(
        judgment=judgment, project=conversation.project, conversation=conversation, answer=answer, kind=statement.kind
    )
    if statement.takes_back:
        recording.rule(judgment=judgment.pk, standing=Ruling.Standing.WITHDRAWN, reason=TAKEN_BACK)
    publish(f"alpha.{conversation.programme_id}")
    return judgment, True


def note(words: str) -> str:
    """A note as it is kept. Raises TooLong."""
    kept = words.replace("\x00", "").strip()
    if len(kept) > LONGEST:
        raise TooLong(_("This note is too long: at most %(most)d characters are taken.") % {"most": LONGEST})
    return kept


def _stored(found: Ground, utterance: recording.Utterance, statement: Statement) -> Judgment | None:
    # What the key stands for is asked first: what it was to supersede has been, by itself.
    judgment = recording.replayed(
        project=found.conversation.project, source=found.source, utterance=utterance, actor=found.actor.pk
    )
    if judgment is None:
        return None
    said = Said.objects.filter(judgment=judgment).values_list("kind", "answer").first()
    if said != (statement.kind, statement.answer.pk):
        raise recording.SubmissionConflict("This was saved before, for something else that was said.")
    return judgment


def _conversation_of(answer: Answer) -> UUID:
    pk: UUID = Answer.objects.values_list("message__conversation", flat=True).get(pk=answer.pk)
    return pk
