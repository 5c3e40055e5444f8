"""The HTML of a text that is still being written: what is finished of it once, its open end again and again.

At any moment each piece is what `core.text` made of a text of its own, so half a payload is as harmless as a whole
one. The pieces are a preview: when the answer is there, the whole of it is rendered and replaces them.
"""

from core.text.markup import block_starts
from core.text.rendering import render


class Growing:
    """One text as it grows. `blocks`: the HTML of each finished block; `tail`: that of the rest."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.tail = ""
        self._closed = 0
        self._length = 0

    def upto(self, text: str) -> bool:
        """Show so much of the text, which begins with what was shown before; True if that is more."""
        # The second half of a line's end may be on its way; with it this is one end and not two.
        text = text.removesuffix("\r")
        if len(text) <= self._length:
            return False
        lines = "\n" in text[self._length :] or "\r" in text[self._length :]
        self._length = len(text)
        if lines:
            self._close(text)
        self.tail = render(text[self._closed :])
        return True

    def _close(self, text: str) -> None:
        """Finish every block but the last one that has a whole line: only that one can still change."""
        rest = text[self._closed :]
        whole = rest[: max(rest.rfind("\n"), rest.rfind("\r")) + 1]
        starts = block_starts(whole)
        for begin, end in zip([0, *starts[1:]], starts[1:], strict=False):
            self.blocks.append(render(whole[begin:end]))
        if len(starts) > 1:
            self._closed += starts[-1]
