"""The one door for calls to other hosts: https only, checked addresses, no redirects, no proxies, bounded answers.

No other module opens a connection to another host (tests/security holds that). A call that fails says so by a code:
what the other host wrote is shown to nobody, since it may be a page of the inside.
"""

import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

import httpcore2
import httpx2

from core.outbound.allowed import Allowed
from core.outbound.connecting import Checked, Resolve, look_up
from core.outbound.faults import Code, NoAnswer

DEADLINE_SECONDS = 10.0
MOST_BYTES = 65_536
_HOST = re.compile(rb"[a-z0-9._:-]+")
_OURS = {"user-agent": "Plumbline", "accept-encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other host said: its status (never a redirect) and its body as it came, not decoded."""

    status: int
    body: bytes


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Way:
    """How calls go out: what may be reached, who tells addresses, whose certificates are believed, for how long."""

    allowed: Allowed = field(default_factory=Allowed.by_operator)
    resolve: Resolve = look_up
    trusted: ssl.SSLContext = field(default_factory=_trusted)
    seconds: float = DEADLINE_SECONDS
    most_bytes: int = MOST_BYTES


def post(url: str, *, body: bytes, headers: Mapping[str, str], way: Way | None = None) -> Answer:
    """Send `body` to an https address and read the answer. Raises NoAnswer.

    The deadline covers connecting, sending and the whole answer; looking up the name takes what the system lets it.
    """
    way = way or Way()
    address = checked_url(url, way.allowed)
    with (
        codes(),
        httpx2.Client(transport=_Transport(way), trust_env=False, follow_redirects=False) as client,
        client.stream("POST", address, content=body, headers={**headers, **_OURS}) as response,
    ):
        if 300 <= response.status_code < 400:
            raise NoAnswer(Code.REDIRECT)
        return Answer(response.status_code, _bounded(response, way.most_bytes))


def checked_url(url: str, allowed: Allowed, *, plain: bool = False) -> httpx2.URL:
    """The address if it is one that can be called; what it leads to is checked at the call. Raises NoAnswer.

    With `plain` it may be an http address too, if the operator has named its host with its port.
    """
    try:
        address = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError, TypeError):
        raise NoAnswer(Code.ADDRESS) from None
    named = _HOST.fullmatch(address.raw_host)
    if named is None or address.userinfo or address.fragment:
        raise NoAnswer(Code.ADDRESS)
    host = address.host.lower()
    if address.scheme == "https":
        if not allowed.port(host, 443 if address.port is None else address.port):
            raise NoAnswer(Code.PORT)
    elif not plain or address.scheme != "http" or (host, address.port or 80) not in allowed.hosts:
        raise NoAnswer(Code.ADDRESS)
    return address


class _Transport(httpx2.BaseTransport):
    """One call over one connection of our own making."""

    def __init__(self, way: Way) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=way.trusted,
            max_connections=1,
            max_keepalive_connections=0,
            retries=0,
            network_backend=Checked(allowed=way.allowed, resolve=way.resolve, deadline=time.monotonic() + way.seconds),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer's head; its body is read as it comes."""
        url = request.url
        answer = self._pool.handle_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.read(),
                extensions=request.extensions,
            )
        )
        return httpx2.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def _bounded(response: httpx2.Response, most: int) -> bytes:
    body = bytearray()
    for part in response.iter_raw():
        body += part
        if len(body) > most:
            raise NoAnswer(Code.TOO_LARGE)
    return bytes(body)


@contextmanager
def codes() -> Iterator[None]:
    """What the libraries raise, as codes."""
    try:
        yield
    except httpcore2.TimeoutException:
        raise NoAnswer(Code.TIMEOUT) from None
    except httpcore2.NetworkError:
        raise NoAnswer(Code.UNREACHABLE) from None
    except (httpcore2.ProtocolError, httpx2.HTTPError, httpx2.StreamError):
        raise NoAnswer(Code.GARBLED) from None
