"""Spot checks: asked for, begun, written or declined. What is owed seals its expert off from every metric.

Whoever changes a check locks its row first, then its conversation. A check is written once: its judgment, its answers
by axis, the words, and the lifting of the seal are one transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from alpha import axes as asked
from alpha import letters, talking
from alpha.models import Answer, AxisAnswer, Conversation, Programme, Said, SpotCheck, Trial
from alpha.plans import why_not_callable
from alpha.quoting import quoted_from, squeezed
from alpha.selectors.programmes import is_running
from core.accounts import audit
from core.accounts.access import Right, member_in
from core.accounts.models import User
from core.catalog.models import Bundle
from core.ledger import recording, seals
from core.ledger.actors import actor_of
from core.ledger.models import Actor, Judgment
from core.live.topics import publish

LONGEST_NOTE, LONGEST_QUOTE = 8_000, 2_000


class CannotAsk(ValueError):
    """This check cannot be asked for; the message says why."""


class Over(Exception):
    """The check is written or declined: nothing can be done with it any more."""


class NotTried(ValueError):
    """The expert has not had an answer yet, so that there is nothing to judge."""


class Incomplete(ValueError):
    """Nothing was written: `faults` is {axis: what is missing or wrong}; an axis that was passed over is among them."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{axis}: {words}" for axis, words in faults.items()))
        self.faults = dict(faults)


@dataclass(frozen=True, slots=True)
class Seen:
    """What an expert says of one axis. `severity` 1 to 3 with "yes", else 0; a "yes" quotes the transcript.

    `answer` is the one that the quote is from; where it is None, it is looked for.
    """

    seen: str
    severity: int
    confidence: int
    quote: str = ""
    answer: UUID | None = None


def ask(
    *,
    programme: Programme,
    bundle: Bundle,
    expert: User,
    due_on: date | None,
    by: User | None,
    base_url: str | None = None,
) -> SpotCheck:
    """Ask this expert for a check of a bundle on trial. From now on they see no metric of the project.

    Asks for each of the programme's axes as they are now. With `base_url`, where links lead, they get a letter, unless
    they ask themselves. Raises CannotAsk.
    """
    with transaction.atomic():
        locked = Programme.objects.select_for_update().select_related("project").get(pk=programme.pk)
        _may_be_asked(locked, bundle, expert)
        check = SpotCheck.objects.create(
            project=locked.project,
            programme=locked,
            bundle=bundle,
            expert=expert,
            axes=list(locked.axes),
            due_on=due_on,
            asked_by=by,
        )
        seals.set_seal(user=expert, project=locked.project, bundle=bundle, owed_for=check.pk)
        _note(check, by, "check.asked", {"bundle": str(bundle.pk), "expert": f"user:{expert.pk}"})
        if base_url is not None and by != expert:
            letters.ask_for_check(check=check, base_url=base_url)
    return check


def start(*, check: SpotCheck, expert: User) -> Conversation:
    """The conversation in which the expert tries the bundle, begun on first use. Raises Over."""
    with transaction.atomic():
        locked = _locked(check)
        begun: Conversation | None = locked.conversation
        if begun is not None:
            return begun
        actor = actor_of(locked.project, expert, kind=Actor.Kind.EXPERT)
        begun = talking.begin_check(programme=locked.programme, bundle=locked.bundle, user=expert, actor=actor)
        SpotCheck.objects.filter(pk=locked.pk).update(conversation=begun)
    return begun


def complete(*, check: SpotCheck, said: Mapping[str, Seen], note: str = "") -> Judgment:
    """Write the check: every one of its axes is answered, and its seal is lifted. Returns its judgment.

    Raises Incomplete, which names each axis that is unanswered or answered in a way that cannot be kept, NotTried and
    Over.
    """
    with transaction.atomic():
        locked = _locked(check)
        conversation = locked.conversation
        heard = _answers_in(conversation)
        if conversation is None or not heard:
            raise NotTried(_("Try it first: there is no finished answer to judge yet."))
        found = _read(locked.axes, said, heard)
        subject = next((one for seen, one in found.values() if one and seen.seen == AxisAnswer.Seen.YES), heard[-1])
        judgment = _record(locked, conversation, subject, found, note)
        AxisAnswer.objects.bulk_create(
            AxisAnswer(
                project=locked.project,
                check_of=locked,
                axis=axis,
                seen=seen.seen,
                severity=seen.severity,
                confidence=seen.confidence,
                answer=quoted,
            )
            for axis, (seen, quoted) in found.items()
        )
        SpotCheck.objects.filter(pk=locked.pk).update(state=SpotCheck.State.DONE, judgment=judgment, done_at=Now())
        _close(locked, conversation)
        _note(locked, locked.expert, "check.done", {"judgment": str(judgment.pk)})
    return judgment


def decline(*, check: SpotCheck, by: User | None) -> None:
    """It will not be written: by its expert's word, or withdrawn by who asked. Its seal is lifted. Raises Over."""
    with transaction.atomic():
        locked = _locked(check)
        SpotCheck.objects.filter(pk=locked.pk).update(state=SpotCheck.State.DECLINED)
        _close(locked, locked.conversation)
        _note(locked, by, "check.declined", {})


