"""Writing answers where pages are served: on an event loop and threads of their own, beside those of the pages.

Begun by `config.asgi`. Elsewhere (a command, a worker, a test) `start` does nothing, and the job that was written with
the message has it answered; a worker does that within its own job.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from channels.db import DatabaseSyncToAsync
from django.conf import settings

from alpha.generating import hub, writing
from alpha.generating.writing import Writer

log = logging.getLogger(__name__)

# As many transactions at one time. More would only wait for each other, and for the pages' connections.
THREADS = 3


class _Desk:
    """The loop, its thread, and the writer on it; a forked child needs its own."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.loop = asyncio.new_event_loop()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="answers")
        self.writer = Writer(self._in_database)
        threading.Thread(target=self.loop.run_forever, name="answers", daemon=True).start()

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(_logged(work), self.loop)

    async def _in_database(self, act: Callable[..., Any], *given: Any) -> Any:
        return await DatabaseSyncToAsync(act, thread_sensitive=False, executor=self._threads)(*given)


_serves = False
_desk: _Desk | None = None
_making = threading.Lock()


def begin() -> None:
    """This process serves pages, and writes the answers that are asked for on them, if the settings let it."""
    global _serves
    _serves = settings.CHAT_ANSWERS_HERE


def start(message: UUID) -> None:
    """Have the answers to this message written here, if this process does that. Returns at once."""
    if _serves:
        desk = _at_desk()
        desk.begin(desk.writer.write(message))


def stop(answer: UUID) -> None:
    """End the writing of this answer if it is written here; elsewhere its row tells its writer within a second."""
    feed = hub.feed_of(answer)
    if feed is not None:
        writing.stop(feed)


def _at_desk() -> _Desk:
    global _desk
    with _making:
        if _desk is None or _desk.process != os.getpid():
            _desk = _Desk()
        return _desk


async def _logged(work: Coroutine[Any, Any, Any]) -> None:
    try:
        await work
    except Exception:
        # The database is away, say. The job that was stored with the message has it answered.
        log.exception("Answers could not be written here.")
