"""The form at the end of a chat."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from alpha.models import Answer, Conversation, Said, Trial, Voice
from alpha.saying import ground, rubric
from core.ledger.models import Actor, Judgment
from core.ledger.recording import Said as One
from core.ledger.rubrics import UnknownAnswer


def form(
    *, conversation: Conversation, actor: Actor, answers: Mapping[str, str], words: str, submission_key: UUID | str
) -> Judgment:
    """Record the end-of-chat form: {"form_true": "partly", …}, each question optional, and free words.

    It is filed under the last answer of the chat; side by side it speaks of both voices, and its arms say so. Given
    again, the last one stands. Raises NotYours, NotFinished, TooLong, UnknownAnswer and SubmissionConflict.
    """
    said = tuple(One(key, _value(key, answer)) for key, answer in answers.items())
    kept = ground.note(words)
    if not said and not kept:
        raise UnknownAnswer(_("Answer a question or write something."))
    with transaction.atomic():
        found = ground.ground(conversation.pk, actor)
        before = _before(found)
        subject = before.answer if before else _last(found)
        statement = ground.Statement(
            kind=Said.Kind.FORM,
            answer=subject,
            submission_key=submission_key,
            said=said,
            words={"note": kept} if kept else None,
            solicited=True,
            supersedes=before.judgment if before else None,
            arms=_arms(found),
        )
        judgment, _new = ground.write(found, statement)
    return judgment


def _value(key: str, answer: str) -> int:
    if key not in rubric.FORM:
        raise UnknownAnswer(_("%(key)s is not asked at the end of a chat.") % {"key": key[:40]})
    return rubric.ALPHA.question(key).value_of(answer)


def _before(found: ground.Ground) -> Said | None:
    said = Said.objects.filter(conversation=found.conversation, kind=Said.Kind.FORM, judgment__superseded_by=None)
    return said.select_related("answer__turn", "judgment").order_by("-judgment").first()


def _last(found: ground.Ground) -> Answer:
    answers = Answer.objects.filter(message__conversation=found.conversation, turn__isnull=False)
    last = answers.select_related("turn").order_by("-message__n", "-attempt", "voice__place").first()
    if last is None:
        raise ground.NotFinished(_("There is no finished answer in this chat yet."))
    return last


def _arms(found: ground.Ground) -> str | None:
    voices = list(Voice.objects.filter(conversation=found.conversation).values_list("bundle", flat=True))
    if len(voices) < 2:
        return None
    order = dict(Trial.objects.filter(programme=found.conversation.programme).values_list("bundle", "ordinal"))
    return found.arms(*sorted(voices, key=lambda bundle: order.get(bundle, len(order))))
