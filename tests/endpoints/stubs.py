"""An endpoint on this machine that speaks plain HTTP and misbehaves as it is told, and bundles that ask it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socket import create_server, socket
from typing import Any

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
Speak = Callable[[Any], None]


def event(text: str | None = None, finish: str | None = None, **more: Any) -> bytes:
    """One line of a stream as an endpoint sends it."""
    choices = [{"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": finish}]
    made = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, **more}
    return b"data: " + json.dumps(made).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
USAGE = event(choices=[], usage={"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14})


def says(*parts: bytes) -> Speak:
    """An endpoint that sends these parts and closes."""

    def speak(channel: Any) -> None:
        for part in parts:
            channel.sendall(part)

    return speak


@dataclass
class Stub:
    """Where it listens, and what it was sent."""

    port: int
    speak: Speak
    requests: list[bytes] = field(default_factory=list)
    closing: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def allowed(self) -> list[str]:
        """What the operator writes to let it be reached."""
        return [f"127.0.0.1:{self.port}"]

    @property
    def body(self) -> Any:
        """The last request's body, read."""
        return json.loads(self.requests[-1].partition(b"\r\n\r\n")[2])


@contextmanager
def serving(speak: Speak) -> Iterator[Stub]:
    """A Stub on a port of its own; each caller has a thread."""
    with create_server(("127.0.0.1", 0)) as listener:
        stub = Stub(listener.getsockname()[1], speak)
        thread = threading.Thread(target=_serve, args=(listener, stub), daemon=True)
        thread.start()
        try:
            yield stub
        finally:
            stub.closing = True
            with socket() as last:
                last.connect(("127.0.0.1", stub.port))
            thread.join(10)


def _serve(listener: socket, stub: Stub) -> None:
    while True:
        caller, _ = listener.accept()
        if stub.closing:
            caller.close()
            return
        threading.Thread(target=_one, args=(caller, stub), daemon=True).start()


def _one(caller: socket, stub: Stub) -> None:
    caller.settimeout(5)
    with suppress(OSError), caller:
        said = b""
        while b"\r\n\r\n" not in said:
            said += caller.recv(65_536)
        head, _, body = said.partition(b"\r\n\r\n")
        lengths = [line[15:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0]):
            body += caller.recv(65_536)
        stub.requests.append(head + b"\r\n\r\n" + body)
        stub.speak(caller)
