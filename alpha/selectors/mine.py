"""What a volunteer's pages read of their own chats; nothing here says which bundle speaks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.http import Http404

from alpha.models import Answer, ConsentText, Conversation, Message, Programme, SpotCheck, Volunteer
from core.text.plain import excerpt

MOST = 50
"""So many of their chats stand on the page of a programme."""


@dataclass(frozen=True, slots=True)
class Mine:
    """One chat in the list of one's own, by the first words that one wrote in it."""

    pk: UUID
    words: str
    mode: str
    started_at: datetime
    ended: bool


def chats_of(place: Volunteer) -> tuple[list[Mine], bool]:
    """The newest chats of this place, and whether there are older ones."""
    first = Message.objects.filter(conversation=OuterRef("pk"), n=1).values("body")[:1]
    rows = Conversation.objects.filter(volunteer=place.pk, erased_at=None).annotate(first=Subquery(first))
    found = list(rows.order_by("-pk")[: MOST + 1])
    return [_mine(row, row.first) for row in found[:MOST]], len(found) > MOST


def _mine(row: Conversation, first: str | None) -> Mine:
    return Mine(row.pk, excerpt(first or "", 80), str(row.get_mode_display()), row.started_at, row.ended_at is not None)


def message_in(conversation: Conversation, pk: UUID) -> Message:
    """One message of this conversation. Raises Http404."""
    found = Message.objects.filter(conversation=conversation, pk=pk).first()
    if found is None:
        raise Http404("No such message.")
    return found


def answer_in(conversation: Conversation, pk: UUID) -> Answer:
    """One answer of this conversation, with its message. Raises Http404."""
    found = Answer.objects.filter(message__conversation=conversation, pk=pk).select_related("message").first()
    if found is None:
        raise Http404("No such answer.")
    return found


def check_of(conversation: Conversation) -> UUID | None:
    """The spot check that this conversation is for."""
    pk: UUID | None = SpotCheck.objects.filter(conversation=conversation).values_list("pk", flat=True).first()
    return pk


def text_in(programme: Programme, pk: UUID) -> ConsentText:
    """One version of what its volunteers agree to. Raises Http404."""
    found = ConsentText.objects.filter(programme=programme, pk=pk).first()
    if found is None:
        raise Http404("No such text.")
    return found
