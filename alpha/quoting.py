"""Quotes: whether some words stand in an answer, as it was written or as it was read."""

from collections.abc import Sequence
from html.parser import HTMLParser

from alpha.models import Answer
from core.text.rendering import render

# What stands within a line; the edge of any other element is a space between words.
_INLINE = frozenset({"strong", "em", "code", "span", "s", "del", "sub", "sup", "b", "i", "math", "mrow"})


def quoted_from(quote: str, answers: Sequence[Answer]) -> Answer | None:
    """The first of these answers in which the words stand, None if none has them.

    White space does not count, and neither do Markdown's marks: people copy what they see.
    """
    words = squeezed(quote)
    return next((answer for answer in answers if words and _holds(answer.text or "", words)), None)


def squeezed(text: str) -> str:
    """The words with single spaces between them."""
    return " ".join(text.split())


def _holds(body: str, words: str) -> bool:
    return words in squeezed(body) or words in squeezed(_read(body))


def _read(body: str) -> str:
    reader = _Reader()
    reader.feed(render(body))
    reader.close()
    return "".join(reader.pieces)


class _Reader(HTMLParser):
    """The words of rendered HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._edge(tag)

    def handle_endtag(self, tag: str) -> None:
        self._edge(tag)

    def _edge(self, tag: str) -> None:
        if tag not in _INLINE:
            self.pieces.append(" ")
