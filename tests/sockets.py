"""A WebSocket client for tests, without a server (Channels' own needs Daphne, which we do not run)."""

import json
import time
from urllib.parse import urlsplit

from asgiref.testing import ApplicationCommunicator
from django.conf import settings


class Socket(ApplicationCommunicator):
    """`client` is a django.test.Client whose session the socket brings; `origin` is what the browser would send."""

    def __init__(self, application, path, *, client=None, origin=None):
        cookie = client.cookies.get(settings.SESSION_COOKIE_NAME) if client else None
        headers = [(b"host", b"testserver")]
        if cookie:
            headers.append((b"cookie", f"{cookie.key}={cookie.value}".encode()))
        if origin:
            headers.append((b"origin", origin.encode()))
        parts = urlsplit(path)
        scope = {
            "type": "websocket",
            "path": parts.path,
            "query_string": parts.query.encode(),
            "headers": headers,
            "subprotocols": [],
        }
        super().__init__(application, scope)

    async def connect(self, timeout=5):
        """(True, None), or (False, the close code)."""
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output(timeout)
        if answer["type"] == "websocket.close":
            return False, answer.get("code", 1000)
        assert answer["type"] == "websocket.accept"
        return True, None

    async def send_json(self, content):
        await self.send_input({"type": "websocket.receive", "text": json.dumps(content)})

    async def receive_json(self, timeout=5):
        frame = await self.receive_output(timeout)
        assert frame["type"] == "websocket.send", frame
        return json.loads(frame["text"])

    async def closed_with(self, timeout=5):
        """The close code; frames sent before it are passed over. Raises TimeoutError if it stays open."""
        deadline = time.monotonic() + timeout
        while True:
            frame = await self.receive_output(max(0.01, deadline - time.monotonic()))
            if frame["type"] == "websocket.close":
                return frame["code"]
            if time.monotonic() > deadline:
                raise TimeoutError("the socket is still open")

    async def disconnect(self, code=1000):
        await self.send_input({"type": "websocket.disconnect", "code": code})
        await self.wait(5)
