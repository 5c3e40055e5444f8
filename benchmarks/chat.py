"""What showing a model's words live adds: `python -m benchmarks.chat [--chats N] [--chunks N] [--seconds S]`.

A stub endpoint streams a chunk every S seconds to each of N chats, in a process of its own; the readers are another.
The chats begin one after the other within `--spread` seconds, by default as long as an answer takes: whoever has read
one asks for the next. First the readers read the stub directly, then through the server: the OpenAI adapter, the clock
(here as fast as can be), the rendering, the socket. The ratio is of how long after it was sent a chunk was there.
Memory and processor time are those of the web server, the latter with the database's.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import _ground, _server, _table

# What is later than a second breaks a reader's train of thought.
ADDED_P95_MS = 1000.0


def main() -> None:
    """Print the figures; fails over budget or if a chat did not end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=300)
    parser.add_argument("--chunks", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=0.25)
    parser.add_argument("--spread", type=float, default=None)
    options = parser.parse_args()
    if options.spread is None:
        options.spread = options.chunks * options.seconds
    with _stub(options) as stub, tempfile.TemporaryDirectory() as folder:
        with _readers({"stub": stub, "web": 0, "streams": options.chats, "spread": options.spread}) as readers:
            directly = _ended(readers)
        os.environ["OUTBOUND_ALLOW"] = f"127.0.0.1:{stub}"
        os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks._settings"
        with _ground.database():
            _ground.migrate()
            from benchmarks import _chats

            chats = _chats.begun(options.chats + 1, endpoint=f"http://127.0.0.1:{stub}/v1")
            with _server.server(Path(folder) / "log") as (port, web):
                through, cost = _through(port, web, chats, options)
            if through["unfinished"]:
                print((Path(folder) / "log").read_text()[-3000:], file=sys.stderr)
    _report(options, directly, through, cost)


def _through(port: int, web: int, chats: list[dict[str, str]], options: Any) -> tuple[dict[str, Any], dict[str, float]]:
    """What the readers saw through the server, and what that cost it."""
    # What the first one ever loads is not charged to the others.
    with _readers({"stub": 0, "web": port, "chats": chats[:1], "streams": 1, "spread": 0}) as readers:
        _ended(readers)
    chats = chats[1:]
    meter = _server.Meter(web, os.environ["DATABASE_URL"])
    idle = _memory(web)
    with _readers({"stub": 0, "web": port, "chats": chats, "streams": len(chats), "spread": options.spread}) as readers:
        before, opened = meter.read(), _memory(web)
        seen = _ended(readers)
    after, full = meter.read(), _memory(web)
    thousands = len(chats) * options.chunks / 1000
    meter.close()
    return seen, {
        "web": (after[0] - before[0]) / thousands,
        "database": (after[1] - before[1]) / thousands,
        "open": (opened - idle) / len(chats),
        "streaming": (full - idle) / len(chats),
    }


def _report(options: Any, directly: dict[str, Any], through: dict[str, Any], cost: dict[str, float]) -> None:
    if through["unfinished"] or directly["unfinished"]:
        sys.exit(f"{through['unfinished']} chats did not end: {through['faults']}")
    floor, ours = (np.percentile(seen["latencies"], [50, 95]) * 1000 for seen in (directly, through))
    added = ours - floor
    told = f"{options.chats} chats, a chunk every {options.seconds:g} s each, {options.chunks} chunks"
    print(f"{told}, begun in {options.spread:g} s: ", end="")
    print(f"{len(through['latencies'])} of {options.chats * options.chunks} chunks seen on their own")
    print(
        f"directly: p50 {floor[0]:.1f} ms, p95 {floor[1]:.1f} ms; through: p50 {ours[0]:.1f} ms, p95 {ours[1]:.1f} ms"
    )
    print(f"added: p50 {added[0]:.1f} ms, p95 {added[1]:.1f} ms")
    print(f"memory of a chat: {cost['open']:.0f} kB open, {cost['streaming']:.0f} kB at the end of its answer")
    print(f"processor time of 1,000 chunks: web {cost['web']:.2f} s, database {cost['database']:.2f} s")
    _table.report(
        _table.Row("a chunk of a chat, added p50", added[0], None, "ms"),
        _table.Row("a chunk of a chat, added p95", added[1], None, "ms", f"<= {ADDED_P95_MS:g} ms"),
    )
    sys.exit("Over budget." if added[1] > ADDED_P95_MS else 0)


@contextmanager
def _stub(options: Any) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    given = [str(listener.fileno()), str(options.chunks), str(options.seconds)]
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks._chat_stub", *given], pass_fds=[listener.fileno()]
    ) as process:
        try:
            yield listener.getsockname()[1]
        finally:
            process.terminate()
            listener.close()


@contextmanager
def _readers(told: dict[str, Any]) -> Iterator["subprocess.Popen[str]"]:
    """The readers, with all of their sockets open."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks._chat_clients"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(told) + "\n")
            process.stdin.flush()
            assert process.stdout.readline() == "open\n"
            yield process
        finally:
            process.terminate()


def _ended(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Let them begin; what they saw."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    seen: dict[str, Any] = json.loads(process.stdout.readline())
    return seen


def _memory(pid: int) -> float:
    """What a process holds, in kB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


if __name__ == "__main__":
    main()
