"""The keeper: sleeps until nobody uses the cluster any more, stops it and is gone.

It is a process of its own because a program that is killed cannot tidy up after itself; the kernel gives its lock back
for it, and the keeper is who notices.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from config.cluster import locks, postmaster
from config.cluster.errors import ClusterError
from config.cluster.layout import Layout

# A user killed while the server was coming up leaves one that appears only now.
LATE_START_SECONDS = 0.5


def ensure(layout: Layout) -> None:
    """Start a keeper if there is none. Call it under the start lock, before the server is started.

    Raises ClusterError if it does not start.
    """
    lock = locks.take(layout.keeper_lock, wait=False)
    if lock is None:
        return
    try:
        # The keeper inherits the lock itself: at no moment could two believe to be the only one.
        answer = subprocess.run(  # noqa: S603 -- our own arguments, no shell
            [sys.executable, "-S", "-m", "config.cluster", "keep", str(lock), str(layout.data_dir), str(layout.home)],
            env={"PATH": os.defpath, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            cwd="/",
            pass_fds=(lock,),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.close(lock)
    if answer.returncode != 0:
        raise ClusterError(f"the database's keeper did not start: {(answer.stderr.strip() or 'no message')[-300:]}")


def pid(layout: Layout) -> int | None:
    """The keeper's process id, or None if none is alive."""
    probe = locks.take(layout.keeper_lock, shared=True, wait=False)
    if probe is not None:
        os.close(probe)
        return None
    return int(layout.keeper_lock.read_text() or 0) or None


def dismiss(layout: Layout) -> None:
    """End the keeper of a cluster that is being removed."""
    number = pid(layout)
    while number is not None and pid(layout) == number:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
        time.sleep(0.01)


def main(lock: int, layout: Layout) -> None:
    """Become a process of nobody's, wait for the last user to go, stop the server."""
    if os.fork() != 0:
        # Whoever started us waits for this exit, and keeps no child of which it would have to know.
        os._exit(0)
    os.setsid()
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    # Whoever started us waits for these to close as well: from then on our number can be read.
    _let_go_of_the_terminal()
    alone = locks.take(layout.users_lock)
    deadline = time.monotonic() + LATE_START_SECONDS
    while (server := postmaster.find(layout)) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    if server is not None:
        postmaster.stop(server.pid, layout.cluster)
    # In this order: who is let in by the second must not meet the first and think that a keeper is there.
    os.close(lock)
    if alone is not None:
        os.close(alone)


def _let_go_of_the_terminal() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
