"""Asks an OpenAI-compatible endpoint, through the guarded client and nothing else.

What the endpoint writes beside the answer (error texts, headers, request ids) goes nowhere: it may name the model or
be a page of the inside.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

import openai
from django.views.decorators.debug import sensitive_variables
from openai.types.chat import ChatCompletionChunk

from core.accounts.secrets import UnreadableSecret, decrypt
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
# The text of an event, why the answer ended, tokens in and out.
_Parts = tuple[str, str, tuple[int, int] | None]
# What reading a line of the stream raises that is no event, or an event of another shape.
_NO_EVENT = (ValueError, TypeError, AttributeError, IndexError, KeyError, RecursionError)


class OpenAIAdapter:
    """One call a turn, over a connection of its own."""

    async def stream(self, called: Callable, ask: Ask) -> AsyncGenerator[str | Spent, None]:
        """Pieces of the answer as they come, and Spent at last. Raises ModelFault."""
        way = Way(seconds=SECONDS, most_bytes=MOST_BYTES)
        async with streaming.client(way, idle=IDLE_SECONDS) as through:
            client = _client(called.endpoint, through)
            answer = await _begin(client, called, ask)
            async with answer, aclosing(_read(answer)) as pieces:
                text, spent = [], None
                async for piece in pieces:
                    if isinstance(piece, Spent):
                        spent = piece
                    else:
                        text.append(piece)
                        yield piece
        if spent is None:
            raise ModelFault(Fault.CUT)
        yield Spent(
            spent.tokens_in or tokens_in(called, ask), spent.tokens_out or tokens_of("".join(text)), spent.finish
        )


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


async def _begin(client: openai.AsyncOpenAI, called: Callable, ask: Ask) -> Any:
    """The answer that has begun. Raises ModelFault."""
    spec = called.spec
    messages: list[Any] = [{"role": "system", "content": spec.system}] if spec.system else []
    messages += [{"role": one["role"], "content": one["content"]} for one in ask.messages]
    sampling: dict[str, Any] = dict(spec.sampling)
    without_key = {} if called.endpoint.key_encrypted else {"Authorization": openai.Omit()}
    try:
        return await client.chat.completions.create(
            model=spec.model,
            messages=messages,
            user=ask.user,
            stream=True,
            stream_options={"include_usage": True},
            extra_headers=without_key,
            **sampling,
        )
    except NoAnswer as none:
        raise ModelFault(_BEFORE.get(none.code, Fault.REFUSED)) from None
    except openai.APIStatusError as error:
        raise ModelFault(_by_status(error.status_code)) from None
    except (openai.OpenAIError, *_NO_EVENT):
        raise ModelFault(Fault.GARBAGE) from None


def _by_status(status: int) -> Fault:
    return _STATUS.get(status, Fault.SERVER if status >= 500 else Fault.REFUSED)


async def _read(answer: openai.AsyncStream[ChatCompletionChunk]) -> AsyncGenerator[str | Spent, None]:
    """What the stream says: text, and at its end how it ended and what it cost (0: it does not say)."""
    finish, counted, any_event = "", (0, 0), False
    events = aiter(answer)
    while (said := await _next(events, ended=bool(finish))) is not None:
        text, why, usage = said
        any_event, finish, counted = True, why or finish, usage or counted
        if text:
            yield text
    if not any_event:
        raise ModelFault(Fault.GARBAGE)
    if finish:
        yield Spent(*counted, "filter" if finish == "content_filter" else finish[:20])


async def _next(events: Any, *, ended: bool) -> _Parts | None:
    """The next event's parts, None after the last. Raises ModelFault, but not once the answer has ended."""
    try:
        async with asyncio.timeout(TAIL_SECONDS if ended else None):
            return _parts(await anext(events))
    except (StopAsyncIteration, TimeoutError):
        return None
    except NoAnswer as none:
        if ended:
            return None
        raise ModelFault(_AMID.get(none.code, Fault.REFUSED)) from None
    except openai.APIResponseValidationError:
        raise ModelFault(Fault.GARBAGE) from None
    except openai.OpenAIError:
        raise ModelFault(Fault.SERVER) from None
    except _NO_EVENT:
        raise ModelFault(Fault.GARBAGE) from None


def _parts(event: Any) -> _Parts:
    """What an event says, '' and None for what it does not. Raises one of _NO_EVENT."""
    usage, choices = event.usage, event.choices
    text, why = "", ""
    if choices:
        text = getattr(choices[0].delta, "content", None) or ""
        why = choices[0].finish_reason or ""
    if not all(isinstance(one, str) for one in (text, why)):
        raise TypeError("an event of another shape")
    counted = None
    with suppress(TypeError, ValueError):
        counted = usage and (_count(usage.prompt_tokens), _count(usage.completion_tokens))
    return text, why, counted


def _count(value: Any) -> int:
    return int(value) if isinstance(value, int) and 0 <= value <= _MOST_COUNTED else 0
