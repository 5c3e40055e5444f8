"""What every WebSocket of Plumbline does: ask who it is, keep asking, and tell when something has changed."""

import asyncio
import importlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404

from core.live.topics import EVERY_SECONDS

log = logging.getLogger(__name__)

NOT_UNDERSTOOD, NOT_SIGNED_IN, NOT_YOURS, TOO_LARGE, TOO_MANY = 4400, 4401, 4403, 4413, 4429
# The code by which a server says "my fault, come again".
BROKEN = 1011
BEAT_SECONDS = 20.0
# So long a socket waits for the layer. Without it the page reads on its beat only, and joins again there.
LAYER_SECONDS = 2.0
LARGEST_FRAME = 65_536
FRAMES_PER_SECOND = 10.0
FRAMES_AT_ONCE = 30.0
# Publishers hold back equal messages for EVERY_SECONDS; a second read after that sees what they held back.
SETTLE_SECONDS = EVERY_SECONDS + 0.2


class LiveConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """A page's socket. Subclasses say who may connect, which topics matter, and what to send.

    `allowed()` (sync, may use the database; scope["user"] is fresh; False, Http404 or PermissionDenied refuse) is
    asked on connect, every BEAT_SECONDS and when the person's own topic `user.<id>` speaks. `topics()` (sync) names
    the groups. `refresh()` (async) re-reads and sends; it is called on connect, when a topic speaks, a moment later
    once more, and on every beat, so that a lost message costs at most one beat. On every beat the socket also joins
    its groups again: a layer that was away or was emptied knows nobody.
    """

    tasks: set["asyncio.Task[None]"]

    def allowed(self) -> bool:
        """Whether scope["user"] may see this. May also keep on self what `topics` and `refresh` need."""
        raise NotImplementedError

    def topics(self) -> list[str]:
        """The topics after whose messages the page is stale."""
        return []

    async def refresh(self) -> None:
        """Read and send what the page shows."""

    async def received(self, content: dict[str, Any]) -> None:
        """A frame from the browser; by default none is expected."""
        await self.close(NOT_UNDERSTOOD)

    async def connect(self) -> None:
        self.tasks = set()
        self.joined: list[str] = []
        self.closed = self._settling = False
        self._tokens, self._counted_at = FRAMES_AT_ONCE, time.monotonic()
        self._reading = asyncio.Lock()
        if await self._check():
            await self._join()
            await self.accept()
            self._start(self._beat_on())
            await self._refresh()
            # What was said just before this page came may have been all that is said for EVERY_SECONDS.
            self._settle_later()

    async def disconnect(self, code: int) -> None:
        self.closed = True
        for task in self.tasks:
            task.cancel()
        await self._with_layer(self.channel_layer.group_discard)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        if not self.closed:
            self.closed = True
            await super().close(code, reason)

    async def send_json(self, content: Any, close: bool = False) -> None:
        # What was on its way when the socket was closed has nowhere to go.
        if not self.closed:
            try:
                await super().send_json(content, close)
            except OSError:
                # As the server says that the browser left while this was on its way.
                self.closed = True

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        if bytes_data is not None or text_data is None:
            await self.close(NOT_UNDERSTOOD)
        elif len(text_data) > LARGEST_FRAME:
            await self.close(TOO_LARGE)
        elif not self._within_rate():
            await self.close(TOO_MANY)
        else:
            await self._read(text_data)

    async def topic_changed(self, event: dict[str, Any]) -> None:
        """A topic spoke (the handler of `core.live.topics.message`)."""
        if event["topic"] == f"user.{self.scope['user'].pk}":
            await self._check()
            return
        await self._refresh()
        self._settle_later()

    async def _read(self, text: str) -> None:
        try:
            content = await self.decode_json(text)
        except (ValueError, RecursionError):
            content = None
        if isinstance(content, dict):
            await self.received(content)
        else:
            await self.close(NOT_UNDERSTOOD)

    async def _join(self) -> None:
        self.joined = [f"user.{self.scope['user'].pk}", *await database_sync_to_async(self.topics)()]
        await self._with_layer(self.channel_layer.group_add)

    async def _with_layer(self, act: Callable[[str, str], Awaitable[None]]) -> None:
        """Join or leave all topics. A layer that does not answer in time is left alone until the next beat."""
        try:
            async with asyncio.timeout(LAYER_SECONDS):
                for topic in self.joined:
                    await act(topic, self.channel_name)
        except Exception as error:  # noqa: BLE001  (whatever the layer is and does, the page lives on without it)
            log.warning("A live page goes on without its topics: %r", error)

    async def _beat_on(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if not await self._check():
                return
            await self._with_layer(self.channel_layer.group_add)
            await self.send_json({"type": "beat"})
            await self._refresh()

    def _settle_later(self) -> None:
        if not self._settling:
            self._settling = True
            self._start(self._settle())

    async def _settle(self) -> None:
        await asyncio.sleep(SETTLE_SECONDS)
        self._settling = False
        await self._refresh()

    async def _refresh(self) -> None:
        # One at a time, so that an older reading is never sent after a newer one.
        async with self._reading:
            if not self.closed:
                await self._guarded(self.refresh())

    async def _check(self) -> bool:
        code = await self._refusal()
        if code:
            await self.close(code)
        return not code

    async def _refusal(self) -> int | None:
        """The close code for who asks now, None if they may stay. Session and person are read anew each time."""
        session = self.scope.get("session")
        if session is None or not session.session_key:
            return NOT_SIGNED_IN
        store = importlib.import_module(settings.SESSION_ENGINE).SessionStore
        user = await get_user({"session": store(session.session_key)})
        if not user.is_authenticated or not user.is_active:
            return NOT_SIGNED_IN
        self.scope["user"] = user
        return None if await database_sync_to_async(self._allowed)() else NOT_YOURS

    def _allowed(self) -> bool:
        try:
            return self.allowed()
        except (Http404, PermissionDenied):
            return False

    def _within_rate(self) -> bool:
        now = time.monotonic()
        self._tokens = min(FRAMES_AT_ONCE, self._tokens + (now - self._counted_at) * FRAMES_PER_SECOND)
        self._counted_at = now
        self._tokens -= 1
        return self._tokens >= 0

    def _start(self, coroutine: Any) -> None:
        task = asyncio.ensure_future(self._guarded(coroutine))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _guarded(self, coroutine: Any) -> None:
        try:
            await coroutine
        except Exception:
            # Without this a socket whose check broke would live on unchecked. The browser comes again by itself.
            log.exception("A live page broke and is closed.")
            await self.close(BROKEN)


class Nowhere(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """The socket of an address that there is none of: closed like one that is not yours."""

    async def connect(self) -> None:
        await self.close(NOT_YOURS)
