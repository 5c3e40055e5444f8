"""Asking a bundle: the one way from a conversation to a model's words, whichever adapter stands behind it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakKeyDictionary

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.db import close_old_connections, connection

from core.endpoints.adapters.protocol import Ask, ModelAdapter, Said, Spent, tokens_of
from core.endpoints.adapters.scripted import ScriptedAdapter
from core.endpoints.bundles import Callable, NotCallable, callable_by_id
from core.endpoints.faults import Fault, ModelFault
from core.endpoints.models import Endpoint
from core.endpoints.words import Words

__all__ = ["Answered", "Ask", "Said", "Spent", "answer", "stream", "stream_of", "tokens_of"]

WAIT_SECONDS = 20.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer and what it cost."""

    text: str
    spent: Spent


async def stream(bundle_id: UUID, ask: Ask) -> AsyncGenerator[str | Spent, None]:
    """The bundle's answer: pieces of text as they come, and Spent at last. Raises ModelFault.

    Close it to stop the model (`contextlib.aclosing`). The text holds no character that PostgreSQL could not keep,
    and an answer without a word is a fault.
    """
    try:
        called = await sync_to_async(_look_up)(bundle_id)
    except NotCallable:
        raise ModelFault(Fault.REFUSED) from None
    async with aclosing(stream_of(called, ask)) as pieces:
        async for piece in pieces:
            yield piece


def _look_up(bundle_id: UUID) -> Callable:
    # In a server this thread lives on: a connection that died is left, unless a transaction of the caller's has it.
    if not connection.in_atomic_block:
        close_old_connections()
    return callable_by_id(bundle_id)


async def stream_of(called: Callable, ask: Ask) -> AsyncGenerator[str | Spent, None]:
    """The same of a bundle that has been looked up."""
    words, spent = Words(), None
    adapter = await _adapter(called)
    async with _place(called.endpoint.pk), aclosing(adapter.stream(called, ask)) as pieces:
        try:
            async for piece in pieces:
                if isinstance(piece, Spent):
                    spent = piece
                elif text := words.take(piece):
                    yield text
        except ModelFault:
            raise
        except Exception:  # noqa: BLE001  (whoever reads the answer must learn that it ends; the log says why)
            _log.exception("An adapter failed in a way of its own.")
            raise ModelFault(Fault.UNKNOWN) from None
    if rest := words.rest():
        yield rest
    if spent is None or not words.length:
        raise ModelFault(Fault.CUT if words.length else Fault.GARBAGE)
    yield spent


def answer(bundle_id: UUID, ask: Ask) -> Answered:
    """The bundle's whole answer, for work without a reader who waits. Raises ModelFault."""
    return async_to_sync(_answer)(bundle_id, ask)


async def _answer(bundle_id: UUID, ask: Ask) -> Answered:
    text: list[str] = []
    async with aclosing(stream(bundle_id, ask)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Spent):
                return Answered("".join(text), piece)
            text.append(piece)
    raise ModelFault(Fault.CUT)


async def _adapter(called: Callable) -> ModelAdapter:
    if called.endpoint.kind == Endpoint.Kind.SCRIPT:
        return ScriptedAdapter()
    return await asyncio.to_thread(_openai)


def _openai() -> ModelAdapter:
    # Half a second of loading, which only a process that asks such a model need spend, and no answer should wait for.
    from core.endpoints.adapters.openai import OpenAIAdapter

    return OpenAIAdapter()


# How many answers each endpoint is writing for this process, by event loop, as a semaphore belongs to one.
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, asyncio.Semaphore]] = WeakKeyDictionary()


@asynccontextmanager
async def _place(endpoint: UUID) -> AsyncIterator[None]:
    """One of the endpoint's places in this process. Raises ModelFault if none gets free in time."""
    places = _places.setdefault(asyncio.get_running_loop(), {})
    place = places.setdefault(endpoint, asyncio.Semaphore(settings.ENDPOINT_STREAMS))
    try:
        await asyncio.wait_for(place.acquire(), WAIT_SECONDS)
    except TimeoutError:
        raise ModelFault(Fault.LIMIT) from None
    try:
        yield
    finally:
        place.release()
