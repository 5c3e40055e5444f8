"""What is being written in this process, for those who show it here: memory that nothing depends on."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

from alpha.generating.ending import Work, Written
from alpha.generating.pacing import SECOND, Side


@dataclass
class Feed:
    """One answer while it is written: grown by the one who writes it, read by anybody in the process.

    `asked` is when it was asked for, on this process's monotonic clock. `interrupting` ends the reading of the model;
    `stopped` says that a person wanted it, `lost` that the answer is held by this process no longer.
    """

    work: Work
    asked: float
    text: str = ""
    seq: int = 0
    model_ms: int | None = None
    ended_ms: float | None = None
    stopped: bool = False
    lost: bool = False
    interrupting: Callable[[], object] = field(default=lambda: None)

    def take(self, piece: str) -> None:
        """A piece of text has come."""
        if self.model_ms is None:
            self.model_ms = int(self.elapsed_ms)
        self.seq += 1
        self.text += piece

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the answer was asked for."""
        return (time.monotonic() - self.asked) * SECOND

    @property
    def side(self) -> Side:
        """As the clock sees it."""
        return Side(self.model_ms, len(self.text), self.ended_ms)

    @property
    def written(self) -> Written:
        """As it is to be stored."""
        return Written(self.work.answer, self.work.owner, self.text, self.seq, self.model_ms)


_feeds: dict[UUID, Feed] = {}
_lock = Lock()


def open_feed(work: Work) -> Feed:
    """An answer begins to be written here."""
    feed = Feed(work=work, asked=time.monotonic() - work.elapsed_ms / SECOND)
    with _lock:
        _feeds[work.answer] = feed
    return feed


def close_feed(feed: Feed) -> None:
    """It is stored, or no longer ours: who wants it reads the row from now on."""
    with _lock:
        if _feeds.get(feed.work.answer) is feed:
            del _feeds[feed.work.answer]


def feed_of(answer: UUID) -> Feed | None:
    """The answer as it is being written here, None if it is not."""
    return _feeds.get(answer)
