"""One line of plain words out of a longer text, for tables, lists and titles."""

import re

from core.text.invisible import reveal

_DECORATION = re.compile(r"^[ \t]{0,3}(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+|`{3,}[^\n]*$|~{3,}[^\n]*$)+", re.MULTILINE)
_EMPHASIS = re.compile(r"\*\*|__|`")
_SPACE = re.compile(r"[ \t\n\r\f\v\u00a0\u2028\u2029]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def one_line(text: str) -> str:
    """The text on one line, white space collapsed, hidden characters spelled out."""
    return reveal(_SPACE.sub(" ", _SURROGATE.sub("\ufffd", text)).strip())


def excerpt(body: str, n: int = 120) -> str:
    """The beginning of a text as one plain line of at most `n` characters, cut between words, ending in `…` if cut.

    The result is text, not HTML: the template escapes it as it escapes everything else.
    """
    if n < 1:
        return ""
    head = body[: 4 * n + 400]
    line = one_line(_EMPHASIS.sub("", _DECORATION.sub("", head)))
    if len(line) <= n:
        return line if len(head) == len(body) or len(line) == n else line[: n - 1].rstrip() + "…"
    cut = line[: n - 1]
    space = cut.rfind(" ")
    # A text without spaces (or a very long word) is cut where it must be.
    if space > n // 2:
        cut = cut[:space]
    return cut.rstrip(" ,;:") + "…"
