"""Characters that a reader cannot see, made visible.

A model can hide an instruction in tag characters, turn a sentence round with a bidi control, or make two equal-looking
answers differ by zero-width spaces. A rater judges what is on the page, so the page shows all of it. Joiners stay where
a script or an emoji needs them, since there they are spelling.
"""

import re
from collections.abc import Callable

_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_FORMAT = (
    "\u00ad\u034f\u061c\u0600-\u0605\u06dd\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
_ASTRAL = "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
_HIDDEN = f"[{_CONTROLS}{_FORMAT}{_ASTRAL}]"

_PICTURE = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_JOINED_SCRIPTS = "\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\ua87f\ua880-\uabff\U00010a00-\U00011fff"
_IDEOGRAPH = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

# What is hidden in itself but part of the spelling of what stands around it. Flags made of tag characters are the three
# that exist: any other would be a place to hide six letters behind a picture.
_SPELLING = "|".join(
    (
        "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
        "|\U000e0077\U000e006c\U000e0073)\U000e007f",
        f"(?<=[{_PICTURE}#*0-9])[\ufe0e\ufe0f](?:\u200d(?=[{_PICTURE}]))?",
        f"(?<=[{_PICTURE}])\u200d(?=[{_PICTURE}])",
        f"(?<=[{_JOINED_SCRIPTS}])[\u200c\u200d](?=[{_JOINED_SCRIPTS}])",
        f"(?<=[{_IDEOGRAPH}])[\U000e0100-\U000e01ef]",
    )
)
_SPELLING_OR_HIDDEN = re.compile(f"({_SPELLING})|({_HIDDEN}+?(?={_SPELLING}|(?!{_HIDDEN})))")
_HIDDEN_ONE = re.compile(_HIDDEN)
_TAGS = re.compile("[\U000e0020-\U000e007e]+")

RUN_SHOWN = 8
BADGES_STYLED = 2000


def name(character: str) -> str:
    """The code point of one character as people write it: `U+202E`."""
    return f"U+{ord(character):04X}"


def spell(run: str) -> str:
    """A run of hidden characters in visible ones; tag characters are read out as the letters that they stand for."""
    letters = "".join(chr(ord(c) - 0xE0000) for tags in _TAGS.findall(run) for c in tags)
    shown = " ".join(name(c) for c in run[:RUN_SHOWN])
    if len(run) > RUN_SHOWN:
        shown += f" and {len(run) - RUN_SHOWN} more hidden characters"
    if letters:
        shown += f", hidden text: {letters}"
    return f"⟨{shown}⟩"


def reveal(text: str, badge: Callable[[str], str] = lambda words: words) -> str:
    """The text with each run of hidden characters replaced by its spelling, passed through `badge`.

    >>> reveal("pay\\u202etext")
    'pay⟨U+202E⟩text'
    """
    if _HIDDEN_ONE.search(text) is None:
        return text
    shown = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal shown
        if match.group(1) is not None:
            return match.group(1)
        shown += 1
        words = spell(match.group(2))
        # Past some number the badges lose their styling and keep their words, so that the page stays in proportion.
        return badge(words) if shown <= BADGES_STYLED else words

    return _SPELLING_OR_HIDDEN.sub(replace, text)
