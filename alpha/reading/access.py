"""What a member sees of a programme's conversations; another project's do not exist.

Each function takes a Member that `core.accounts.access.member_of` made with `Right.SEE_ALPHA`.
"""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from alpha.models import Conversation, Programme, Said
from core.accounts.access import Member
from core.accounts.models import Project


def programme_in(project: Project, key: str) -> Programme | None:
    """The project's programme with this key, for commands and the system."""
    return Programme.objects.filter(project=project, key=key).select_related("project").first()


def conversations_of(member: Member, programme: Programme) -> "QuerySet[Conversation]":
    """The conversations of this programme, newest first, spot checks among them."""
    rows = Conversation.objects.filter(project=member.project, programme=programme)
    return rows.select_related("actor").order_by("-pk")


def conversation_for(member: Member, programme: Programme, pk: UUID) -> Conversation:
    """One conversation of this programme. Raises Http404."""
    found = conversations_of(member, programme).filter(pk=pk).first()
    if found is None:
        raise Http404("No such conversation.")
    return found


def said_for(member: Member, programme: Programme, judgment: UUID) -> Said:
    """What was said in this programme under this judgment. Raises Http404."""
    rows = Said.objects.filter(project=member.project, conversation__programme=programme, pk=judgment)
    found = rows.select_related("judgment", "conversation", "answer").first()
    if found is None:
        raise Http404("Nobody said that here.")
    return found
