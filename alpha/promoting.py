"""Turns of a chat on their way to raters: scrubbed, looked at by a person, given a rival, queued.

Only what somebody who agreed has said, and has not had deleted, goes this way. Each verb is a transaction of its own;
`settle` is what the job does, and begun again it goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from alpha.contexts import told
from alpha.models import Answer, Consent, Conversation, Promotion
from core.accounts import audit
from core.accounts.access import Member
from core.catalog.adding import NewComparison, add_comparisons
from core.catalog.models import Bundle
from core.catalog.parts import NewPrompt, NewResponse
from core.endpoints import asking, bundles
from core.endpoints.faults import ModelFault, words_for
from core.jobs.queue import enqueue
from core.ledger.requests import AlreadyRequested, Wish, file_request
from core.live.topics import publish
from core.text.personal import scrub

JOB = "alpha.promote"
LONGEST = 64_000
"""Characters of a message or an answer."""

State = Promotion.State

# Kept in the row and translated where they are shown.
SAME = gettext_noop("The rival said the very same.")
KNOWN = gettext_noop("The same two answers are in the catalog already.")
NOT_WANTED = gettext_noop("It was not wanted.")
ERASED = gettext_noop("Its person has had their data deleted.")


class Refused(Exception):
    """This turn cannot be promoted, or not in this way; the message says why."""


def promote(*, member: Member, answer: Answer, rival: Bundle) -> Promotion:
    """Scrub the answer and what led to it, for a person to look at; the same again finds the same. Raises Refused."""
    with transaction.atomic():
        conversation = _held(answer.message.conversation_id)
        before = Promotion.objects.filter(answer=answer, rival=rival).first()
        if before is not None:
            return before
        _require_promotable(conversation, answer)
        if rival.pk == answer.voice.bundle_id:
            raise Refused(_("The rival is the bundle that wrote this answer."))
        _require_callable(rival)
        prompt = told(conversation=conversation, voice=answer.voice, upto=answer.message.n)
        if prompt[0]["role"] == "system":
            raise Refused(_("This answer was written with memory of earlier chats, which the rival would not have."))
        clean = scrub([*(one["content"] for one in prompt), answer.text or ""])
        promotion = Promotion.objects.create(
            project=conversation.project,
            answer=answer,
            rival=rival,
            prompt=[{"role": one["role"], "content": text} for one, text in zip(prompt, clean.texts, strict=False)],
            text=clean.texts[-1],
            findings=[asdict(one) for one in clean.findings],
            by=member.user,
        )
        _note(promotion, member, "begun", found=len(clean.findings))
    return promotion


def approve(*, member: Member, promotion: Promotion, prompt: Sequence[str], text: str) -> Promotion:
    """A person has looked at it: `prompt` and `text` are the words as they shall be shown. Has the rival asked.

    What failed can be approved again. Raises Refused.
    """
    with transaction.atomic():
        conversation, row = _locked(promotion.pk)
        if row.state not in (State.REVIEW, State.FAILED):
            raise Refused(_("This turn is not waiting to be looked at."))
        _require_promotable(conversation, row.answer)
        _require_callable(row.rival)
        row.prompt = [
            {"role": one["role"], "content": words} for one, words in zip(_prompt(row), _kept(prompt, row), strict=True)
        ]
        (row.text,) = _words([text])
        row.state, row.why, row.by = State.ASKING, "", member.user
        row.save(update_fields=["prompt", "text", "state", "why", "by"])
        _note(row, member, "approved")
        enqueue(kind=JOB, args={"promotion": str(row.pk)}, scope=row.project_id, dedupe_key=str(row.pk))
        publish(f"alpha.{conversation.programme_id}")
    return row


def drop(*, member: Member, promotion: Promotion) -> Promotion:
    """It does not go to raters; what was kept of it for that goes. Dropped twice is dropped. Raises Refused."""
    with transaction.atomic():
        _conversation, row = _locked(promotion.pk)
        if row.state == State.QUEUED:
            raise Refused(_("This turn is with the raters already."))
        if row.state != State.DROPPED:
            _settle(row, State.DROPPED, why=NOT_WANTED)
            _note(row, member, "dropped")
    return row


def settle(promotion: UUID, *, fence: Callable[[], None]) -> str:
    """Ask the rival of an approved promotion and queue the pair, or say why not; returns the state that it has then.

    `fence` is called last in each transaction and raises if somebody else does this work by now.
    """
    waiting = Promotion.objects.select_related("rival").filter(pk=promotion, state=State.ASKING).first()
    if waiting is None:
        return Promotion.objects.values_list("state", flat=True).filter(pk=promotion).first() or ""
    try:
        rival = asking.answer(waiting.rival_id, asking.Ask(messages=_prompt(waiting), user=str(waiting.pk)))
    except ModelFault as fault:
        why = fault.fault.value
        return _end(promotion, lambda _conversation, row: _fail(row, why), fence)
    return _end(promotion, lambda conversation, row: _queue(conversation, row, rival.text), fence)


def _end(promotion: UUID, act: Callable[[Conversation, Promotion], None], fence: Callable[[], None]) -> str:
    with transaction.atomic():
        conversation, row = _locked(promotion)
        if row.state == State.ASKING:
            if conversation.erased_at is not None or row.prompt is None or row.text is None:
                _settle(row, State.DROPPED, why=ERASED)
            else:
                act(conversation, row)
            publish(f"alpha.{conversation.programme_id}")
        fence()
    return row.state


def _fail(row: Promotion, why: str) -> None:
    # What was approved is kept, so that it can be asked for again.
    row.state, row.why = State.FAILED, why
    row.save(update_fields=["state", "why"])


def _queue(conversation: Conversation, row: Promotion, rival: str) -> None:
    """Make the comparison and ask for labels; a pair that is there already is nobody's work twice."""
    if rival.strip() == (row.text or "").strip():
        _settle(row, State.DROPPED, why=SAME)
        return
    purpose = purpose_of(conversation.programme.key)
    pair = NewComparison(
        NewPrompt(
            tuple((one["role"], one["content"]) for one in _prompt(row)),
            domain=(conversation.domain,) if conversation.domain else (),
        ),
        NewResponse(row.answer.voice.bundle.name, row.text or ""),
        NewResponse(row.rival.name, rival),
    )
    (added,) = add_comparisons(project=conversation.project, rows=[pair], source=purpose)
    if not added.new:
        _settle(row, State.DROPPED, why=KNOWN)
        return
    wish = Wish(purpose=purpose, because="somebody who tried it said something of this turn", comparison=added.id)
    try:
        file_request(project=conversation.project, wish=wish, filed_by=purpose)
    except AlreadyRequested:
        _settle(row, State.DROPPED, why=KNOWN)
        return
    _settle(row, State.QUEUED, comparison=added.id)


