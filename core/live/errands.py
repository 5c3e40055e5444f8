"""Telling another service something without ever waiting for it.

A broker that refuses, hangs or swallows connections must cost the caller nothing. So one daemon thread per process
and purpose does the talking from a bounded list; what does not fit is dropped, and whoever depends on it looks again.
"""

import atexit
import logging
import os
import queue
import threading
import time
import weakref
from collections.abc import Callable

log = logging.getLogger(__name__)

# A first word to Redis loads its client, which on a busy machine takes most of a second.
LAST_WORDS_SECONDS = 2.0


class Errands:
    """A thread that calls `do(item)` for each item handed over, one after the other."""

    def __init__(self, name: str, do: Callable[[str], None], *, waiting: int = 1000) -> None:
        self.name = name
        self._do = do
        self._waiting = waiting
        self._items: queue.Queue[str] = queue.Queue(maxsize=waiting)
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        _all.add(self)

    def hand_over(self, item: str) -> bool:
        """Leave the item to the thread. Returns at once; False if too many wait already and it was dropped."""
        with self._start:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name=self.name, daemon=True)
                self._thread.start()
        try:
            self._items.put_nowait(item)
        except queue.Full:
            log.warning("%s: too much waits to be said, %r is dropped.", self.name, item)
            return False
        return True

    def finish(self, seconds: float) -> None:
        """Wait until everything was said, at most so long."""
        deadline = time.monotonic() + seconds
        while self._items.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.01)

    def begin_anew(self) -> None:
        """Forget thread, lock and list: in a forked child they are another process's."""
        self._items = queue.Queue(maxsize=self._waiting)
        self._start = threading.Lock()
        self._thread = None

    def _work(self) -> None:
        while True:
            item = self._items.get()
            try:
                self._do(item)
            except Exception as error:  # noqa: BLE001  (whatever the other side does, the next item must be tried)
                log.warning("%s: %r was not delivered: %s", self.name, item, error)
            finally:
                self._items.task_done()


_all: "weakref.WeakSet[Errands]" = weakref.WeakSet()


def _last_words() -> None:
    # A short command gives its thread a moment, so that what it queued is known now and not at the next sweep.
    for errands in list(_all):
        errands.finish(LAST_WORDS_SECONDS)


def _after_fork() -> None:
    for errands in list(_all):
        errands.begin_anew()


atexit.register(_last_words)
os.register_at_fork(after_in_child=_after_fork)
