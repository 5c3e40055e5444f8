"""Those who chat: `python -m benchmarks._chat_clients`, told by JSON on stdin, tells by JSON on stdout.

{"stub": port, "web": port or 0, "chats": [{"cookie", "path", "message"}], "streams": n, "spread": seconds in which
they begin}: without `web` the stub is read directly. Prints {"latencies": [seconds for each chunk], "unfinished": n}.
"""

import asyncio
import json
import re
import sys
import time
from typing import Any

from websockets.asyncio.client import connect

_MARK = re.compile(rb"c(\d+)n(\d+) ")
_TEXT_MARK = re.compile(r"c(\d+)n(\d+) ")
DOOR = 8


class Reader:
    """One stream as it is seen: how long after it was sent each chunk was there."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self._seen = -1
        self.ended = False

    def see(self, marks: list[tuple[Any, Any]]) -> None:
        now = time.monotonic_ns()
        for number, sent in marks:
            if int(number) > self._seen:
                self._seen = int(number)
                self.latencies.append((now - int(sent)) / 1e9)


async def _directly(port: int, reader: Reader, wait: float) -> None:
    await asyncio.sleep(wait)
    lines, out = await asyncio.open_connection("127.0.0.1", port)
    out.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    while line := await lines.readline():
        reader.see(_MARK.findall(line))
    out.close()
    reader.ended = True


class Gate:
    """Readers come in a few at a time, wait until all are in, and then begin one after the other."""

    def __init__(self, count: int, spread: float) -> None:
        self.step = spread / count
        self.all_in, self.go = asyncio.Event(), asyncio.Event()
        self._door, self._missing = asyncio.Semaphore(DOOR), count

    async def enter(self, opening: Any) -> Any:
        async with self._door:
            opened = await opening
            await opened.recv()
        self._missing -= 1
        if not self._missing:
            self.all_in.set()
        await self.go.wait()
        return opened


async def _chatting(port: int, chat: dict[str, str], reader: Reader, n: int, gate: Gate) -> None:
    address, origin = f"ws://127.0.0.1:{port}{chat['path']}", f"http://127.0.0.1:{port}"
    given: dict[str, Any] = {"additional_headers": {"Cookie": chat["cookie"]}, "origin": origin, "open_timeout": 60}
    socket = await gate.enter(connect(address, compression=None, **given))
    await asyncio.sleep(n * gate.step)
    await _post(port, chat)
    await socket.send('{"type": "look"}')
    while not reader.ended:
        frame = json.loads(await socket.recv())
        if frame["type"] == "frame":
            side = frame["sides"]["0"]
            reader.see(_TEXT_MARK.findall("".join(side["blocks"]) + side["tail"] + " "))
        elif frame["type"] == "done":
            _end(reader, frame["answers"][0])
        elif frame["type"] == "state" and frame["lines"]:
            # The answer was there before the socket knew of it.
            _end(reader, frame["lines"][-1]["answers"][0])


def _end(reader: Reader, answer: dict[str, Any]) -> None:
    reader.see(_TEXT_MARK.findall(answer["html"] + " "))
    reader.ended = answer["state"] == "done"


async def _post(port: int, chat: dict[str, str]) -> None:
    lines, out = await asyncio.open_connection("127.0.0.1", port)
    host = f"Host: 127.0.0.1:{port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    out.write(f"POST /say/{chat['conversation']}/ HTTP/1.1\r\n{host}".encode())
    answer = await lines.readline()
    assert b" 200 " in answer, answer
    out.close()


async def _all(told: dict[str, Any]) -> None:
    readers = [Reader() for _ in range(told["streams"])]
    gate = Gate(len(readers), told["spread"])
    if told["web"]:
        chats = zip(told["chats"], readers, strict=True)
        work = [_chatting(told["web"], chat, reader, n, gate) for n, (chat, reader) in enumerate(chats)]
        tasks = [asyncio.ensure_future(one) for one in work]
        await asyncio.wait_for(gate.all_in.wait(), 120)
    else:
        tasks = [
            asyncio.ensure_future(_directly(told["stub"], reader, n * gate.step)) for n, reader in enumerate(readers)
        ]
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    gate.go.set()
    await asyncio.wait(tasks, timeout=180)
    faults = {repr(task.exception()) for task in tasks if task.done() and task.exception()}
    for task in tasks:
        task.cancel()
    latencies = [one for reader in readers for one in reader.latencies]
    unfinished = sum(not reader.ended for reader in readers)
    print(json.dumps({"latencies": latencies, "unfinished": unfinished, "faults": sorted(faults)}), flush=True)


if __name__ == "__main__":
    asyncio.run(_all(json.loads(sys.stdin.readline())))
