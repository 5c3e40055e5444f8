"""Channels over Redis for sockets that outlive it.

Channels' own layer lets an error of Redis end the socket, and waits for ever on a Redis that accepts connections and
never answers. Here a receiver waits and tries again, and no connection is waited for longer than seconds. What was
said meanwhile is lost: consumers join and read again on their beat.
"""

import asyncio
import logging
import random
from typing import Any

from channels_redis.core import RedisChannelLayer
from channels_redis.utils import create_pool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

CONNECT_SECONDS = 1.0
# More than a receiver waits at Redis (brpop_timeout): else every quiet moment would look like a black hole.
ANSWER_SECONDS = 4.0
PAUSE_SECONDS = 1.0


class PatientRedisChannelLayer(RedisChannelLayer):  # type: ignore[misc]  # channels_redis has no types
    """`channels_redis`, with an end to every wait and receivers that come back."""

    brpop_timeout = 2

    def create_pool(self, index: int) -> Any:
        limits = {
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": ANSWER_SECONDS,
            "socket_keepalive": True,
            # Once, and at once: after a restart of Redis every connection in the pool is a dead one. More would only
            # multiply the waits.
            "retry": Retry(NoBackoff(), 1),
        }
        return create_pool({**limits, **self.hosts[index]})

    async def receive(self, channel: str) -> dict[str, Any]:
        """The next message of the channel, however long Redis is away."""
        while True:
            try:
                message: dict[str, Any] = await super().receive(channel)
            except (RedisError, OSError) as error:
                _end_if_told_to()
                log.warning("Live messages are not heard: %s", error)
                # Not all sockets of a process at once.
                await asyncio.sleep(PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 -- not a secret
            else:
                return message

    async def _brpop_with_clean(self, index: int, channel: str, timeout: float) -> Any:
        # A cancellation that meets the client while it connects is swallowed there, and the receiver of a page that is
        # gone would wait on for ever. So it is asked for before each wait, which is a short one.
        _end_if_told_to()
        return await super()._brpop_with_clean(index, channel, timeout)

    async def close(self) -> None:
        """Let go of this event loop's connections."""
        await self.close_pools()


def _end_if_told_to() -> None:
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
