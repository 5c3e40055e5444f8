"""What a member who manages programmes sees of turns on their way to raters; another project's do not exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from alpha.models import Answer, Consent, Conversation, Programme, Promotion, Said
from core.accounts.access import Member
from core.catalog.models import Bundle
from core.text.plain import excerpt

MOST = 50
"""So many turns are offered, and so many promotions listed."""

FLAGS = (Said.Kind.FELT_OFF, Said.Kind.REPORT, Said.Kind.LABELS, Said.Kind.CHOICE, Said.Kind.THUMB)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A turn that can be promoted, with the kinds of what was said of it."""

    answer: Answer
    asked: str
    said: Sequence[str]

    @property
    def answered(self) -> str:
        return excerpt(self.answer.text or "", 160)


def answer_for(member: Member, programme: Programme, pk: UUID) -> Answer:
    """An answer of the programme. Raises Http404."""
    rows = Answer.objects.select_related("message", "voice", "turn")
    found = rows.filter(pk=pk, project=member.project, message__conversation__programme=programme).first()
    if found is None:
        raise Http404("No such answer.")
    return found


def promotion_for(member: Member, programme: Programme, pk: UUID) -> Promotion:
    """A promotion of the programme. Raises Http404."""
    found = promotions_of(member, programme).filter(pk=pk).first()
    if found is None:
        raise Http404("No such promotion.")
    return found


def promotions_of(member: Member, programme: Programme) -> QuerySet[Promotion]:
    """The programme's promotions, newest first."""
    rows = Promotion.objects.select_related("answer__voice__bundle", "rival", "comparison", "by")
    mine = rows.filter(project=member.project, answer__message__conversation__programme=programme)
    return mine.order_by("-pk")


def rivals_of(member: Member) -> list[Bundle]:
    """The project's bundles that have a specification, by name: only those can be asked for a rival answer."""
    return list(Bundle.objects.filter(project=member.project, spec__isnull=False).order_by("name"))


def candidates_of(member: Member, programme: Programme) -> list[Candidate]:
    """The newest whole answers of volunteers who agreed, of which something was said and which nobody promoted yet.

    What was written with memory of earlier chats is none of them: a rival would not have it.
    """
    forgetful = (
        Q(message__conversation__memory_items=0)
        | Q(voice__bundle__spec__memory__most__isnull=True)
        | Q(voice__bundle__spec__memory__most=0)
    )
    rows = (
        Answer.objects.filter(
            project=member.project,
            message__conversation__programme=programme,
            message__conversation__purpose=Conversation.Purpose.CHAT,
            message__conversation__erased_at=None,
            message__conversation__volunteer__isnull=False,
            message__body__isnull=False,
            state=Answer.State.DONE,
            turn__isnull=False,
        )
        .exclude(text=None)
        .exclude(text="")
        .filter(
            forgetful,
            Exists(Consent.objects.filter(volunteer=OuterRef("message__conversation__volunteer"))),
            Exists(Said.objects.filter(answer=OuterRef("pk"), kind__in=FLAGS, judgment__superseded_by=None)),
            ~Exists(Promotion.objects.filter(answer=OuterRef("pk"))),
        )
        .select_related("message", "voice__bundle")
        .order_by("-pk")[:MOST]
    )
    answers = list(rows)
    said: dict[UUID, list[str]] = {}
    kinds = Said.objects.filter(answer__in=answers, kind__in=FLAGS, judgment__superseded_by=None)
    for one in kinds.order_by("judgment"):
        label = one.get_kind_display()
        if label not in said.setdefault(one.answer_id, []):
            said[one.answer_id].append(label)
    return [Candidate(one, excerpt(one.message.body or "", 160), said.get(one.pk, [])) for one in answers]
