"""Where a socket may be opened from."""

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier


class SameHost:
    """Lets a socket through whose Origin is the host and port that it asks; another port is another site.

    Cookies are shared by all ports of a host, so the list of allowed hosts alone would let a neighbour in.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers = dict(scope["headers"])
        origin, host = headers.get(b"origin", b""), headers.get(b"host", b"")
        if not host or _netloc(origin) != host.decode("latin-1").lower():
            return await WebsocketDenier()(scope, receive, send)
        return await self.application(scope, receive, send)


def _netloc(origin: bytes) -> str:
    try:
        return urlsplit(origin.decode("latin-1")).netloc.lower()
    except ValueError:
        return ""
