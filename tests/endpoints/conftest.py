"""Bundles behind a stub or a script, and how they are asked."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from core.catalog.models import Bundle
from core.endpoints import asking, bundles, specs
from core.endpoints.models import Endpoint
from tests.endpoints.stubs import Speak, Stub, serving


def asked(called: Any, words: str = "Is the earth flat?") -> tuple[list[str], Any]:
    """The pieces of the answer, and what was spent. Raises ModelFault."""

    async def ask() -> list[Any]:
        said: asking.Said = {"role": "user", "content": words}
        return [piece async for piece in asking.stream_of(called, asking.Ask([said], "somebody"))]

    *pieces, spent = asyncio.run(ask())
    return pieces, spent


def called_of(endpoint: Endpoint, **spec: Any) -> bundles.Callable:
    """A bundle of this endpoint that no table knows."""
    read = specs.read({"endpoint": endpoint.name, "model": "m", **spec})
    return bundles.Callable(Bundle(name="b"), endpoint, read)


@pytest.fixture
def stub(settings: Any) -> Iterator[Callable[[Speak], Stub]]:
    """Makes a Stub that the operator allows."""
    with ExitStack() as stack:

        def make(speak: Speak) -> Stub:
            made = stack.enter_context(serving(speak))
            settings.OUTBOUND_ALLOW = made.allowed
            return made

        yield make


@pytest.fixture
def behind(stub: Any) -> Callable[..., bundles.Callable]:
    """A bundle whose endpoint speaks like this."""
    return lambda speak, **spec: called_of(Endpoint(name="e", kind="openai", url=stub(speak).url), **spec)


def scripted(*lines: dict[str, Any], **spec: Any) -> bundles.Callable:
    """A bundle that answers from these lines."""
    return called_of(Endpoint(name="e", kind="script", script="\n".join(json.dumps(line) for line in lines)), **spec)
