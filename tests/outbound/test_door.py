"""Calls to other hosts: what is sent, and what is refused by which code."""

import gzip
import os
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpcore2
import pytest

from core.outbound.allowed import Allowed
from core.outbound.door import Way, post
from core.outbound.faults import WORDS, Code, NoAnswer
from tests.outbound.hosts import NAME, Host, serving

HEADERS = {"content-type": "application/json"}


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with serving(tmp_path) as one:
        yield one


def code_of(url: str, way: Way) -> Code:
    with pytest.raises(NoAnswer) as caught:
        post(url, body=b"{}", headers=HEADERS, way=way)
    assert str(caught.value) == str(WORDS[caught.value.code])
    return caught.value.code


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every connection that the door tries to open, none of which is."""
    tried: list[tuple[str, int]] = []

    def connect(self: Any, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        tried.append((host, port))
        raise httpcore2.ConnectError("no network here")

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    return tried


def test_a_body_is_sent_under_the_hosts_own_name_and_the_answer_comes_back(host: Host) -> None:
    answer = post(host.url + "?a=1", body=b'{"n": 1}', headers={**HEADERS, "x-more": "yes"}, way=host.way())
    assert (answer.status, answer.body) == (200, b"ok")
    head, _, body = host.requests[0].partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert head.startswith(b"POST /hook?a=1 HTTP/1.1")
    assert f"host: {NAME}:{host.port}".encode() in lines
    assert {b"content-type: application/json", b"x-more: yes", b"accept-encoding: identity"} <= set(lines)
    assert b"user-agent: plumbline" in lines
    assert body == b'{"n": 1}'


def test_an_answer_that_says_no_is_an_answer(tmp_path: Path) -> None:
    with serving(tmp_path, lambda sock, _: sock.sendall(b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n")) as host:
        assert post(host.url, body=b"", headers={}, way=host.way()).status == 503


@pytest.mark.parametrize(
    "url",
    [
        *("", "hooks.example.org", "//hooks.example.org/", "http://hooks.example.org/", "ftp://hooks.example.org/"),
        *(
            "file:///etc/passwd",
            "gopher://hooks.example.org/",
            "https://",
            "https:///x",
            "https://user@hooks.example.org/",
        ),
        *("https://user:word@hooks.example.org/", "https://hooks.example.org/#part", "https://[::1", "https://h:port/"),
        *("https://hooks .example.org/", "https://a\n.org/", "unix:///run/x.sock"),
    ],
)
def test_only_https_addresses_of_other_hosts_are_called(url: str, reached: list[Any]) -> None:
    way = Way(allowed=Allowed(), resolve=lambda host, port: ["93.184.216.34"])
    assert code_of(url, way) is Code.ADDRESS
    assert reached == []


@pytest.mark.parametrize("port", [0, 22, 25, 80, 6379, 5432, 8080, 65535, 99999])
def test_only_the_usual_ports_are_called(port: int, reached: list[Any]) -> None:
    way = Way(allowed=Allowed(), resolve=lambda host, port: ["93.184.216.34"])
    assert code_of(f"https://{NAME}:{port}/", way) is Code.PORT
    assert reached == []


@pytest.mark.parametrize(
    "host_name",
    [
        *("127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0"),
        *(
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::]",
            "169.254.169.254",
            "[64:ff9b::a9fe:a9fe]",
            "10.0.0.1",
        ),
        *("[2002:7f00:1::]", "[fec0::1]", "100.64.0.1", "10.0.0.1", "224.0.0.1", "127。0。0。1", "①②⑦.0.0.1"),
    ],
)
def test_no_spelling_of_an_inner_address_leads_inside(host_name: str, reached: list[Any]) -> None:
    """With the system's own resolver, which takes most of these for what they are."""
    assert code_of(f"https://{host_name}/", Way(allowed=Allowed())) in (
        Code.NOT_PUBLIC,
        Code.ADDRESS,
        Code.UNKNOWN_HOST,
    )
    assert reached == []


def test_a_name_that_leads_inside_is_refused_without_a_connection(host: Host) -> None:
    way = host.way(allowed=Allowed())
    assert code_of(f"https://{NAME}/", way) is Code.NOT_PUBLIC
    assert host.callers == 0


