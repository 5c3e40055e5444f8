"""Those who chat: `python -m benchmarks._chat_clients`, told by JSON on stdin, tells by JSON on stdout.

{"stub": port, "web": port or 0, "chats": [{"cookie", "path", "message"}], "streams": n}: without `web` the stub is
read directly. Prints {"latencies": [seconds for each chunk], "unfinished": n}.
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
# Those who come at the same instant would measure the crowd at the door.
SPREAD_SECONDS = 3.0


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


async def _chatting(port: int, chat: dict[str, str], reader: Reader, wait: float, go: asyncio.Event) -> None:
    headers = {"Cookie": chat["cookie"]}
    address = f"ws://127.0.0.1:{port}{chat['path']}"
    async with connect(address, additional_headers=headers, origin=f"http://127.0.0.1:{port}") as socket:  # type: ignore[arg-type]
        await socket.recv()
        await go.wait()
        await asyncio.sleep(wait)
        await _post(port, chat)
        await socket.send('{"type": "look"}')
        while not reader.ended:
            frame = json.loads(await socket.recv())
            if frame["type"] == "frame":
                side = frame["sides"]["0"]
                reader.see(_TEXT_MARK.findall("".join(side["blocks"]) + side["tail"] + " "))
            elif frame["type"] == "done":
                reader.see(_TEXT_MARK.findall(frame["answers"][0]["html"] + " "))
                reader.ended = frame["answers"][0]["state"] == "done"


async def _post(port: int, chat: dict[str, str]) -> None:
    lines, out = await asyncio.open_connection("127.0.0.1", port)
    host = f"Host: 127.0.0.1:{port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    out.write(f"POST /say/{chat['conversation']}/ HTTP/1.1\r\n{host}".encode())
    answer = await lines.readline()
    assert b" 200 " in answer, answer
    out.close()


async def _all(told: dict[str, Any]) -> None:
    readers = [Reader() for _ in range(told["streams"])]
    go = asyncio.Event()
    step = SPREAD_SECONDS / len(readers)
    if told["web"]:
        work = [
            _chatting(told["web"], chat, reader, n * step, go)
            for n, (chat, reader) in enumerate(zip(told["chats"], readers, strict=True))
        ]
    else:
        work = [_directly(told["stub"], reader, n * step) for n, reader in enumerate(readers)]
    tasks = [asyncio.ensure_future(one) for one in work]
    if told["web"]:
        await asyncio.sleep(0.02 * len(readers))
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    go.set()
    await asyncio.wait(tasks, timeout=120)
    for task in tasks:
        if not task.done():
            task.cancel()
        elif task.exception() is not None:
            print(repr(task.exception()), file=sys.stderr)
    latencies = [one for reader in readers for one in reader.latencies]
    print(json.dumps({"latencies": latencies, "unfinished": sum(not reader.ended for reader in readers)}), flush=True)


if __name__ == "__main__":
    asyncio.run(_all(json.loads(sys.stdin.readline())))
