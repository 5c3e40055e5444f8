"""How far the clock has come with a message's answers: their rows, and what this process has of them in memory."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from alpha.generating import hub, pacing
from alpha.generating.pacing import SECOND, Clock, Side
from alpha.models import Answer, Conversation, Message
from alpha.selectors import chats


@dataclass
class Seen:
    """One answer as last heard of: its row, or the feed of it while it is written in this process."""

    answer: UUID
    place: int
    state: str
    fault: str
    text: str
    side: Side

    def look(self) -> bool:
        """Take in what has come since, if it is written here; False if only its row can tell more."""
        feed = hub.feed_of(self.answer)
        if feed is None:
            return self.state not in chats.UNFINISHED
        self.text, self.side = feed.text, feed.side
        return True


@dataclass
class Watch:
    """The answers to one message, by place, and the clock they are shown by; `shown` never goes back."""

    message: UUID
    clock: Clock
    asked: float
    answers: list[Seen] = field(default_factory=list)
    shown: int = 0

    def look(self) -> bool:
        """Take in what has come and let the clock go on; False if the rows should be read again."""
        looks = [seen.look() for seen in self.answers]
        self.advance()
        return all(looks)

    def advance(self) -> None:
        """Let the clock go on."""
        now_ms = (time.monotonic() - self.asked) * SECOND
        sides = [seen.side for seen in self.answers]
        self.shown = max(self.shown, pacing.released(sides, now_ms=now_ms, clock=self.clock))

    @property
    def over(self) -> bool:
        """Whether its reader has all of it. What is written here is over when its end is stored."""
        return all(seen.state not in chats.UNFINISHED and pacing.over(seen.side, self.shown) for seen in self.answers)


def watch(conversation: Conversation, message: Message, answers: Sequence[Answer], now: datetime) -> Watch:
    """The last attempts of a message's answers, from their rows as they were at `now`, the database's clock."""
    elapsed_ms = chats.since(answers[0], now)
    watched = Watch(
        message=message.pk,
        clock=chats.clock_of(conversation),
        asked=time.monotonic() - elapsed_ms / SECOND,
        answers=[_seen(answer) for answer in answers],
    )
    watched.look()
    return watched


def shown_of(answer: UUID) -> int:
    """How many characters of this answer its reader has seen by now."""
    row = Answer.objects.select_related("message__conversation__programme").get(pk=answer)
    answers = chats.last_answers(row.message)
    watched = watch(row.message.conversation, row.message, answers, chats.database_now())
    mine = (min(watched.shown, len(seen.text)) for seen in watched.answers if seen.answer == answer)
    # One that was asked for again is shown no more; nothing of it is to be cut.
    return next(mine, len(row.text or ""))


def _seen(answer: Answer) -> Seen:
    return Seen(
        answer=answer.pk,
        place=answer.voice.place,
        state=answer.state,
        fault=answer.fault,
        text=answer.text or "",
        side=chats.side_of(answer),
    )