def test_a_name_that_changes_its_mind_is_connected_where_it_was_checked(reached: list[tuple[str, int]]) -> None:
    """DNS rebinding: the first answer is public, every later one is not; there is no second look."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])
    way = Way(allowed=Allowed(), resolve=lambda host, port: next(answers))
    assert code_of(f"https://{NAME}/", way) is Code.UNREACHABLE
    assert reached == [("93.184.216.34", 443)]
    assert next(answers) == ["127.0.0.1"]


def test_of_a_mixed_answer_only_the_public_addresses_are_tried(reached: list[tuple[str, int]]) -> None:
    way = Way(allowed=Allowed(), resolve=lambda host, port: ["10.0.0.1", "93.184.216.34", "::1", "2606:4700::1111"])
    assert code_of(f"https://{NAME}:8443/", way) is Code.UNREACHABLE
    assert reached == [("93.184.216.34", 8443), ("2606:4700::1111", 8443)]


def test_a_name_that_nobody_knows_is_said_to_be_unknown(reached: list[Any]) -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError("not known")

    assert code_of(f"https://{NAME}/", Way(allowed=Allowed(), resolve=nobody)) is Code.UNKNOWN_HOST
    assert reached == []


def test_an_address_that_answers_nothing_leaves_time_for_the_next(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = httpcore2.SyncBackend.connect_tcp
    shares: list[float] = []

    def slow(self: Any, address: str, port: int, timeout: float, *more: Any) -> Any:
        shares.append(timeout)
        if address == "192.0.2.1":
            raise httpcore2.ConnectTimeout("nothing")
        return connect(self, address, port, timeout, *more)

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", slow)
    way = host.way(resolve=lambda host, port: ["192.0.2.1", "127.0.0.1"])
    assert post(host.url, body=b"", headers={}, way=way).status == 200
    assert shares[0] <= 2.5 < shares[1] <= 5


@pytest.mark.parametrize("to", ["https://169.254.169.254/latest/", "http://127.0.0.1/", "/elsewhere"])
def test_nobody_is_sent_elsewhere(tmp_path: Path, to: str) -> None:
    head = f"HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n".encode()
    with serving(tmp_path, lambda sock, _: sock.sendall(head)) as host:
        assert code_of(host.url, host.way()) is Code.REDIRECT
        assert host.callers == 1


def test_proxies_of_the_environment_are_not_used(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert post(host.url, body=b"", headers={}, way=host.way()).status == 200


@pytest.mark.parametrize("head", [b"content-length: 999999999\r\n\r\n", b"transfer-encoding: chunked\r\n\r\n", b"\r\n"])
def test_a_huge_answer_is_cut_off_at_the_limit(tmp_path: Path, head: bytes) -> None:
    sent = []

    def pour(sock: Any, request: bytes) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n" + head)
        chunk = b"%x\r\n" % 65_536 + b"x" * 65_536 + b"\r\n" if b"chunked" in head else b"x" * 65_536
        for n in range(2_000):
            sock.sendall(chunk)
            sent.append(n)

    with serving(tmp_path, pour) as host:
        assert code_of(host.url, host.way(most_bytes=100_000)) is Code.TOO_LARGE
    assert len(sent) < 1_000


def test_an_answer_that_would_unfold_is_not_unfolded(tmp_path: Path) -> None:
    bomb = gzip.compress(b"0" * 5_000_000)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb)
    with serving(tmp_path, lambda sock, _: sock.sendall(head + bomb)) as host:
        assert post(host.url, body=b"", headers={}, way=host.way()).body == bomb


def drip(sock: Any, words: bytes) -> None:
    for n in range(len(words)):
        sock.sendall(words[n : n + 1])
        time.sleep(0.05)


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n"])
def test_an_answer_that_drips_ends_with_the_deadline(tmp_path: Path, first: bytes) -> None:
    def speak(sock: Any, request: bytes) -> None:
        sock.sendall(first)
        drip(sock, b"x-a: " + b"y" * 300)

    with serving(tmp_path, speak) as host:
        began = time.monotonic()
        assert code_of(host.url, host.way(seconds=0.4)) is Code.TIMEOUT
        assert time.monotonic() - began < 2


def test_a_host_that_never_greets_ends_with_the_deadline(tmp_path: Path) -> None:
    with serving(tmp_path, lambda sock, _: None, plain=True) as host:
        way = host.way(seconds=0.4)
        assert code_of(host.url, way) in (Code.TIMEOUT, Code.CERTIFICATE, Code.UNREACHABLE)


@pytest.mark.parametrize("words", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 what\r\n\r\n", b"HTTP/1.1 200 OK\r\n", b""])
def test_a_host_that_speaks_something_else_is_said_to(tmp_path: Path, words: bytes) -> None:
    with serving(tmp_path, lambda sock, _: sock.sendall(words)) as host:
        assert code_of(host.url, host.way()) is Code.GARBLED


def test_a_certificate_of_nobody_we_know_is_refused(host: Host) -> None:
    assert code_of(host.url, host.way(trusted=ssl.create_default_context())) is Code.CERTIFICATE
    assert host.requests == []


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path, name="elsewhere.example.org") as host:
        assert code_of(host.url, host.way()) is Code.CERTIFICATE
        assert host.requests == []


def test_a_host_that_refuses_is_unreachable(tmp_path: Path) -> None:
    with serving(tmp_path) as host:
        pass
    assert code_of(host.url, host.way()) is Code.UNREACHABLE


def test_what_the_operator_allows_comes_from_the_settings(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["hooks.inside:8444", "10.0.0.0/8"]
    assert Way().allowed == Allowed.read(settings.OUTBOUND_ALLOW)
    assert "OUTBOUND_ALLOW" not in os.environ
