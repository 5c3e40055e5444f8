"""JSON as whoever sent it must have meant it: in UTF-8, no key twice, no NaN, every trouble one fault with a code."""

import json
from typing import Any


class Unfit(Exception):
    """A line is no JSON that can be taken. `code` is utf8, json or duplicate_key; `reason` is one line for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def parse_json(raw: bytes) -> Any:
    """The JSON of one line. Raises Unfit."""
    try:
        words = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = raw[error.start]
        raise Unfit(
            "utf8", f"byte {error.start + 1} of the line (0x{byte:02x}) is not UTF-8; save the file as UTF-8."
        ) from None
    try:
        return _DECODER.decode(words)
    except RecursionError:
        raise Unfit("json", "the line is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise Unfit("json", f"not JSON: {error.msg} at character {error.pos + 1}.") from None
    except ValueError as error:
        raise Unfit("json", f"not JSON: {str(error)[:100]}.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Unfit("duplicate_key", f"the key {ascii(twice)[:60]} is there twice in one object.")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
