"""A web server as a process of its own, and what it and its database cost in processor time."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

TICK = os.sysconf("SC_CLK_TCK")
# Their work is the database's, whoever caused it; the rest of a shared server is other people's.
BACKGROUND = ("walwriter", "checkpointer", "background writer")


@contextmanager
def server(log: Path) -> Iterator[tuple[int, int]]:
    """A running web server on the database of DATABASE_URL: its port and its process id."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    port = listener.getsockname()[1]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "scenarios.web", str(listener.fileno())],
            pass_fds=[listener.fileno()],
            stdout=out,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    listener.close()
    try:
        _wait(port, process, log)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            line.request("GET", "/livez")
            if line.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            line.close()
    sys.exit(f"The web server did not come up:\n{log.read_text()[-3000:]}")


class Meter:
    """Processor seconds of the web server and of the database's processes, from /proc; `read` it now and then."""

    def __init__(self, web: int, url: str) -> None:
        self._web = web
        self._connection = psycopg.connect(url, autocommit=True)
        self._seen: dict[int, float] = {}

    def read(self) -> tuple[float, float]:
        """(web, database) so far. Backends that ended between two readings keep what they had."""
        rows = self._connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND (datname = current_database() OR backend_type = ANY(%s))",
            [list(BACKGROUND)],
        ).fetchall()
        for (pid,) in rows:
            self._seen[pid] = max(self._seen.get(pid, 0.0), seconds_of(pid))
        return seconds_of(self._web), sum(self._seen.values())

    def close(self) -> None:
        self._connection.close()


def seconds_of(pid: int) -> float:
    """The processor seconds of a process so far; none of one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def peak() -> int:
    """The most memory that this process has held, in bytes; not ru_maxrss, which it has from whoever started it."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) << 10


class Clock:
    """Processor time of web server and database's backends to the nanosecond, as the scheduler counts it.

    For single requests, for which ticks are too coarse. Other people's work on the machine is not in it.
    """

    def __init__(self, web: int, url: str) -> None:
        self._web = web
        self._connection = psycopg.connect(url, autocommit=True)

    def read(self) -> float:
        """Milliseconds so far."""
        rows = self._connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        ).fetchall()
        return sum(map(_on_processor, [self._web, *(pid for (pid,) in rows)])) / 1e6


def _on_processor(pid: int) -> int:
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total += int(task.read_text().split()[0])
        except OSError:
            continue
    return total
