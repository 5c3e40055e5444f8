"""The same door for answers that come bit by bit: an asynchronous client for other people's libraries.

It is made for one call: its deadline begins when it is made. Redirects, proxies, compressed answers and other
addresses than the checked ones there are none, whatever the library asks for, and of what the library would tell
about this machine only what the call needs goes out. The body of an answer that is an error is not read at all.
"""

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator
from ssl import SSLContext
from typing import Any, cast
from weakref import WeakSet

import httpcore2
import httpx2

from core.outbound.connecting import left, reachable, secured
from core.outbound.door import Way, checked_url, codes
from core.outbound.faults import Code, NoAnswer

# So many times a second a process reads what comes: where many streams are open, each is read less often and gives more
# at a time.
READS_A_SECOND = 1500
_SENT = frozenset({b"host", b"accept", b"authorization", b"content-type", b"content-length"})
_OURS = [(b"user-agent", b"Plumbline"), (b"accept-encoding", b"identity")]


def client(way: Way, *, idle: float) -> httpx2.AsyncClient:
    """A client for one call that raises NoAnswer where it may not go on.

    `way.seconds` are for the whole answer, `idle` seconds for each step of it; `way.most_bytes` is its size as it
    comes over the wire.
    """
    return httpx2.AsyncClient(transport=_Transport(way, idle), trust_env=False, follow_redirects=False)


class _Transport(httpx2.AsyncBaseTransport):
    """Calls over one connection of our own making."""

    def __init__(self, way: Way, idle: float) -> None:
        self._way = way
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=way.trusted,
            max_connections=1,
            max_keepalive_connections=0,
            retries=0,
            network_backend=_Checked(way, deadline=time.monotonic() + way.seconds, idle=idle),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer's head; its body is read as it comes."""
        url = checked_url(str(request.url), self._way.allowed, plain=True)
        asked = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=[*((name, value) for name, value in request.headers.raw if name.lower() in _SENT), *_OURS],
            content=await request.aread(),
        )
        with codes():
            answer = await self._pool.handle_async_request(asked)
        if answer.status < 300:
            kept = [(name, value) for name, value in answer.headers if name.lower() == b"content-type"]
            return httpx2.Response(answer.status, headers=kept, stream=_Body(answer, self._way.most_bytes))
        await answer.aclose()
        if answer.status < 400:
            raise NoAnswer(Code.REDIRECT)
        return httpx2.Response(answer.status)

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx2.AsyncByteStream):
    """May be read on after it was left, as libraries do with what follows an answer's last event."""

    def __init__(self, answer: httpcore2.Response, most: int) -> None:
        self._answer, self._left = answer, most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with codes():
            async for part in cast(AsyncIterable[bytes], self._answer.stream):
                self._left -= len(part)
                if self._left < 0:
                    raise NoAnswer(Code.TOO_LARGE)
                yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


class _Checked(httpcore2.AsyncNetworkBackend):
    """The asynchronous twin of `connecting.Checked`."""

    def __init__(self, way: Way, *, deadline: float, idle: float) -> None:
        self._way, self._deadline, self._idle = way, deadline, idle
        self._backend = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to the first address of the host that may be reached and answers. Raises NoAnswer."""
        checked = reachable(await self._look_up(host, port), self._way.allowed, host=host, port=port)
        fault = Code.UNREACHABLE
        for n, address in enumerate(checked):
            share = min(self._idle, left(self._deadline)) / (len(checked) - n)
            try:
                stream = await self._backend.connect_tcp(address, port, share, None, socket_options)
            except httpcore2.ConnectTimeout:
                fault = Code.TIMEOUT
            except httpcore2.ConnectError:
                fault = Code.UNREACHABLE
            else:
                return _Timed(stream, self._deadline, self._idle)
        raise NoAnswer(fault)

    async def _look_up(self, host: str, port: int) -> list[str]:
        asking = asyncio.to_thread(self._way.resolve, host, port)
        try:
            return await asyncio.wait_for(asking, min(self._idle, left(self._deadline)))
        except TimeoutError:
            raise NoAnswer(Code.TIMEOUT) from None
        except (OSError, UnicodeError):
            raise NoAnswer(Code.UNKNOWN_HOST) from None

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore2.AsyncNetworkStream:
        """Never: a file of this machine is no other host."""
        raise NoAnswer(Code.ADDRESS)


_open: WeakSet["_Timed"] = WeakSet()


class _Timed(httpcore2.AsyncNetworkStream):
    """A connection on which each step may take so long, and all of them what is left of the call's time."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream, deadline: float, idle: float) -> None:
        self._stream, self._deadline, self._idle = stream, deadline, idle
        self._read_at = 0.0
        _open.add(self)

    def _step(self) -> float:
        return min(self._idle, left(self._deadline))

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        early = self._read_at + len(_open) / READS_A_SECOND - time.monotonic()
        if early > 0:
            await asyncio.sleep(early)
        self._read_at = time.monotonic()
        return await self._stream.read(max_bytes, self._step())

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, self._step())

    async def aclose(self) -> None:
        _open.discard(self)
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        try:
            secure = await self._stream.start_tls(ssl_context, server_hostname, self._step())
        except httpcore2.ConnectError as error:
            raise secured(error) from None
        _open.discard(self)
        return _Timed(secure, self._deadline, self._idle)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
