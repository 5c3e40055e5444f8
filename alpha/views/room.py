"""A chat as its page shows it."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID, uuid4

from django.urls import reverse
from django.utils.translation import gettext as _

from alpha import showing
from alpha.models import Conversation, Message, Programme
from alpha.saying import said_of
from alpha.saying.told import Told
from alpha.selectors import chats, mine
from alpha.selectors.chats import Line
from alpha.selectors.places import has_agreed
from alpha.talking import LONGEST
from core.accounts.access import Member


@dataclass(frozen=True)
class Room:
    """What the page of a chat reads, looked up when it is read: a fragment of one turn needs no form."""

    member: Member
    conversation: Conversation

    longest = LONGEST

    @property
    def pk(self) -> UUID:
        return self.conversation.pk

    @property
    def programme(self) -> Programme:
        programme: Programme = self.conversation.programme
        return programme

    @property
    def side_by_side(self) -> bool:
        return self.conversation.mode == Conversation.Mode.SIDE_BY_SIDE

    @property
    def check(self) -> bool:
        return self.conversation.purpose == Conversation.Purpose.CHECK

    @property
    def ended(self) -> bool:
        return self.conversation.ended_at is not None

    @cached_property
    def writable(self) -> bool:
        return chats.is_open(self.conversation)

    @cached_property
    def agreed(self) -> bool:
        """Whether its person has agreed to the newest text; an expert has none to agree to."""
        return self.conversation.volunteer is None or has_agreed(self.conversation.volunteer)

    @property
    def high_risk(self) -> bool:
        return self.conversation.domain in self.programme.high_risk

    @property
    def back(self) -> str:
        """Where whoever leaves the chat goes on."""
        slug = self.member.project.slug
        if self.check:
            check = mine.check_of(self.conversation)
            return reverse("check_detail", args=[slug, check]) if check else reverse("check_list", args=[slug])
        return reverse("chat_programme", args=[slug, self.programme.key])

    @property
    def socket(self) -> str:
        return f"/ws/p/{self.member.project.slug}/chat/{self.pk}/"

    @property
    def turn_url(self) -> str:
        return reverse("chat", args=[self.member.project.slug, self.pk]) + "turns/"

    @property
    def key(self) -> UUID:
        return uuid4()

    @cached_property
    def turns(self) -> list[showing.Turn]:
        return [self._turn(line) for line in self._lines]

    @cached_property
    def unfinished(self) -> bool:
        return self.last is not None and not self.last.over

    @cached_property
    def last(self) -> Line | None:
        """The last message with its answers; None before the first."""
        return self._lines[-1] if self._lines else None

    @property
    def goes(self) -> list[showing.Choice]:
        """With which voices the next turn can go on; none to choose from where there is one voice."""
        if not self.side_by_side:
            return []
        words = {
            Conversation.GoesOn.FIRST: _("A"),
            Conversation.GoesOn.SECOND: _("B"),
            Conversation.GoesOn.BOTH: _("both"),
        }
        return [showing.Choice(way.value, word, way == self.conversation.goes_on) for way, word in words.items()]

    @property
    def form(self) -> list[showing.Row]:
        """What is asked at the end; nothing where it was answered, and nothing where nobody answered anything."""
        if self.check or self.form_said or not any(side.reports for turn in self.turns for side in turn.sides):
            return []
        return showing.form_rows()

    @property
    def form_said(self) -> bool:
        return self._told.form is not None

    def turn(self, message: Message) -> showing.Turn | None:
        """The turn of this message, and of it alone."""
        return next((self._turn(line) for line in self._lines if line.message.pk == message.pk), None)

    def _turn(self, line: Line) -> showing.Turn:
        return showing.turn_of(line, self._told, lettered=self.side_by_side)

    @cached_property
    def _lines(self) -> list[Line]:
        return chats.transcript(self.conversation)

    @cached_property
    def _told(self) -> Told:
        return said_of(self.conversation)
