"""The one door through which foreign text becomes HTML."""

import re
from html import escape

from core.text.cleaning import clean
from core.text.invisible import reveal
from core.text.markup import TooDeep, to_html

RENDERER: int = 1
"""The version of everything below: raise it when the same text would give other HTML, and stored HTML is made anew."""

CAP = 200_000

_SURROGATE = re.compile("[\ud800-\udfff]")


def _badge(words: str) -> str:
    # Tag characters spell ASCII, among it `<`: the words are text like any other.
    return f'<span class="ghost">{escape(words, quote=False)}</span>'


def _as_written(body: str) -> str:
    return f'<pre class="plain"><code>{escape(body, quote=False)}</code></pre>\n'


def render(body: str) -> str:
    """Safe HTML for what a model or a person wrote, the same for the same text always.

    The text is read as Markdown with LaTeX. Raw HTML shows as text, links and images as words with their address,
    hidden characters as badges. A text over CAP characters, or nested beyond reason, is shown as it was written.
    Never raises on any string.
    """
    text = _SURROGATE.sub("\ufffd", body).replace("\x00", "␀").replace("\r\n", "\n")
    if len(text) > CAP:
        html = _as_written(text)
    else:
        try:
            html = to_html(text)
        except (TooDeep, RecursionError):
            html = _as_written(text)
    # After cleaning no attribute holds anything but an allow-listed word, so a hidden character is always in text.
    return reveal(clean(html), _badge)
