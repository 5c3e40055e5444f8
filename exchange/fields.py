"""Taking values out of parsed JSON, strictly: each function returns the value or raises RowFault saying where."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from exchange.rows import RowFault

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_SHOWN = 60


def object_with(value: Any, where: str, *, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Any]:
    """`value` as an object with all of the required keys and none but the optional ones beside them."""
    if not where and type(value) is not dict:
        raise RowFault("not_object", f"the line is {_kind_of(value)}, not an object.")
    given: dict[str, Any] = typed(value, dict, where)
    for key in given:
        if key not in required and key not in optional:
            known = ", ".join([*required, *optional])
            raise RowFault("unknown_key", f"{_in(where)}unknown key {shown(key)}; the keys are {known}.")
    for key in required:
        if key not in given:
            raise RowFault("missing_key", f"{_in(where)}the key {key!r} is missing.")
    return given


def typed(value: Any, kind: type[Any], where: str) -> Any:
    """`value` if it is of this JSON type (a boolean is not a number)."""
    if type(value) is not kind:
        raise RowFault("wrong_type", f"{where} must be {_KINDS[kind]}, not {_kind_of(value)}.")
    return value


def text(value: Any, where: str, *, longest: int | None = None, empty: bool = False) -> str:
    """`value` as a text that can be stored; with words in it unless `empty`."""
    words: str = typed(value, str, where)
    bad = _UNSTORABLE.search(words)
    if bad is not None:
        what = "a NUL character" if bad.group() == "\x00" else "half of a surrogate pair"
        raise RowFault("bad_text", f"{where} holds {what} at position {bad.start() + 1}; remove it.")
    if longest is not None and len(words) > longest:
        raise RowFault("bad_text", f"{where} has {len(words)} characters; at most {longest} are allowed.")
    if not empty and not words.strip():
        raise RowFault("bad_text", f"{where} is empty.")
    return words


def one_of(value: Any, allowed: Mapping[str, Any] | Collection[str], where: str, *, code: str) -> str:
    """`value` if it is one of the allowed words."""
    word: str = typed(value, str, where)
    if word not in allowed:
        raise RowFault(code, f"{where} is {shown(word)}; use one of {', '.join(allowed)}.")
    return word


def moment(value: Any, where: str) -> datetime:
    """`value` as a time with its zone."""
    said = text(value, where, longest=40)
    try:
        at = datetime.fromisoformat(said)
        if at.tzinfo is None:
            raise RowFault("time", f"{where} is {shown(said)} and has no zone; add Z or an offset such as +02:00.")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RowFault("time", f"{where} is {shown(said)}; write a time as 2026-05-01T10:00:00Z.") from None


def shown(value: object) -> str:
    """A value as a message shows it: quoted, short, in ASCII."""
    whole = ascii(value)
    return whole if len(whole) <= _SHOWN else whole[: _SHOWN - 1] + "…"


_KINDS: dict[type[Any], str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def _kind_of(value: Any) -> str:
    return _KINDS.get(type(value), "something else")


def _in(where: str) -> str:
    return f"{where}: " if where else ""
