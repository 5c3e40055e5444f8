"""Writing answers: from the model's stream into memory, once a second into the database, and to an end.

It needs no reader. Whether anybody looks, comes back or closes the page, the answer is written to its end.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TypeVar
from uuid import UUID

from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError

from alpha.generating import ending, hub, watching
from alpha.generating.ending import Spending, Work
from alpha.generating.hub import Feed
from alpha.models import Answer
from core.endpoints import asking
from core.endpoints.asking import Ask, Spent
from core.endpoints.faults import Fault, ModelFault

log = logging.getLogger(__name__)

PERSIST_SECONDS = 1.0
# How long the end of an answer waits for a database that is away; after ten seconds without a sign it is interrupted.
AWAY_SECONDS = (0.5, 1.0, 2.0, 4.0)
T = TypeVar("T")
InDatabase = Callable[..., Awaitable[T]]
State = Answer.State


async def in_caller(act: Callable[..., T], *given: object) -> T:
    """Use the database in the thread that waits for this coroutine, within its transaction if it has one."""
    return await sync_to_async(act)(*given)


class Writer:
    """Writes answers on one event loop, and stores how far all of them have come in one statement a second.

    `in_database(act, *given)` runs a function that uses the database.
    """

    def __init__(self, in_database: Callable[..., Awaitable[object]] = in_caller) -> None:
        self._in_database = in_database
        self._feeds: dict[UUID, Feed] = {}
        self._scribe: asyncio.Task[None] | None = None

    async def write(self, message: UUID) -> int:
        """Claim the answers to this message that nobody holds, and write them to their end; returns how many."""
        claimed = await self._in_database(ending.claim, message)
        assert isinstance(claimed, list)
        await asyncio.gather(*(self._write(work) for work in claimed))
        return len(claimed)

    async def _write(self, work: Work) -> None:
        feed = hub.open_feed(work)
        self._feeds[work.answer] = feed
        self._wake_scribe()
        try:
            state, spent, fault = await self._outcome(feed)
            feed.ended_ms = feed.elapsed_ms
            # Out of the scribe's hands first: it must not store what is being ended.
            del self._feeds[work.answer]
            if not feed.lost:
                await self._end(feed, state, spent, fault)
        finally:
            self._feeds.pop(work.answer, None)
            hub.close_feed(feed)

    async def _outcome(self, feed: Feed) -> tuple[str, Spending | None, str]:
        """Read the model to its end: the state in which that leaves the answer, what it took, the fault if any."""
        reading = asyncio.ensure_future(_read(feed))
        loop = asyncio.get_running_loop()
        feed.interrupting = lambda: loop.call_soon_threadsafe(reading.cancel)
        if feed.stopped:
            reading.cancel()
        try:
            spent = await reading
        except ModelFault as fault:
            return State.FAILED, None, str(fault.fault)
        except asyncio.CancelledError:
            if not (feed.stopped or feed.lost):
                raise
            return State.STOPPED, None, ""
        except Exception:
            log.exception("An answer could not be written.")
            return State.FAILED, None, str(Fault.UNKNOWN)
        return State.DONE, spent, ""

    async def _end(self, feed: Feed, state: str, spent: Spending | None, fault: str) -> None:
        """Store the end; a database that is away for a moment is waited for, as long as the answer is still ours."""
        for pause in (*AWAY_SECONDS, None):
            try:
                await self._in_database(_finish, feed, state, spent, fault)
            except DatabaseError:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
            else:
                return

    def _wake_scribe(self) -> None:
        if self._scribe is None or self._scribe.done():
            self._scribe = asyncio.ensure_future(self._keep())

    async def _keep(self) -> None:
        """Store what has come, once a second while anything is being written."""
        while self._feeds:
            await asyncio.sleep(PERSIST_SECONDS)
            await self._store()

    async def _store(self) -> None:
        feeds = list(self._feeds.values())
        if not feeds:
            return
        try:
            held = await self._in_database(ending.persist, [feed.written for feed in feeds])
        except Exception:
            # A database that is away now may be back at the next second; if not, others take the answer for lost.
            log.exception("What was written could not be stored.")
            return
        assert isinstance(held, dict)
        for feed in feeds:
            if feed.work.answer not in self._feeds:
                continue
            if feed.work.answer not in held:
                feed.lost = True
                feed.interrupting()
            elif held[feed.work.answer]:
                stop(feed)


def stop(feed: Feed) -> None:
    """A person wants no more of it."""
    feed.stopped = True
    feed.interrupting()


def write_here(message: UUID) -> int:
    """Write the answers to this message that nobody holds, in this thread; returns how many when all have ended."""
    return async_to_sync(Writer().write)(message)


async def _read(feed: Feed) -> Spending | None:
    ask = Ask(messages=feed.work.told, user=feed.work.user)
    async with aclosing(asking.stream(feed.work.bundle, ask)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Spent):
                return Spending(piece.tokens_in, piece.tokens_out)
            feed.take(piece)
    return None


def _finish(feed: Feed, state: str, spent: Spending | None, fault: str) -> None:
    upto = watching.shown_of(feed.work.answer) if state == State.STOPPED else None
    ending.finish(feed.written, state=state, spent=spent, fault=fault, upto=upto)
