"""Flat rows: one column a field, as spreadsheets and data frames have them. See docs/formats.md."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from exchange.fields import object_with, shown
from exchange.formats.plumbline import DETAIL_KEYS, LABEL_KEYS, Plumbline
from exchange.rows import Row, RowFault

_REQUIRED = ("prompt", "response_a", "response_b", "bundle_a", "bundle_b")
_AS_THEY_ARE = ("id", "system", "family", "variant", "premise", "memory")
_OF_VOTE = ("actor", "preference", "at")
_SIDES = {"a": "0", "b": "1"}
_LABELS = {f"{side}.{key}": (index, key) for side, index in _SIDES.items() for key in LABEL_KEYS}
COLUMNS = (*_REQUIRED, *_AS_THEY_ARE, "domain", *_OF_VOTE, "gold", *_LABELS)
_KNOWN = dict.fromkeys(COLUMNS)
_WHOLE = re.compile(r"[+-]?[0-9]{1,3}")
# How the nested row names what has a column of its own here.
_NAMES = {
    "prompt[0].content": "prompt",
    "responses[0].content": "response_a",
    "responses[1].content": "response_b",
    "responses[0].bundle": "bundle_a",
    "responses[1].bundle": "bundle_b",
    "votes[0].labels.0.": "a.",
    "votes[0].labels.1.": "b.",
    "votes[0].": "",
    "votes[0]": "the vote",
    "gold.preference": "gold",
}


class Flat:
    """The reader of rows with a column for each field."""

    name = "csv"
    label = "CSV, one column a field"
    container = "csv"
    repeats = True

    def __init__(self) -> None:
        self._own = Plumbline()

    def recognises(self, line: Mapping[str, Any]) -> bool:
        return "response_a" in line or "response_b" in line

    def header_fault(self, names: Sequence[str]) -> str | None:
        """Why a table with these columns cannot be taken; None if it can."""
        for name in names:
            if name not in COLUMNS:
                return f"the column {shown(name)} is unknown; the columns are {', '.join(COLUMNS)}."
            if names.count(name) > 1:
                return f"the column {name!r} is there twice; name each once."
        missing = [name for name in _REQUIRED if name not in names]
        return f"the column {missing[0]!r} is missing; {', '.join(_REQUIRED)} are needed." if missing else None

    def parse(self, line: Any) -> Row:
        """The row of one record; a field without a value is not in it. Raises RowFault."""
        given = object_with(line, "", required=(), optional=_KNOWN)
        for name in _REQUIRED:
            if name not in given:
                code = "empty_response" if name.startswith("response") else "missing_key"
                raise RowFault(code, f"{name} is empty.")
        try:
            return self._own.parse(_nested(given))
        except RowFault as fault:
            raise RowFault(fault.code, _renamed(fault.reason)) from None


def _nested(given: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {name: given[name] for name in _AS_THEY_ARE if name in given}
    row["prompt"] = _prompt(given["prompt"])
    row["responses"] = [
        {"bundle": given[f"bundle_{side}"], "content": given[f"response_{side}"]} for side in ("a", "b")
    ]
    if "domain" in given:
        row["domain"] = _listed(given["domain"])
    if "gold" in given:
        row["gold"] = {"preference": _whole(given["gold"])}
    vote = _vote(given)
    if vote:
        row["votes"] = [vote]
    return row


def _prompt(value: Any) -> Any:
    """A question of a user; or messages, if it is a list or the JSON of a list of objects."""
    if not isinstance(value, str):
        return value
    if not re.match(r"\s*\[\s*\{", value):
        return [{"role": "user", "content": value}]
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        said = str(error)[:80] if isinstance(error, ValueError) else "nested too deeply"
        raise RowFault("json", f"prompt begins as a JSON list of messages and is none: {said}.") from None


def _vote(given: Mapping[str, Any]) -> dict[str, Any]:
    vote: dict[str, Any] = {name: given[name] for name in _OF_VOTE if name in given}
    if "preference" in vote:
        vote["preference"] = _whole(vote["preference"])
    labels: dict[str, dict[str, Any]] = {}
    for column, value in given.items():
        if column in _LABELS:
            index, key = _LABELS[column]
            labels.setdefault(index, {})[key] = _listed(value) if key in DETAIL_KEYS else value
    if labels:
        vote["labels"] = labels
    return vote


def _listed(value: Any) -> Any:
    """A list; of a text, what stands between its semicolons."""
    return [one.strip() for one in value.split(";") if one.strip()] if isinstance(value, str) else value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value


def _renamed(reason: str) -> str:
    for nested, column in _NAMES.items():
        reason = reason.replace(nested, column)
    return reason
