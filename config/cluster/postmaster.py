"""The running server: is it ours, is it ready, stop it. Everything is read from its own files and from the kernel."""

import contextlib
import os
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from config.cluster.layout import PORT, Layout

# Fast, then at once, then by force: each is worse for the next start, none loses what was committed.
STOPS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A server process of this cluster that was alive when we looked."""

    pid: int
    status: str
    sockets: str

    @property
    def ready(self) -> bool:
        """Whether it said so and answers at its socket."""
        return self.status == "ready" and answers(Path(self.sockets))


def find(layout: Layout) -> Postmaster | None:
    """The live server of this cluster, or None, also where its file is stale or its number another process's."""
    try:
        lines = (layout.cluster / "postmaster.pid").read_text(errors="replace").splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    if not serves(pid, layout.cluster):
        return None
    lines += [""] * 8
    return Postmaster(pid=pid, status=lines[7].strip(), sockets=lines[4].strip())


def serves(pid: int, cluster: Path) -> bool:
    """Whether the process lives and is a PostgreSQL server on that data folder."""
    try:
        # The state stands behind the name, which is in brackets and may hold anything.
        state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, IndexError):
        return False
    is_server = Path(os.fsdecode(arguments[0])).name in ("postgres", "postmaster")
    return state not in "ZX" and is_server and (os.fsencode(cluster) in arguments or _works_in(pid, cluster))


def _works_in(pid: int, cluster: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(cluster)
    except OSError:
        return False


def answers(folder: Path) -> bool:
    """Whether something listens at the socket in the folder."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            connection.connect(os.fspath(folder / f".s.PGSQL.{PORT}"))
        except OSError:
            return False
    return True


def stop(pid: int, cluster: Path) -> None:
    """Stop the server and wait until it is gone. The signals are those of `pg_ctl stop`, which may be gone by now."""
    for number, seconds in STOPS:
        if not serves(pid, cluster):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while serves(pid, cluster) and time.monotonic() < deadline:
            time.sleep(0.02)


def clear(layout: Layout, sockets: Path) -> None:
    """Remove what a killed server left behind, and stop a server whose data folder was removed beneath it.

    PostgreSQL itself refuses to start when the number in such a file belongs to any live process, which after a reboot
    it often does. Call it under the start lock, when `find` has said that no server lives.
    """
    (layout.cluster / "postmaster.pid").unlink(missing_ok=True)
    _kill_orphans(layout.cluster)
    lock = sockets / f".s.PGSQL.{PORT}.lock"
    try:
        lines = lock.read_text(errors="replace").splitlines()
        pid, folder = int(lines[0]), Path(lines[1])
    except (OSError, ValueError, IndexError):
        pid, folder = 0, layout.cluster
    if pid and serves(pid, folder):
        stop(pid, folder)
    for leftover in (lock, sockets / f".s.PGSQL.{PORT}"):
        leftover.unlink(missing_ok=True)


def _kill_orphans(cluster: Path) -> None:
    """Kill the servers' children whose parent was killed: one that is busy would hold the cluster's memory for long."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            title = (entry / "cmdline").read_bytes()
            if title.startswith(b"postgres") and (entry / "cwd").samefile(cluster):
                os.kill(int(entry.name), signal.SIGKILL)
