"""The chat page's socket. It carries only what is to be read: whatever a person does is an HTTP POST."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import translation

from alpha.generating import ending, serving, watching
from alpha.generating.markdown import Growing
from alpha.generating.watching import Seen, Watch
from alpha.models import Answer, Conversation, Message
from alpha.selectors import chats
from core.accounts.access import member_of
from core.accounts.middleware import language_of
from core.live.consumers import NOT_UNDERSTOOD, LiveConsumer
from core.text.rendering import render

TICK_SECONDS = 0.1
# How often an answer that another process writes is read again: that process stores it once a second.
ELSEWHERE_SECONDS = 0.5
# However much is to be rendered, a chat takes at most a fifth of its process's time.
REST = 4
# So many frames a process sends in a second: where many chats are shown at once, each has fewer of them.
FRAMES_A_SECOND = 750

_showing: set["_Show"] = set()

_Known = tuple[list[tuple[UUID, str]], bool]
"""What a page has been told: each answer's state, and whether the conversation goes on."""


@dataclass(eq=False)
class _Show:
    """One message's answers on their way to this browser."""

    watch: Watch
    growing: list[Growing] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    read_at: float = 0.0

    def again(self) -> None:
        """Send all of it once more with the next frame."""
        self.sent = [0 for _ in self.watch.answers]


