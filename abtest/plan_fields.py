"""Reading the fields of a plan one by one, so that everything that is wrong is said at once."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from reports.faults import Refused

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_LONGEST_VALUE = 80
_MOST_FACTORS = 5
_MOST_VALUES = 50


class Faults:
    """What is wrong so far, by field; the first fault of a field stands."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def add(self, field: str, words: str) -> None:
        self.found.setdefault(field, words)

    def refuse(self) -> None:
        """Raise Refused if anything is wrong."""
        if self.found:
            raise Refused(self.found)


def words(said: Mapping[str, Any], name: str, faults: Faults, *, longest: int) -> str:
    """A text without what a database cannot hold; "" if it is not there."""
    value = said.get(name, "")
    if not isinstance(value, str) or not _is_text(value):
        faults.add(name, _("This must be text."))
        return ""
    if len(value) > longest:
        told = {"length": len(value), "longest": longest}
        faults.add(name, _("This has %(length)d characters; shorten it to %(longest)d.") % told)
    return value.strip()


def one_of(
    said: Mapping[str, Any], name: str, faults: Faults, choices: Sequence[str], default: str | None, prefix: str = ""
) -> str:
    """One of the choices; without a default it must be there."""
    value = said.get(name, default)
    if not isinstance(value, str) or value not in choices:
        faults.add(_field(prefix, name), _("Choose one of: %(choices)s.") % {"choices": ", ".join(choices)})
        return ""
    return value


def number(
    said: Mapping[str, Any],
    name: str,
    faults: Faults,
    least: float,
    most: float,
    default: float | None,
    prefix: str = "",
) -> float:
    """A number from `least` to `most`; without a default it must be there."""
    value = said.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        told = {"least": f"{least:g}", "most": f"{most:g}"}
        faults.add(_field(prefix, name), _("This must be a number from %(least)s to %(most)s.") % told)
        return math.nan
    return float(value)


def number_or_none(
    said: Mapping[str, Any], name: str, faults: Faults, least: float, most: float, prefix: str = ""
) -> float | None:
    """A number from `least` to `most`, or None."""
    return None if said.get(name) is None else number(said, name, faults, least, most, None, prefix)


def whole_or_none(said: Mapping[str, Any], name: str, faults: Faults, least: int, most: int) -> int | None:
    """A whole number from `least` to `most`, or None."""
    value = said.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        told = {"least": least, "most": most}
        faults.add(name, _("This must be a whole number from %(least)d to %(most)d.") % told)
        return None
    return value


def day(said: Mapping[str, Any], name: str, faults: Faults) -> date | None:
    """A day as YYYY-MM-DD, or None."""
    value = said.get(name)
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        faults.add(name, _("This must be a day, as 2026-05-01."))
        return None


def names(said: Any, field: str, faults: Faults, *, most: int) -> list[str]:
    """Names of the segment's factors; `memory` is one of every experiment and needs no naming."""
    if not isinstance(said, list | tuple) or not all(isinstance(one, str) and _NAME.match(one) for one in said):
        faults.add(field, _("Name factors of the segment, in small letters, digits and _."))
        return []
    if len(said) > most or len(set(said)) < len(said):
        faults.add(field, _("Name at most %(most)d factors, each once.") % {"most": most})
    if "memory" in said:
        faults.add(field, _("Memory is a slice of every experiment already."))
    return list(said)


def objects(
    said: Any, field: str, faults: Faults, known: set[str], *, most: int
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each object of a list, with its name as a field; what is not an object or has other keys is a fault."""
    if not isinstance(said, list | tuple) or len(said) > most:
        faults.add(field, _("This must be a list of at most %(most)d.") % {"most": most})
        return
    for place, one in enumerate(said):
        named = f"{field}[{place}]"
        if not isinstance(one, Mapping) or set(one) - known:
            told = {"known": ", ".join(sorted(known))}
            faults.add(named, _("This takes %(known)s, and nothing else.") % told)
        else:
            yield named, one


def eligibility(said: Any, faults: Faults) -> Mapping[str, tuple[str, ...]]:
    """Which values a factor of the segment may have, by factor."""
    good = isinstance(said, Mapping) and len(said) <= _MOST_FACTORS
    if not good or not all(isinstance(name, str) and _NAME.match(name) and _values(said[name]) for name in said):
        faults.add("eligibility", _('Say which values a factor may have, as {"locale": ["en", "de"]}.'))
        return {}
    return {name: tuple(values) for name, values in said.items()}


def _values(said: Any) -> bool:
    return (
        isinstance(said, list | tuple)
        and 1 <= len(said) <= _MOST_VALUES
        and all(isinstance(one, str) and 1 <= len(one) <= _LONGEST_VALUE and _is_text(one) for one in said)
    )


def _is_text(value: str) -> bool:
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _field(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name
