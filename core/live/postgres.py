"""A channel layer over PostgreSQL's LISTEN and NOTIFY: groups across processes, at most once, no table.

Groups and mailboxes live in each process. A group message is one NOTIFY that every listening process hears and
delivers to its own members, so the worker and the command line reach the page. It carries topics only: a message
that is lost (a restart of the database, a full mailbox) is made good by the consumer, which re-reads on its beat.
"""

import asyncio
import json
import secrets
import threading
import time
from collections import defaultdict, deque
from typing import Any

from channels.db import database_sync_to_async
from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from core.live.listener import LISTEN_CHANNEL, Listener

# PostgreSQL refuses a payload of 8000 bytes.
LARGEST = 7999
JOIN_SECONDS = 5.0

Waiter = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class MessageTooLarge(ValueError):
    """The message does not fit into a NOTIFY. Send ids and let the receiver read."""


class PostgresChannelLayer(BaseChannelLayer):  # type: ignore[misc]  # Channels has no types
    """Channels' layer interface. Channels are those of `new_channel`; named work queues are not supported."""

    extensions = ["groups", "flush"]

    def __init__(self, expiry: float = 60, capacity: int = 100, group_expiry: float = 86_400) -> None:
        super().__init__(expiry=expiry, capacity=capacity)
        self.group_expiry = group_expiry
        self._lock = threading.Lock()
        self._boxes: dict[str, deque[tuple[float, str]]] = defaultdict(deque)
        self._waiters: dict[str, deque[Waiter]] = defaultdict(deque)
        self._groups: dict[str, dict[str, float]] = defaultdict(dict)
        self._process = secrets.token_hex(6)
        self._listener = Listener(self._heard)

    async def new_channel(self, prefix: str = "specific") -> str:
        """A channel name of this process."""
        return f"{prefix}.{self._process}!{secrets.token_hex(8)}"

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """To one channel. Raises ChannelFull for a full mailbox of this process; elsewhere the message is dropped."""
        self.require_valid_channel_name(channel)
        if "!" not in channel:
            raise ValueError(f"{channel!r} is no channel of new_channel(); this layer has no named work queues.")
        text = _text(message)
        if self._is_here(channel):
            if not self._put(channel, text):
                raise ChannelFull(channel)
        else:
            await database_sync_to_async(_notify)(_payload("channel", channel, text))

    async def receive(self, channel: str) -> dict[str, Any]:
        """The next message of a channel of this process; several receivers each get a message of their own."""
        self.require_valid_channel_name(channel)
        while True:
            with self._lock:
                text = self._take(channel)
                if text is not None:
                    return dict(json.loads(text))
                waiter = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
                self._waiters[channel].append(waiter)
            try:
                await waiter[1]
            except asyncio.CancelledError:
                with self._lock:
                    self._give_up(channel, waiter)
                raise

    async def group_add(self, group: str, channel: str) -> None:
        """Join; on return messages are being heard, unless the database cannot be reached."""
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        with self._lock:
            self._groups[group][channel] = time.monotonic()
        if not self._listener.listening():
            await asyncio.to_thread(self._listener.ensure, JOIN_SECONDS)

    async def group_discard(self, group: str, channel: str) -> None:
        """Leave; nothing happens if it was no member."""
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        with self._lock:
            self._leave(group, channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """To every member in every process; members whose mailbox is full miss it."""
        await database_sync_to_async(self.notify_group)(group, message)

    def notify_group(self, group: str, message: dict[str, Any]) -> None:
        """`group_send` for code that is not async: one statement on the current connection, heard on its commit."""
        self.require_valid_group_name(group)
        _notify(_payload("group", group, _text(message)))

    async def flush(self) -> None:
        """Forget all that this process holds."""
        with self._lock:
            self._boxes.clear()
            self._groups.clear()

    async def close(self) -> None:
        """Stop listening; a later group_add begins again."""
        await asyncio.to_thread(self._listener.stop)

    def _is_here(self, channel: str) -> bool:
        return f".{self._process}!" in channel

    def _heard(self, payload: str) -> None:
        """A notification arrived (in the listener's thread)."""
        kind, name, text = json.loads(payload)
        if kind == "channel":
            if self._is_here(name):
                self._put(name, text)
            return
        oldest = time.monotonic() - self.group_expiry
        with self._lock:
            members = dict(self._groups.get(name, {}))
            for channel in [channel for channel, joined in members.items() if joined < oldest]:
                self._leave(name, channel)
                del members[channel]
        for channel in members:
            self._put(channel, text)

    def _put(self, channel: str, text: str) -> bool:
        with self._lock:
            box = self._boxes[channel]
            if box and box[0][0] < time.monotonic():
                # Nobody has read for so long: its consumer is gone without leaving.
                box.clear()
                for group in list(self._groups):
                    self._leave(group, channel)
            if len(box) >= self.get_capacity(channel):
                return False
            box.append((time.monotonic() + self.expiry, text))
            self._wake(channel)
        return True

    def _take(self, channel: str) -> str | None:
        box = self._boxes.get(channel)
        while box:
            deadline, text = box.popleft()
            if not box:
                del self._boxes[channel]
            if deadline >= time.monotonic():
                return text
        return None

    def _wake(self, channel: str) -> None:
        waiters = self._waiters.get(channel)
        while waiters:
            loop, future = waiters.popleft()
            if not waiters:
                del self._waiters[channel]
            if not loop.is_closed():
                loop.call_soon_threadsafe(_release, future)
                return

    def _give_up(self, channel: str, waiter: Waiter) -> None:
        waiters = self._waiters.get(channel, deque())
        if waiter in waiters:
            waiters.remove(waiter)
            if not waiters:
                del self._waiters[channel]
        elif self._boxes.get(channel):
            # Woken and cancelled at once: the message is the next waiter's.
            self._wake(channel)

    def _leave(self, group: str, channel: str) -> None:
        members = self._groups.get(group)
        if members is not None:
            members.pop(channel, None)
            if not members:
                del self._groups[group]


def _release(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _text(message: dict[str, Any]) -> str:
    if not isinstance(message, dict):
        raise TypeError("A message is a dict.")
    return json.dumps(message, cls=DjangoJSONEncoder, separators=(",", ":"))


def _payload(kind: str, name: str, text: str) -> str:
    payload = json.dumps([kind, name, text], separators=(",", ":"))
    if len(payload.encode()) > LARGEST:
        raise MessageTooLarge(f"A message to {name} has {len(payload)} characters; {LARGEST} bytes fit. Send ids.")
    return payload


def _notify(payload: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [LISTEN_CHANNEL, payload])
