"""Kinds of jobs for real workers in tests. Each leaves a line in a file whenever it begins and ends."""

import os
import signal
import time
from pathlib import Path

from core.jobs.registry import handler


def note(path, word):
    with Path(path).open("a") as file:
        file.write(f"{word} {os.getpid()}\n")


@handler("test.note")
def write_note(run, *, path, seconds=0.0):
    note(path, f"begin-{run.attempt}")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        run.progress(done=1, total=2)
        time.sleep(0.02)
    run.heartbeat()
    note(path, f"end-{run.attempt}")
    return {"said": "noted"}


@handler("test.poison")
def kill_yourself(run, *, path):
    note(path, f"begin-{run.attempt}")
    os.kill(os.getpid(), signal.SIGKILL)
