"""Doing several things at the same moment, as people and programs do."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from django.db import connection


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all of these at the same moment, each on a connection of its own; returns what they return or raise."""
    results: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            start.wait()
            results[place] = work()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def until_somebody_waits_for_us() -> None:
    """Wait until another connection wants a lock that this one's transaction holds."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
            if cursor.fetchone():
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waits for us.")


def aside(work: Callable[[], Any]) -> "Future[Any]":
    """Begin this on a connection of its own; the future holds what it returns or raises."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)
        finally:
            connection.close()

    threading.Thread(target=run).start()
    return future
