"""The door for answers that come bit by bit: what it sends, where it leads, and where it stops."""

import asyncio
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpcore2
import pytest

from core.outbound import streaming
from core.outbound.allowed import Allowed
from core.outbound.door import Way, checked_url
from core.outbound.faults import Code, NoAnswer
from tests.outbound.hosts import NAME, Host, serving

EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-model: secret\r\nconnection: close\r\n\r\n"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with serving(tmp_path) as one:
        yield one


def get(url: str, way: Way, *, idle: float = 5.0) -> tuple[int, dict[str, str], bytes]:
    async def go() -> tuple[int, dict[str, str], bytes]:
        async with streaming.client(way, idle=idle) as client:
            answer = await client.post(url, content=b"{}", headers={"authorization": "Bearer k", "x-more": "no"})
            return answer.status_code, dict(answer.headers), answer.content

    return asyncio.run(go())


def code_of(url: str, way: Way, *, idle: float = 5.0) -> Code:
    with pytest.raises(NoAnswer) as caught:
        get(url, way, idle=idle)
    return caught.value.code


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every connection that the door tries to open, none of which is."""
    tried: list[tuple[str, int]] = []

    async def connect(self: Any, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        tried.append((host, port))
        raise httpcore2.ConnectError("no network here")

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect)
    return tried


def test_it_speaks_tls_under_the_hosts_own_name_and_sends_what_a_call_needs(host: Host) -> None:
    assert get(host.url, host.way()) == (200, {}, b"ok")
    lines = host.requests[0].partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    assert f"host: {NAME}:{host.port}".encode() in lines
    names = {line.partition(b":")[0] for line in lines[1:]}
    assert names == {*(b"host", b"accept", b"authorization", b"content-length", b"user-agent", b"accept-encoding")}


def test_a_certificate_that_is_not_trusted_ends_the_call(host: Host) -> None:
    assert code_of(host.url, host.way(trusted=ssl.create_default_context())) == Code.CERTIFICATE
    assert host.requests == []


def test_a_name_that_changes_its_mind_leads_nowhere_else(reached: list[tuple[str, int]]) -> None:
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    way = Way(allowed=Allowed(), resolve=lambda host, port: next(answers))
    assert code_of("https://flips.example.org/v1", way) == Code.UNREACHABLE
    assert code_of("https://flips.example.org/v1", way) == Code.NOT_PUBLIC
    assert reached == [("93.184.215.14", 443)]


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "fe80::1"]
)
def test_no_inner_address_is_called(reached: list[tuple[str, int]], address: str) -> None:
    way = Way(allowed=Allowed(), resolve=lambda host, port: [address])
    assert code_of("https://inside.example.org/v1", way) == Code.NOT_PUBLIC
    assert reached == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://public.example.org/v1", Code.ADDRESS),
        ("https://public.example.org:22/v1", Code.PORT),
        ("https://somebody:word@public.example.org/v1", Code.ADDRESS),
    ],
)
def test_an_address_that_no_call_may_have_is_not_called(reached: list[Any], url: str, code: Code) -> None:
    assert code_of(url, Way(allowed=Allowed(), resolve=lambda host, port: ["93.184.215.14"])) == code
    assert reached == []


def test_of_several_addresses_only_the_public_ones_are_tried(reached: list[tuple[str, int]]) -> None:
    way = Way(allowed=Allowed(), resolve=lambda host, port: ["10.0.0.1", "93.184.215.14", "2606:2800:21f::1"])
    assert code_of("https://mixed.example.org/v1", way) == Code.UNREACHABLE
    assert [host for host, _ in reached] == ["93.184.215.14", "2606:2800:21f::1"]


def test_a_host_that_nobody_knows_is_unknown() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    assert code_of("https://nobody.example.org/v1", Way(allowed=Allowed(), resolve=nobody)) == Code.UNKNOWN_HOST


def test_looking_a_name_up_takes_no_longer_than_a_step() -> None:
    way = Way(allowed=Allowed(), resolve=lambda host, port: time.sleep(0.5) or [])
    assert code_of("https://slow.example.org/v1", way, idle=0.1) == Code.TIMEOUT


def test_plain_http_is_for_hosts_that_the_operator_names() -> None:
    named = Allowed.read(["lab.inside:8000", "old.inside:80", "10.0.0.0/8"])
    for url in ("http://lab.inside:8000/v1", "http://LAB.inside:8000/v1", "http://old.inside/v1"):
        assert checked_url(url, named, plain=True).scheme == "http"
        with pytest.raises(NoAnswer):
            checked_url(url, named)
    for url in ("http://lab.inside/v1", "http://10.0.0.1/v1", "http://10.0.0.1:443/v1", "ftp://lab.inside:8000/"):
        with pytest.raises(NoAnswer):
            checked_url(url, named, plain=True)


def test_a_redirect_is_followed_nowhere_whatever_the_caller_wants(tmp_path: Path) -> None:
    def away(channel: Any, request: bytes) -> None:
        channel.sendall(b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n")

    async def go(host: Host) -> None:
        async with streaming.client(host.way(), idle=5) as client:
            await client.get(host.url, follow_redirects=True)

    with serving(tmp_path, away) as host:
        with pytest.raises(NoAnswer) as caught:
            asyncio.run(go(host))
        assert caught.value.code == Code.REDIRECT
        assert host.callers == 1


def test_an_error_is_told_by_its_status_alone(tmp_path: Path) -> None:
    def fails(channel: Any, request: bytes) -> None:
        channel.sendall(b"HTTP/1.1 500 Oops\r\nx-inside: yes\r\ncontent-length: 9\r\n\r\na secret!")

    with serving(tmp_path, fails) as host:
        assert get(host.url, host.way()) == (500, {}, b"")


def test_an_answer_that_is_too_large_or_too_slow_is_left(tmp_path: Path) -> None:
    def goes_on(channel: Any, request: bytes) -> None:
        channel.sendall(EVENTS)
        for _ in range(100):
            channel.sendall(b"x" * 1000)
            time.sleep(0.01)

    with serving(tmp_path, goes_on) as host:
        assert code_of(host.url, host.way(most_bytes=5_000)) == Code.TOO_LARGE
    with serving(tmp_path, goes_on) as host:
        assert code_of(host.url, host.way(seconds=0.3)) == Code.TIMEOUT


def test_of_an_answers_head_only_the_kind_of_its_body_is_kept(tmp_path: Path) -> None:
    with serving(tmp_path, lambda channel, request: channel.sendall(EVENTS + b"data: x\n\n")) as host:
        assert get(host.url, host.way()) == (200, {"content-type": "text/event-stream"}, b"data: x\n\n")


def test_the_more_streams_are_open_the_less_often_each_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    # So seldom that the time which the test itself takes is nothing beside a pause.
    monkeypatch.setattr(streaming, "READS_A_SECOND", 0.001)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(streaming.asyncio, "sleep", sleep)

    class Full(httpcore2.AsyncNetworkStream):
        async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return b"x"

        async def aclose(self) -> None:
            pass

    async def read_thrice(several: int) -> None:
        opened = [streaming._Timed(Full(), time.monotonic() + 60, 5) for _ in range(several)]
        for _ in range(3):
            assert await opened[0].read(1) == b"x"
        for one in opened:
            await one.aclose()

    # The first read waits for nothing.
    asyncio.run(read_thrice(several=4))
    assert pauses == pytest.approx([4000, 4000], abs=60)
    asyncio.run(read_thrice(several=1))
    assert pauses[2:] == pytest.approx([1000, 1000], abs=60)
