"""Answers from an endpoint's script instead of a model: the demo's, the tests', and a rehearsal's before it costs."""

import asyncio
from collections.abc import AsyncGenerator

from core.endpoints.adapters import script
from core.endpoints.adapters.protocol import Ask, Spent, tokens_in, tokens_of
from core.endpoints.bundles import Callable
from core.endpoints.faults import Fault, ModelFault


class ScriptedAdapter:
    """Deterministic but for the machine's clock."""

    async def stream(self, called: Callable, ask: Ask) -> AsyncGenerator[str | Spent, None]:
        """Pieces of the answer as they come, and Spent at last. Raises ModelFault."""
        line = _line_for(called, ask)
        begun = asyncio.get_running_loop().time() + line.first_ms / 1000
        most = called.spec.most_tokens
        said = line.say if line.fault is None else line.say[: line.after]
        for at in range(0, len(said), line.chunk):
            await _until(begun + (at / line.chars_per_second if line.chars_per_second else 0))
            yield said[at : at + line.chunk]
            if tokens_of(said[: at + line.chunk]) >= most:
                yield Spent(tokens_in(called, ask), most, "length")
                return
        await _until(begun)
        if line.fault is not None:
            raise ModelFault(line.fault)
        yield Spent(tokens_in(called, ask), tokens_of(said), "stop")


def _line_for(called: Callable, ask: Ask) -> script.Line:
    try:
        lines = script.read(called.endpoint.script)
    except script.BadScript:
        raise ModelFault(Fault.GARBAGE) from None
    words = next((one["content"] for one in reversed(ask.messages) if one["role"] == "user"), "")
    line = next((one for one in lines if one.answers(called.spec.model, words)), None)
    if line is None:
        raise ModelFault(Fault.REFUSED)
    return line


async def _until(moment: float) -> None:
    """Wait for this moment of the loop's clock; at least let others go on."""
    await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))
