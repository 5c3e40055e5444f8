"""Asks an OpenAI-compatible endpoint, through the guarded client and nothing else.

What the endpoint writes beside the answer (error texts, headers, request ids) goes nowhere: it may name the model or
be a page of the inside.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import openai
from django.views.decorators.debug import sensitive_variables

from core.accounts.secrets import UnreadableSecret, decrypt
from core.endpoints.adapters.events import Events
from core.endpoints.adapters.protocol import Ask, Spent, tokens_in, tokens_of
from core.endpoints.bundles import Callable
from core.endpoints.faults import Fault, ModelFault
from core.endpoints.models import Endpoint
from core.outbound import streaming
from core.outbound.door import Way
from core.outbound.faults import Code, NoAnswer

SECONDS = 180.0
IDLE_SECONDS = 60.0
# What is left to be said once the answer has ended: how many tokens it was.
TAIL_SECONDS = 2.0
MOST_BYTES = 6_000_000
_MOST_COUNTED = 10_000_000

_BEFORE = {
    Code.TIMEOUT: Fault.SLOW,
    Code.REDIRECT: Fault.REDIRECT,
    Code.TOO_LARGE: Fault.TOO_LONG,
    Code.GARBLED: Fault.GARBAGE,
    Code.UNREACHABLE: Fault.UNREACHABLE,
    Code.UNKNOWN_HOST: Fault.UNREACHABLE,
    Code.CERTIFICATE: Fault.UNREACHABLE,
}
# Once it has begun to answer, a connection that ends is an answer that was cut.
_AMID = {**_BEFORE, Code.GARBLED: Fault.CUT, Code.UNREACHABLE: Fault.CUT}
_STATUS = {401: Fault.KEY, 403: Fault.KEY, 408: Fault.SLOW, 429: Fault.LIMIT, 504: Fault.SLOW}
# What reading a line of the stream raises that is no event, or an event of another shape.
_NO_EVENT = (ValueError, TypeError, AttributeError, IndexError, KeyError, RecursionError)


class OpenAIAdapter:
    """One call a turn, over a connection of its own."""

    async def stream(self, called: Callable, ask: Ask) -> AsyncGenerator[str | Spent, None]:
        """Pieces of the answer as they come, and Spent at last. Raises ModelFault."""
        way = Way(seconds=SECONDS, most_bytes=MOST_BYTES)
        async with streaming.client(way, idle=IDLE_SECONDS) as through, AsyncExitStack() as stack:
            answer = await _begin(stack, _client(called.endpoint, through), called, ask)
            text, said = [], _Said()
            while (part := await _part(answer, said)) is not None:
                if piece := _piece(said, part):
                    text.append(piece)
                    yield piece
        if not said.events:
            raise ModelFault(Fault.GARBAGE)
        if not said.finish:
            raise ModelFault(Fault.CUT)
        counted_in, counted_out = said.counted
        yield Spent(counted_in or tokens_in(called, ask), counted_out or tokens_of("".join(text)), said.finish)


class _Said:
    """What the stream has said beside its text: how the answer ended ('': it has not), and what it cost."""

    def __init__(self) -> None:
        self.wire = Events()
        self.events = 0
        self.finish = ""
        self.counted = (0, 0)
        self.over = False


def _client(endpoint: Endpoint, through: Any) -> openai.AsyncOpenAI:
    # Never without a word for the key: the library would look for one in the environment.
    return openai.AsyncOpenAI(
        api_key=_key(endpoint) or "none", base_url=endpoint.url, http_client=through, max_retries=0
    )


@sensitive_variables()
def _key(endpoint: Endpoint) -> str:
    if endpoint.key_encrypted is None:
        return ""
    try:
        return decrypt(bytes(endpoint.key_encrypted)).decode()
    except UnreadableSecret:
        raise ModelFault(Fault.KEY) from None


async def _begin(stack: AsyncExitStack, client: openai.AsyncOpenAI, called: Callable, ask: Ask) -> AsyncIterator[bytes]:
    """The answer that has begun, to be closed with the stack. Raises ModelFault."""
    spec = called.spec
    messages: list[Any] = [{"role": "system", "content": spec.system}] if spec.system else []
    messages += [{"role": one["role"], "content": one["content"]} for one in ask.messages]
    sampling: dict[str, Any] = dict(spec.sampling)
    without_key = {} if called.endpoint.key_encrypted else {"Authorization": openai.Omit()}
    call = client.chat.completions.with_streaming_response.create(
        model=spec.model,
        messages=messages,
        user=ask.user,
        stream=True,
        stream_options={"include_usage": True},
        extra_headers=without_key,
        **sampling,
    )
    try:
        answer = await stack.enter_async_context(call)
    except NoAnswer as none:
        raise ModelFault(_BEFORE.get(none.code, Fault.REFUSED)) from None
    except openai.APIStatusError as error:
        raise ModelFault(_by_status(error.status_code)) from None
    except openai.OpenAIError:
        raise ModelFault(Fault.GARBAGE) from None
    return aiter(answer.iter_bytes())


def _by_status(status: int) -> Fault:
    return _STATUS.get(status, Fault.SERVER if status >= 500 else Fault.REFUSED)


async def _part(answer: AsyncIterator[bytes], said: _Said) -> list[bytes] | None:
    """The events that came next, None after the last. Raises ModelFault, but not once the answer has ended."""
    if said.over:
        return None
    try:
        if not said.finish:
            return said.wire.take(await anext(answer))
        async with asyncio.timeout(TAIL_SECONDS):
            return said.wire.take(await anext(answer))
    except StopAsyncIteration:
        said.over = True
        return said.wire.rest()
    except (TimeoutError, NoAnswer) as error:
        said.over = True
        if said.finish:
            return None
        code = error.code if isinstance(error, NoAnswer) else Code.TIMEOUT
        raise ModelFault(_AMID.get(code, Fault.REFUSED)) from None


def _piece(said: _Said, events: list[bytes]) -> str:
    """The text of these events; what else they say is noted. Raises ModelFault."""
    text = ""
    for data in events:
        if data.startswith(b"[DONE]"):
            said.over, said.finish = True, said.finish or "stop"
            break
        try:
            text += _text(said, json.loads(data.decode()))
        except _NO_EVENT:
            raise ModelFault(Fault.GARBAGE) from None
    return text


def _text(said: _Said, event: Any) -> str:
    """The text of an event. Raises ModelFault for an error that it tells, and one of _NO_EVENT for another shape."""
    if event.get("error"):
        raise ModelFault(Fault.SERVER)
    said.events += 1
    text: Any = ""
    why: Any = None
    usage: Any = event.get("usage")
    if choices := event["choices"]:
        text = (choices[0].get("delta") or {}).get("content") or ""
        why = choices[0].get("finish_reason")
    if not isinstance(text, str) or not isinstance(why or "", str):
        raise TypeError("an event of another shape")
    if why:
        said.finish = "filter" if why == "content_filter" else why[:20]
    if isinstance(usage, dict):
        said.counted = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    return text


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value <= _MOST_COUNTED else 0
