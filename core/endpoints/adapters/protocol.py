"""What an adapter is: it turns what is asked of a bundle into pieces of text, whatever stands behind the bundle."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypedDict

from core.endpoints.bundles import Callable

# How many bytes of text make a token, where nobody has counted: about four letters of a Western language.
_BYTES_A_TOKEN = 4
_FRAME = 4


class Said(TypedDict):
    """One message of a conversation."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Ask:
    """What a bundle is asked: the messages so far, the person's last; the system prompt is the bundle's own.

    `user` names the person to the endpoint by an opaque word, so that it can tell abusers apart.
    """

    messages: Sequence[Said] = field(repr=False)
    user: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What an answer cost, in tokens, and why it ended: `stop`, `length`, `filter` or the endpoint's word."""

    tokens_in: int
    tokens_out: int
    finish: str


class ModelAdapter(Protocol):
    def stream(self, called: Callable, ask: Ask) -> AsyncGenerator[str | Spent, None]:
        """Pieces of the answer as they come, and Spent at last. Raises ModelFault."""
        ...


def tokens_in(called: Callable, ask: Ask) -> int:
    """About how many tokens this asks the model to read."""
    said = [called.spec.system, *(one["content"] for one in ask.messages)]
    return sum(_FRAME + tokens_of(text) for text in said if text)


def tokens_of(text: str) -> int:
    """About how many tokens this text is."""
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_A_TOKEN)