def why(promotion: Promotion) -> str:
    """Why it was dropped or has failed, for whoever looks; "" where there is nothing to say."""
    if promotion.state == State.FAILED:
        return words_for(promotion.why)
    return _(promotion.why) if promotion.why else ""


def purpose_of(key: str) -> str:
    """The purpose of its label requests, to which a campaign subscribes."""
    return f"alpha:{key}"


def _settle(row: Promotion, state: str, *, why: str = "", comparison: UUID | None = None) -> None:
    Promotion.objects.filter(pk=row.pk).update(
        state=state, why=why, comparison=comparison, prompt=None, text=None, findings=[], settled_at=Now()
    )
    row.refresh_from_db()


def _held(conversation: UUID) -> Conversation:
    """The conversation, locked: whoever has it deleted comes before or after."""
    rows = Conversation.objects.select_for_update(of=("self",), no_key=True).select_related("programme", "project")
    return rows.get(pk=conversation)


def _locked(promotion: UUID) -> tuple[Conversation, Promotion]:
    rows = Promotion.objects.select_related("answer__message", "answer__voice__bundle", "rival")
    conversation = _held(rows.get(pk=promotion).answer.message.conversation_id)
    return conversation, rows.select_for_update(of=("self",)).get(pk=promotion)


def _require_promotable(conversation: Conversation, answer: Answer) -> None:
    agreed = conversation.volunteer_id and Consent.objects.filter(volunteer=conversation.volunteer_id).exists()
    if not agreed or conversation.purpose != Conversation.Purpose.CHAT:
        raise Refused(_("Only what a volunteer who agreed to it has tried can go to raters."))
    if conversation.erased_at is not None or answer.text is None or answer.message.body is None:
        raise Refused(_("Its person has had their data deleted."))
    if answer.state != Answer.State.DONE or answer.turn_id is None or not answer.text.strip():
        raise Refused(_("Only a whole answer can go to raters."))


def _require_callable(rival: Bundle) -> None:
    try:
        bundles.callable(rival)
    except bundles.NotCallable as error:
        raise Refused(str(error)) from None


def _prompt(row: Promotion) -> list[asking.Said]:
    """The messages as they are kept, none where they are gone."""
    kept: list[asking.Said] = row.prompt or []
    return kept


def _kept(prompt: Sequence[str], row: Promotion) -> list[str]:
    if len(prompt) != len(_prompt(row)):
        raise Refused(_("The conversation has another number of messages."))
    return _words(prompt)


def _words(texts: Sequence[str]) -> list[str]:
    kept = [text.replace("\x00", "").replace("\r\n", "\n").strip() for text in texts]
    if not all(kept):
        raise Refused(_("A message or the answer is empty; drop the turn if nothing of it can be shown."))
    if any(len(text) > LONGEST for text in kept):
        raise Refused(_("A text is too long: at most %(most)d characters are taken.") % {"most": LONGEST})
    return kept


def _note(row: Promotion, member: Member, verb: str, **data: Any) -> None:
    audit.record(
        project=row.project,
        who=member.user,
        verb=f"promotion.{verb}",
        object=f"promotion:{row.pk}",
        data={"answer": str(row.answer_id), **data},
    )
