"""Raters as browsers are to the server: one process, one kept connection each, no time to think.

`python -m benchmarks._raters` reads its orders as JSON from standard input: port, campaign, cookies, tasks. It answers
on standard output with one JSON line when the tasks are done. Per task a browser sends one draft (after the last
change) and the submit, whose answer is the next page; per ten tasks, as if each took half a minute, one heartbeat.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

BEAT_EVERY = 10
ANSWERS = {
    "a.correct": "yes",
    "b.correct": "no",
    "a.sycophantic": "no",
    "b.sycophantic": "clearly",
    "b.sycophantic.details": "flattery",
    "a.cold": "somewhat",
    "b.cold": "no",
    "overall": "-2",
    "rationale": "A says what is so; B says what the reader would like to hear.",
}
_CURRENT = re.compile(rb'data-current="([0-9a-f-]*)"')
_AHEAD = re.compile(rb'data-ahead="([0-9a-f-]*)"')
_TOKENS = re.compile(rb'data-token="([0-9a-f-]{36})"')
_CSRF = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
_COOKIE = re.compile(rb"(?i)set-cookie: ([^=]+)=([^;]+)")
_LENGTH = re.compile(rb"(?i)content-length: (\d+)")


class Refused(Exception):
    """The server's answer was not what a browser gets."""


@dataclass
class Tally:
    """What all raters together have done."""

    wanted: int
    done: int = 0
    requests: int = 0
    received: int = 0
    times: dict[str, list[float]] = field(default_factory=lambda: {"page": [], "draft": [], "submit": [], "beat": []})

    @property
    def over(self) -> bool:
        return self.done >= self.wanted


class Browser:
    """One rater's connection."""

    def __init__(self, orders: dict[str, Any], cookie: str, tally: Tally) -> None:
        self.port = orders["port"]
        self.path = f"/p/bench/rate/{orders['campaign']}/"
        self.cookies = dict([cookie.split("=", 1)])
        self.tally = tally
        self.csrf = ""

    async def work(self) -> None:
        """Rate until the tally is full or nothing is left."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            page = await self.send("page", "GET", self.path)
            self.csrf = _one(_CSRF, page)
            tokens = [token.decode() for token in dict.fromkeys(_TOKENS.findall(page))]
            turn = 0
            while tokens and not self.tally.over:
                tokens = await self.task(tokens, turn)
                turn += 1
        finally:
            self.writer.close()

    async def task(self, tokens: list[str], turn: int) -> list[str]:
        token, ahead = tokens[0], tokens[1] if len(tokens) > 1 else ""
        form = {**ANSWERS, "token": token}
        await self.send("draft", "POST", f"{self.path}draft/", form)
        if turn % BEAT_EVERY == BEAT_EVERY - 1:
            await self.send("beat", "POST", f"{self.path}beat/", {"token": token})
        answer = await self.send("submit", "POST", self.path, {**form, "seconds": "21.5", "ahead": ahead})
        self.tally.done += 1
        return [token for token in (_one(_CURRENT, answer), _one(_AHEAD, answer)) if token]

    async def send(self, kind: str, method: str, path: str, form: dict[str, str] | None = None) -> bytes:
        body = urlencode({**form, "csrfmiddlewaretoken": self.csrf}).encode() if form else b""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Cookie: {cookies}"]
        if form:
            head += [
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
                "HX-Request: true",
            ]
            head += [
                f"Origin: http://127.0.0.1:{self.port}",
                f"HX-Current-URL: http://127.0.0.1:{self.port}{self.path}",
            ]
        began = time.perf_counter()
        self.writer.write("\r\n".join([*head, "", ""]).encode() + body)
        answered = await self.reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(answered)
        content = await self.reader.readexactly(int(length[1])) if length else b""
        self.tally.times[kind].append(time.perf_counter() - began)
        self.tally.requests += 1
        self.tally.received += len(answered) + len(content)
        if not answered.startswith(b"HTTP/1.1 200 "):
            raise Refused(f"{method} {path}: {answered.splitlines()[0].decode()} {content[:300].decode()}")
        for name, value in _COOKIE.findall(answered):
            self.cookies[name.decode()] = value.decode()
        return content


def _one(pattern: "re.Pattern[bytes]", page: bytes) -> str:
    found = pattern.search(page)
    return found[1].decode() if found else ""


async def rate(orders: dict[str, Any]) -> dict[str, Any]:
    """Let all raters work until the ordered number of tasks is done."""
    tally = Tally(orders["tasks"])
    began = time.perf_counter()
    await asyncio.gather(*(Browser(orders, cookie, tally).work() for cookie in orders["cookies"]))
    return {
        "seconds": time.perf_counter() - began,
        "done": tally.done,
        "requests": tally.requests,
        "received": tally.received,
        "times": tally.times,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(rate(json.load(sys.stdin)))))