class ChatConsumer(LiveConsumer):
    """/ws/p/<slug>/chat/<uuid>/ for the person whose conversation it is.

    Sends {"type": "state", "open", "lines": [{"message", "n", "said", "asks", "answers": [Answer]}]} when the page must
    know anew; while answers come {"type": "frame", "message", "n", "sides": {place: {"from", "blocks", "tail"}}}: the
    blocks from the `from`th on are these, and `tail` is what follows them; {"type": "done", "message", "answers"} when
    a message's answers are there. An Answer is {"place", "id", "state", "html", "fault"}: in how many
    pieces it came is not said, since that tells one endpoint from another.
    Takes {"type": "resume", "message", "n"} (send the frames' blocks again) and {"type": "look"} (something was done).
    """

    conversation: Conversation
    _known: _Known | None
    _mark: chats.Mark
    _shows: dict[UUID, _Show]
    _html: dict[UUID, tuple[str, str]]

    def allowed(self) -> bool:
        route = self.scope["url_route"]["kwargs"]
        member = member_of(self.scope["user"], route["slug"])
        self.conversation = chats.conversation_for(member, route["conversation"])
        return True

    def topics(self) -> list[str]:
        return [f"chat.{self.conversation.pk}"]

    async def connect(self) -> None:
        self._known, self._shows, self._html = None, {}, {}
        await super().connect()

    async def refresh(self) -> None:
        """Send the state if it has changed, and show the last message's answers if they are still coming."""
        news = await database_sync_to_async(self._read_news)()
        if news is None:
            return
        state, watch = news
        if state is not None:
            await self.send_json(state)
        if watch is None:
            # All of it was told just now.
            self._shows = {}
        elif watch.message not in self._shows:
            self._begin(watch)

    async def received(self, content: dict[str, Any]) -> None:
        kind = content.get("type")
        if kind == "look":
            await self._refresh()
        elif kind == "resume" and isinstance(content.get("message"), str):
            await self._resume(content["message"])
        else:
            await self.close(NOT_UNDERSTOOD)

    async def _resume(self, message: str) -> None:
        shows = [show for pk, show in self._shows.items() if str(pk) == message]
        for show in shows:
            show.again()
        if not shows:
            self._known = None
            await self._refresh()

    def _begin(self, watch: Watch) -> None:
        show = _Show(watch, [Growing() for _ in watch.answers])
        show.again()
        self._shows = {watch.message: show}
        self._start(self._show(show))

    async def _show(self, show: _Show) -> None:
        """Send frames until the reader has all of it, or another show took its place."""
        _showing.add(show)
        try:
            await self._send_on(show)
        finally:
            _showing.discard(show)

    async def _send_on(self, show: _Show) -> None:
        while self._shows.get(show.watch.message) is show:
            began = time.monotonic()
            if not show.watch.look() and began - show.read_at >= ELSEWHERE_SECONDS:
                show.read_at = began
                await database_sync_to_async(self._reread)(show)
            if show.watch.over:
                await self._done(show)
                return
            took = await self._frame(show)
            await asyncio.sleep(max(TICK_SECONDS, REST * took, len(_showing) / FRAMES_A_SECOND))

    async def _frame(self, show: _Show) -> float:
        """Send what is new; returns how many seconds it took to render."""
        began, upto = time.monotonic(), show.watch.shown
        grown = [one.upto(seen.text[:upto]) for one, seen in zip(show.growing, show.watch.answers, strict=True)]
        behind = [sent < len(one.blocks) for one, sent in zip(show.growing, show.sent, strict=True)]
        took = time.monotonic() - began
        if not (any(grown) or any(behind)):
            return took
        # Both sides in each frame, so that a frame says nothing of which of them moved.
        sides = {
            str(seen.place): {"from": sent, "blocks": one.blocks[sent:], "tail": one.tail}
            for seen, one, sent in zip(show.watch.answers, show.growing, show.sent, strict=True)
        }
        show.sent = [len(one.blocks) for one in show.growing]
        await self.send_json({"type": "frame", "message": str(show.watch.message), "n": upto, "sides": sides})
        return took

    async def _done(self, show: _Show) -> None:
        del self._shows[show.watch.message]
        answers = [self._answer(seen) for seen in show.watch.answers]
        state = await database_sync_to_async(self._read_rest)(show)
        await self.send_json({"type": "done", "message": str(show.watch.message), "answers": answers})
        if state is not None and state["lines"] and state["lines"][-1]["message"] != str(show.watch.message):
            await self.send_json(state)

    def _answer(self, seen: Seen) -> dict[str, Any]:
        with self._language():
            return {
                "place": seen.place,
                "id": str(seen.answer),
                "state": seen.state,
                "html": render(seen.text),
                "fault": chats.fault_of(seen.state, seen.fault),
            }

    def _read_news(self) -> tuple[dict[str, Any] | None, Watch | None] | None:
        """As `_read_all`; None where nothing was stored that is news to the page: most who are told look in vain."""
        if self._known is None:
            return self._read_all()
        shown = {seen.answer: seen.state for show in self._shows.values() for seen in show.watch.answers}
        ended = {answer: state for answer, state in shown.items() if state not in chats.UNFINISHED}
        # What becomes of those that are still to come is told when all of them was shown.
        coming = shown.keys() - ended.keys()
        if self._mark.after(ended).without(coming) == chats.mark_of(self.conversation).without(coming):
            return None
        return self._read_all()

    def _read_rest(self, show: _Show) -> dict[str, Any] | None:
        """The state if more has changed than that these answers are there, which the page knows by their end."""
        mark, ended = chats.mark_of(self.conversation), {seen.answer: seen.state for seen in show.watch.answers}
        if self._known is not None and mark == self._mark.after(ended):
            lines, is_open = self._known
            self._mark, self._known = mark, ([(pk, ended.get(pk, state)) for pk, state in lines], is_open)
            return None
        self._known = None
        return self._read_all()[0]

    def _read_all(self) -> tuple[dict[str, Any] | None, Watch | None]:
        """The state, None if the page knows it, and the last message's answers if they are still coming."""
        self._mark = chats.mark_of(self.conversation)
        self.conversation = chats.again(self.conversation)
        lines = chats.transcript(self.conversation)
        watch = self._watch_line(lines[-1]) if lines and not lines[-1].over else None
        known = [(one.answer.pk, one.state) for line in lines for one in line.answers], chats.is_open(self.conversation)
        if known == self._known:
            return None, watch
        self._known = known
        with self._language():
            return {
                "type": "state",
                "open": known[1],
                "lines": [self._line(line) for line in lines],
            }, watch

    def _line(self, line: chats.Line) -> dict[str, Any]:
        return {
            "message": str(line.message.pk),
            "n": line.message.n,
            "said": line.message.body or "",
            "asks": line.message.asks_thumb,
            "answers": [
                {
                    "place": one.place,
                    "id": str(one.answer.pk),
                    "state": one.state,
                    "html": self._rendered(one),
                    "fault": one.fault,
                }
                for one in line.answers
            ],
        }

    def _rendered(self, one: chats.Shown) -> str:
        """Rendered once for this socket; it is given up with it."""
        kept = self._html.get(one.answer.pk)
        if kept is None or kept[0] != one.text:
            kept = self._html[one.answer.pk] = (one.text, one.html)
        return kept[1]

    def _watch_line(self, line: chats.Line) -> Watch:
        return self._watch(line.message, [one.answer for one in line.answers])

    def _watch(self, message: Message, answers: Sequence[Answer]) -> Watch:
        now = chats.database_now()
        if any(_lost(one, now) for one in answers) and ending.interrupt_lost():
            # Its process has died, and no worker was there to notice.
            answers = chats.last_answers(message)
        if any(one.state == chats.State.WAITING for one in answers):
            waited = chats.since(answers[0], now) / 1000
            if waited > ending.LOST_SECONDS:
                # Nobody began it: neither the process that took the message nor a worker is there.
                serving.start(message.pk)
        return watching.watch(self.conversation, message, answers, now)

    def _reread(self, show: _Show) -> None:
        message = chats.message_in(self.conversation, show.watch.message)
        again = self._watch(message, chats.last_answers(message))
        if [seen.answer for seen in again.answers] == [seen.answer for seen in show.watch.answers]:
            show.watch.answers = again.answers
            show.watch.advance()

    def _language(self) -> Any:
        return translation.override(language_of(self.scope["user"].language) or settings.LANGUAGE_CODE)


def _lost(answer: Answer, now: datetime) -> bool:
    """Whether whoever writes it has said nothing for too long."""
    quiet = now - answer.beat_at if answer.beat_at else timedelta(0)
    return answer.state == Answer.State.STREAMING and quiet > timedelta(seconds=ending.LOST_SECONDS)
