"""One connection per process that listens, in a thread of its own, and comes back after the database was away."""

import logging
import os
import threading
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connections

log = logging.getLogger(__name__)

LISTEN_CHANNEL = "plumbline_live"
# How long a wait lasts before the thread looks whether it should end, and how many waits before it probes the server.
WAIT_SECONDS = 0.25
QUIET_WAITS = 80
RECONNECT_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)


class Listener:
    """Calls `heard(payload)` in its thread for every notification. Started by `ensure`, which may be called often."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        self._heard = heard
        self._start = threading.Lock()
        self._listening = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._pid = 0

    def listening(self) -> bool:
        """Whether notifications are being heard in this process now."""
        return self._pid == os.getpid() and self._listening.is_set()

    def ensure(self, seconds: float) -> bool:
        """Start the thread if it does not run, and wait so long for it to listen; says whether it does."""
        with self._start:
            if self._pid != os.getpid():  # a forked child has no thread and must not touch its parent's connection
                self._thread, self._listening, self._stop = None, threading.Event(), threading.Event()
                self._pid = os.getpid()
            if self._thread is None or not self._thread.is_alive():
                self._stop.clear()
                self._thread = threading.Thread(target=self._work, name="listener", daemon=True)
                self._thread.start()
        return self._listening.wait(seconds)

    def stop(self) -> None:
        """End the thread and close its connection."""
        self._stop.set()
        thread = self._thread
        if thread is not None and self._pid == os.getpid():
            thread.join(10 * WAIT_SECONDS)

    def _work(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                with psycopg.connect(**parameters(), autocommit=True) as connection:
                    connection.execute(f"LISTEN {LISTEN_CHANNEL}")
                    self._listening.set()
                    failures = 0
                    self._hear(connection)
            except (psycopg.Error, OSError) as error:
                pause = RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS) - 1)]
                log.warning("Live messages are not heard (%s); trying again in %s s.", error, pause)
                failures += 1
                self._listening.clear()
                self._stop.wait(pause)
            finally:
                self._listening.clear()

    def _hear(self, connection: "psycopg.Connection[Any]") -> None:
        quiet = 0
        while not self._stop.is_set():
            quiet += 1
            for notification in connection.notifies(timeout=WAIT_SECONDS):
                quiet = 0
                self._deliver(notification.payload)
            if quiet >= QUIET_WAITS:
                # A connection whose other end vanished silently looks like a quiet one until something is asked.
                connection.execute("SELECT 1")
                quiet = 0

    def _deliver(self, payload: str) -> None:
        try:
            self._heard(payload)
        except Exception:
            log.exception("A live message could not be delivered.")


def parameters() -> dict[str, Any]:
    """The connection parameters of the default database, without what only Django's own connections take."""
    wrapper = connections["default"]
    given = wrapper.get_connection_params()
    return {key: value for key, value in given.items() if key not in ("cursor_factory", "context", "pool")}
