"""Pieces of a model's answer as text that can be stored and sent, whatever came over the wire."""

import re

from core.endpoints.faults import Fault, ModelFault

# Far more than any limit of tokens that a bundle may have.
LONGEST = 200_000
_HIGH, _LOW = "\ud800-\udbff", "\udc00-\udfff"
_PAIR = re.compile(f"([{_HIGH}])([{_LOW}])")
_LONE = re.compile(f"[{_HIGH}{_LOW}\0]")


class Words:
    """Takes pieces in order: halves of a character that came apart are joined, what is no character is replaced."""

    def __init__(self) -> None:
        self.length = 0
        self._half = ""

    def take(self, piece: str) -> str:
        """As much of the answer as can be said now. Raises ModelFault if it has become too long."""
        if piece.isascii() and not self._half and "\0" not in piece:
            return self._counted(piece)
        text = _PAIR.sub(_joined, self._half + piece)
        self._half = text[-1] if text and "\ud800" <= text[-1] <= "\udbff" else ""
        return self._counted(_LONE.sub("\ufffd", text[:-1] if self._half else text))

    def rest(self) -> str:
        """What was held back for its other half."""
        held, self._half = self._half, ""
        return self._counted("\ufffd") if held else ""

    def _counted(self, text: str) -> str:
        self.length += len(text)
        if self.length > LONGEST:
            raise ModelFault(Fault.TOO_LONG)
        return text


def _joined(pair: re.Match[str]) -> str:
    return (pair[1] + pair[2]).encode("utf-16", "surrogatepass").decode("utf-16")
