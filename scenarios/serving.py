"""Runs the parts of the demo as processes of its own: starts them, watches them, stops them."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

HOST = "127.0.0.1"
FIRST_PORT, LAST_PORT = 8000, 8099
START_SECONDS = 60.0
STOP_SECONDS = 12.0
LAST_LINES = 15


# So often in so many seconds a part that ended by itself is started again.
RESTARTS, RESTARTS_WITHIN_SECONDS = 3, 60.0


class ServingFailed(Exception):
    """A part of the demo did not start, or ended by itself. The message says which, with the end of its log."""


@dataclass(frozen=True, slots=True)
class Part:
    """A process of the demo: what it is called, what it runs, and the signal that ends it at once but tidily.

    One that `revives` is started again when it ends by itself, as a service manager would, unless it keeps on ending.
    """

    name: str
    arguments: list[str]
    ended_by: signal.Signals = signal.SIGTERM
    descriptors: tuple[int, ...] = ()
    revives: bool = False


def listen(port: int | None) -> socket.socket:
    """A listening socket on the port, or on the first free one from 8000 on. Raises ServingFailed if it is taken."""
    for candidate in [port] if port is not None else range(FIRST_PORT, LAST_PORT + 1):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
            listener.listen()
        except OSError as error:
            listener.close()
            reason = error.strerror
        else:
            return listener
    tried = f"port {port}" if port is not None else f"any port from {FIRST_PORT} to {LAST_PORT}"
    raise ServingFailed(f"cannot listen on {tried} of {HOST}: {reason}. Name another one by --port.")


def parts(listener: socket.socket) -> list[Part]:
    """What the demo consists of."""
    descriptor = listener.fileno()
    worker = ["-m", "celery", "--quiet", "-A", "config.celery", "worker", "-B", "--concurrency", "2"]
    return [
        Part("web", [sys.executable, "-m", "scenarios.web", str(descriptor)], descriptors=(descriptor,)),
        # Told to quit, Celery gives running tasks a moment and hands the rest back; told to terminate, it waits.
        Part("worker", [sys.executable, *worker, "--loglevel", "INFO"], ended_by=signal.SIGQUIT, revives=True),
    ]


class Supervisor:
    """The running parts. Use it as a context: leaving it stops them all and waits until they are gone."""

    def __init__(self, *, log_dir: Path, tag: str, environment: Mapping[str, str]) -> None:
        self._log_dir = log_dir
        self._tag = tag
        self._environment = dict(environment)
        self._running: list[tuple[Part, subprocess.Popen[bytes]]] = []
        self._revived: list[float] = []
        self._told_to_stop = threading.Event()

    def __enter__(self) -> "Supervisor":
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        # Under nohup the terminal's going is to be ignored.
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, part: Part) -> None:
        """Start one part in a process group of its own, so that Ctrl-C reaches it only through us."""
        self._log_dir.mkdir(parents=True, exist_ok=True)
        bound = Path(__file__).with_name("bound.py")
        # A revived part writes on, so that what it died of can still be read.
        with self._log(part).open("ab" if self._revived else "wb") as log:
            process = subprocess.Popen(  # noqa: S603 -- our own arguments, no shell
                [sys.executable, "-I", "-S", str(bound), str(int(part.ended_by)), str(os.getpid()), *part.arguments],
                cwd=Path(__file__).resolve().parents[1],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=part.descriptors,
                process_group=0,
            )
        self._running.append((part, process))

    def wait_until_alive(self, port: int) -> bool:
        """Wait for the web server's first answer. False if told to stop; raises ServingFailed if a part ends first."""
        deadline = time.monotonic() + START_SECONDS
        while not self._told_to_stop.wait(0.1):
            self._check()
            if _answers(port):
                return True
            if time.monotonic() > deadline:
                raise ServingFailed(f"web did not answer within {START_SECONDS:.0f} s.{self._end_of_log('web')}")
        return False

    def watch(self) -> None:
        """Return when told to stop. Revives what may be; raises ServingFailed if another part ends by itself."""
        while not self._told_to_stop.wait(0.5):
            self._revive()
            self._check()

    def stop(self) -> None:
        """Stop every part and wait: tidily, then by force, with whatever children are left of it."""
        for part, process in self._running:
            if process.poll() is None:
                process.send_signal(part.ended_by)
        deadline = time.monotonic() + STOP_SECONDS
        for _, process in self._running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._running.clear()

    def _revive(self) -> None:
        for part, process in list(self._running):
            if not part.revives or process.poll() is None:
                continue
            now = time.monotonic()
            self._revived = [at for at in self._revived if now - at < RESTARTS_WITHIN_SECONDS]
            if len(self._revived) >= RESTARTS:
                continue
            self._revived.append(now)
            # Children that outlived it would go on beside those of the new one.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            self._running.remove((part, process))
            self.start(part)
            sys.stdout.write(f"The {part.name} ended (exit {process.returncode}) and was started again.\n")
            sys.stdout.flush()

    def _check(self) -> None:
        for part, process in self._running:
            if process.poll() is not None:
                raise ServingFailed(f"{part.name} ended (exit {process.returncode}).{self._end_of_log(part.name)}")

    def _end_of_log(self, name: str) -> str:
        path = next(self._log(part) for part, _ in self._running if part.name == name)
        lines = path.read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
        return "".join(f"\n  {line}" for line in [f"The end of {path}:", *lines])

    def _log(self, part: Part) -> Path:
        return self._log_dir / f"{part.name}-{self._tag}.log"

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._told_to_stop.set()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
