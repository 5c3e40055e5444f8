"""Scripts that answer in the place of a model: JSON Lines, read strictly when an endpoint is set and when it is asked.

A line: `{"when": "earth|moon", "model": "plain", "say": "…", "first_ms": 50, "chars_per_second": 400, "chunk": 12,
"fault": "cut", "after": 30}`. Only `say` or `fault` is needed. The first line answers whose `when` is found in the
person's last message (small and capital letters are alike; '' is found in all) and whose `model` is the bundle's, if
it names one. Its text comes `first_ms` milliseconds after the question, `chunk` characters at a time,
`chars_per_second` a second (0: at once). A `fault` of `core.endpoints.faults` strikes after so many characters.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from core.endpoints.faults import Fault

LONGEST = 200_000
MOST_LINES = 1_000
LONGEST_PATTERN = 200
# A pattern is looked for in so much of a message only.
LOOKED_AT = 2_000
_MOST_REPEATS = 4
_ESCAPED = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:[a-z]+\)|[:=!])", re.S)
_WHOLE = {"first_ms": 60_000, "chars_per_second": 100_000, "chunk": 10_000, "after": 100_000}


class BadScript(ValueError):
    """A script that cannot be read; the message names the line."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is said when."""

    when: re.Pattern[str]
    model: str = ""
    say: str = ""
    first_ms: int = 0
    chars_per_second: int = 0
    chunk: int = 12
    fault: Fault | None = None
    after: int = 0

    def answers(self, model: str, words: str) -> bool:
        """Whether this line is for that model and those words."""
        return self.model in ("", model) and self.when.search(words[:LOOKED_AT]) is not None


@lru_cache(maxsize=16)
def read(script: str) -> tuple[Line, ...]:
    """The lines of a script. Raises BadScript."""
    if len(script) > LONGEST:
        raise BadScript(_("A script may have %(most)d characters at most.") % {"most": LONGEST})
    given = [(n, text) for n, text in enumerate(script.splitlines(), 1) if text.strip()]
    if not given:
        raise BadScript(_("A script needs at least one line."))
    if len(given) > MOST_LINES:
        raise BadScript(_("A script may have %(most)d lines at most.") % {"most": MOST_LINES})
    return tuple(_line(n, text) for n, text in given)


def _line(n: int, text: str) -> Line:
    try:
        given = json.loads(text)
        return Line(**_checked(given))
    except (ValueError, RecursionError) as error:
        said = _("no JSON") if isinstance(error, json.JSONDecodeError | RecursionError) else str(error)
        raise BadScript(_("Line %(n)d: %(why)s") % {"n": n, "why": said}) from None


def _checked(given: Any) -> dict[str, Any]:
    """The line's fields. Raises ValueError."""
    if not isinstance(given, dict):
        raise ValueError(_("no object"))
    known = {"when", "model", "say", "fault", *_WHOLE}
    if unknown := sorted(set(given) - known):
        raise ValueError(_("there is no key “%(key)s”") % {"key": unknown[0]})
    for key in ("when", "model", "say", "fault"):
        if not isinstance(given.get(key, ""), str) or "\0" in given.get(key, ""):
            raise ValueError(_("“%(key)s” must be text") % {"key": key})
    for key, most in _WHOLE.items():
        value = given.get(key, 1)
        if not isinstance(value, int) or isinstance(value, bool) or not (key == "chunk") <= value <= most:
            raise ValueError(_("“%(key)s” must be a number up to %(most)d") % {"key": key, "most": most})
    fault = given.get("fault", "")
    if fault and fault not in set(Fault):
        raise ValueError(_("there is no fault “%(fault)s”") % {"fault": fault})
    if not fault and not given.get("say"):
        raise ValueError(_("a line needs “say” or “fault”"))
    return {**given, "when": _pattern(given.get("when", "")), "fault": Fault(fault) if fault else None}


def _pattern(text: str) -> re.Pattern[str]:
    """The pattern, if looking for it is quick in any message. Raises ValueError.

    Repeats of groups and more than a few repeats are refused: what a volunteer writes could make them take for ever.
    """
    bare = _ESCAPED.sub("", text)
    repeats = re.findall(r"[*+?{]", bare)
    unbounded = re.findall(r"[*+]|\{\d*,\}", bare)
    if len(text) > LONGEST_PATTERN or re.search(r"\)[*+?{]", bare):
        raise ValueError(_("“when” is too long, or repeats a group"))
    if len(repeats) > _MOST_REPEATS or len(unbounded) > 1:
        raise ValueError(_("“when” repeats too much"))
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error:
        raise ValueError(_("“when” is no pattern")) from None
