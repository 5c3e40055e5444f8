"""What a member sees of programmes and of their conversations; another project's do not exist.

Each function takes a Member that `core.accounts.access.member_of` made with `Right.SEE_ALPHA`.
"""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from alpha.models import Conversation, Programme, Said, Trial
from core.accounts.access import Member
from core.accounts.models import Project


def programmes_of(member: Member) -> "QuerySet[Programme]":
    """The project's programmes, newest first."""
    return Programme.objects.filter(project=member.project).select_related("project").order_by("-pk")


def programme_for(member: Member, key: str) -> Programme:
    """The project's programme with this key. Raises Http404."""
    found = programmes_of(member).filter(key=key).first()
    if found is None:
        raise Http404("No such programme.")
    return found


def programme_in(project: Project, key: str) -> Programme | None:
    """The project's programme with this key, for commands and the system."""
    return Programme.objects.filter(project=project, key=key).select_related("project").first()


def trials_of(programme: Programme) -> list[Trial]:
    """Its bundles on trial, the baseline first; whoever has the programme may see them."""
    return list(Trial.objects.filter(programme=programme).select_related("bundle").order_by("ordinal"))


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
