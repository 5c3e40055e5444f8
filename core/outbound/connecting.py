"""Opening the connection: to an address that was checked, within a deadline for all that happens on it."""

import socket
import time
from collections.abc import Callable, Iterable
from ssl import SSLContext, SSLError
from typing import Any

import httpcore2

from core.outbound.allowed import Allowed
from core.outbound.faults import Code, NoAnswer

Resolve = Callable[[str, int], list[str]]
_Options = Iterable[Any] | None


def look_up(host: str, port: int) -> list[str]:
    """The addresses of this host, as the system's resolver gives them. Raises OSError if there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


def reachable(addresses: list[str], allowed: Allowed, *, host: str, port: int) -> list[str]:
    """Those of a host's addresses that may be reached. Raises NoAnswer if none may."""
    checked = [one for one in addresses if allowed.address(one, host=host.lower(), port=port)]
    if not checked:
        raise NoAnswer(Code.NOT_PUBLIC)
    return checked


def secured(error: httpcore2.ConnectError) -> NoAnswer:
    """Why a connection could not be made a secure one."""
    return NoAnswer(Code.CERTIFICATE if isinstance(error.__cause__, SSLError) else Code.UNREACHABLE)


class Checked(httpcore2.NetworkBackend):
    """Connects to the very address that was checked, so that a name which changes its mind leads nowhere else.

    One of these serves one call: `deadline`, on the monotonic clock, is that call's.
    """

    def __init__(self, *, allowed: Allowed, resolve: Resolve, deadline: float) -> None:
        self._allowed, self._resolve, self._deadline = allowed, resolve, deadline
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _Options = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first address of the host that may be reached and answers. Raises NoAnswer."""
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError):
            raise NoAnswer(Code.UNKNOWN_HOST) from None
        checked = reachable(addresses, self._allowed, host=host, port=port)
        fault = Code.UNREACHABLE
        for n, address in enumerate(checked):
            # An address that swallows what is sent to it must leave time for those after it.
            share = left(self._deadline) / (len(checked) - n)
            try:
                stream = self._backend.connect_tcp(address, port, share, None, socket_options)
            except httpcore2.ConnectTimeout:
                fault = Code.TIMEOUT
            except httpcore2.ConnectError:
                fault = Code.UNREACHABLE
            else:
                return _Timed(stream, self._deadline)
        raise NoAnswer(fault)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: _Options = None
    ) -> httpcore2.NetworkStream:
        """Never: a file of this machine is no other host."""
        raise NoAnswer(Code.ADDRESS)


class _Timed(httpcore2.NetworkStream):
    """A connection on which each step may take what is left of the call's time: a host that drips is cut off too."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            secure = self._stream.start_tls(ssl_context, server_hostname, left(self._deadline))
        except httpcore2.ConnectError as error:
            raise secured(error) from None
        return _Timed(secure, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def left(deadline: float) -> float:
    """The seconds until then, on the monotonic clock. Raises NoAnswer if there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise NoAnswer(Code.TIMEOUT)
    return seconds