def _may_be_asked(programme: Programme, bundle: Bundle, expert: User) -> None:
    member = member_in(expert, programme.project)
    unknown = [axis for axis in programme.axes if axis not in asked.AXES]
    due = SpotCheck.objects.filter(programme=programme, bundle=bundle, expert=expert, state=SpotCheck.State.DUE)
    if not is_running(programme):
        raise CannotAsk(_("The programme is not open, so that nothing can be tried in it."))
    if not programme.axes:
        raise CannotAsk(_("The programme names no axis yet, so there is nothing to ask. Choose its axes first."))
    if unknown:
        known = ", ".join(asked.AXES)
        raise CannotAsk(
            _("A check cannot ask for %(unknown)s; it knows %(known)s.")
            % {"unknown": ", ".join(unknown), "known": known}
        )
    if not Trial.objects.filter(programme=programme, bundle=bundle).exists():
        raise CannotAsk(_("That bundle is not on trial here."))
    why_not = why_not_callable(bundle)
    if why_not:
        raise CannotAsk(why_not)
    if member is None or not member.may(Right.SPOT_CHECK):
        raise CannotAsk(_("Only an expert of the project can be asked."))
    if due.exists():
        raise CannotAsk(_("They owe a check of this bundle already."))


def _locked(check: SpotCheck) -> SpotCheck:
    """The check with its row locked in the caller's transaction, still due. Raises Over."""
    rows = SpotCheck.objects.select_for_update(of=("self",)).select_related(
        "project", "programme", "bundle", "expert", "conversation"
    )
    locked = rows.get(pk=check.pk)
    if locked.state == SpotCheck.State.DONE:
        raise Over(_("This check is written already; what was said first stands."))
    if locked.state == SpotCheck.State.DECLINED:
        raise Over(_("This check is no longer asked for."))
    return locked


def _answers_in(conversation: Conversation | None) -> list[Answer]:
    """What the expert was answered, in order: whatever has a turn in the ledger."""
    if conversation is None:
        return []
    rows = Answer.objects.filter(message__conversation=conversation, turn__isnull=False).select_related("turn")
    return list(rows.order_by("message__n", "attempt", "voice__place"))


Kept = Mapping[str, tuple[Seen, Answer | None]]


def _read(axes: Sequence[str], said: Mapping[str, Seen], heard: Sequence[Answer]) -> Kept:
    """What is kept of each axis, with the answer that is quoted. Raises Incomplete."""
    faults: dict[str, str] = {axis: _("This is not asked here.") for axis in said if axis not in axes}
    found: dict[str, tuple[Seen, Answer | None]] = {}
    for axis in axes:
        one = said.get(axis)
        fault = _("Answer this: yes, no or unsure.") if one is None else _fault_of(one)
        quoted = None
        if one is not None and not fault and one.quote:
            among = [answer for answer in heard if one.answer in (None, answer.pk)]
            quoted = quoted_from(one.quote, among)
            if quoted is None:
                fault = _("These words are in no answer that you got. Copy them as they stand there.")
        if fault:
            faults[axis] = fault
        elif one is not None:
            found[axis] = (one, quoted)
    if faults:
        raise Incomplete(faults)
    return found


def _fault_of(one: Seen) -> str:
    """What is wrong with the answer for one axis, or nothing."""
    if one.seen not in AxisAnswer.Seen.values:
        return _("Answer this: yes, no or unsure.")
    if one.confidence not in asked.CONFIDENCES:
        return _("Say how sure you are.")
    if one.seen != AxisAnswer.Seen.YES:
        return _("Only a yes has a severity.") if one.severity else _too_long(one.quote)
    if one.severity not in asked.SEVERITIES:
        return _("Say how bad it is.")
    if not squeezed(one.quote):
        return _("Quote where you saw it.")
    return _too_long(one.quote)


def _too_long(quote: str) -> str:
    if len(quote) > LONGEST_QUOTE or "\x00" in quote:
        return _("Quote at most %(most)d characters.") % {"most": LONGEST_QUOTE}
    return ""


def _record(check: SpotCheck, conversation: Conversation, subject: Answer, found: Kept, note: str) -> Judgment:
    assert subject.turn is not None
    utterance = recording.Utterance(
        submission_key=f"check:{check.pk}",
        said=tuple(signal for axis, (seen, _answer) in found.items() for signal in _signals(axis, seen)),
        subject=recording.Subject(turn=subject.turn_id),
        words=_words(found, note),
        context={
            "solicited": True,
            "memory": conversation.memory,
            "arm_key": subject.turn.arm_key,
            "simulated": conversation.simulated,
        },
    )
    judgment, _new = recording.record(
        project=check.project,
        actor=conversation.actor_id,
        source=Judgment.Source.SPOT_CHECK,
        rubric_version=asked.rubric_version(check.project).pk,
        utterance=utterance,
    )
    Said.objects.create(
        judgment=judgment, project=check.project, conversation=conversation, answer=subject, kind=Said.Kind.CHECK
    )
    return judgment


def _signals(axis: str, seen: Seen) -> tuple[recording.Said, ...]:
    question = asked.question_of(axis)
    value = asked.SPOT_CHECK.question(question).value_of(seen.seen)
    said = (recording.Said(question, value), recording.Said(f"{question}_confidence", seen.confidence))
    return (*said, recording.Said(f"{question}_severity", seen.severity)) if seen.severity else said


def _words(found: Kept, note: str) -> dict[str, Any] | None:
    kept = note.replace("\x00", "").strip()[:LONGEST_NOTE]
    quotes = {axis: squeezed(seen.quote) for axis, (seen, _answer) in found.items() if squeezed(seen.quote)}
    words = {"note": kept, "quotes": quotes}
    return {name: value for name, value in words.items() if value} or None


def _close(check: SpotCheck, conversation: Conversation | None) -> None:
    seals.lift(owed_for=check.pk)
    if conversation is not None:
        talking.end(conversation)
    publish(f"alpha.{check.programme_id}")


def _note(check: SpotCheck, by: User | None, verb: str, data: dict[str, Any]) -> None:
    audit.record(
        project=check.project,
        who=by,
        verb=verb,
        object=f"check:{check.pk}",
        data={"programme": check.programme.key, **data},
    )
