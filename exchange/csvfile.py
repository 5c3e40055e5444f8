"""CSV as RFC 4180 has it: records whose quoted cells may hold commas, quotes and line breaks."""

from collections.abc import Iterator
from typing import IO

from core.files.opening import lines
from exchange.rows import RowFault

_QUOTE = b'"'
_OTHERS = {";": "semicolons", "\t": "tabs"}
_LONGEST_HEADER = 64 << 10


class BadHeader(Exception):
    """The first record names no columns; the words are for people."""


def columns(stream: IO[bytes]) -> tuple[list[str], int]:
    """The names in the first record that is not blank, and the number of lines read. Raises BadHeader."""
    for number, raw, length in lines(stream, _LONGEST_HEADER):
        if not raw.strip():
            continue
        if length > len(raw) or _ends_open(raw):
            raise BadHeader("the first line is no header; it must name the columns, separated by commas.")
        try:
            names = [name.strip() for name in cells(raw)]
        except RowFault as fault:
            raise BadHeader(f"the header cannot be read: {fault.reason}") from None
        if len(names) == 1:
            for separator, words in _OTHERS.items():
                if separator in names[0]:
                    raise BadHeader(f"the header is separated by {words}; save the file with commas.")
        return names, number
    raise BadHeader("the file is empty; it must hold a header and one comparison a record.")


def records(stream: IO[bytes], longest: int, read: int) -> Iterator[tuple[int, bytes, int]]:
    """The line where each record begins, its bytes and its length; of one over `longest` only the first lines are kept.

    `read` is the number of lines that were read before.
    """
    begun, kept, length, open_ = 0, bytearray(), 0, False
    for number, raw, size in lines(stream, longest):
        if not open_:
            begun, length = number + read, 0
            kept.clear()
            # Of a line that was too long to keep nothing is known; the record ends with it.
            open_ = size == len(raw) and _ends_open(raw)
        else:
            # Inside a quoted cell a doubled quote leaves the state as it is.
            open_ = size == len(raw) and raw.count(_QUOTE) % 2 == 0
        length += size
        if length <= longest:
            kept += raw
        if not open_:
            yield begun, bytes(kept), length
    if open_:
        yield begun, bytes(kept), length


def cells(raw: bytes) -> list[str]:
    """The cells of one record. Raises RowFault."""
    try:
        return _split(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise RowFault(
            "utf8",
            f"byte {error.start + 1} of the record (0x{raw[error.start]:02x}) is not UTF-8; save the file as UTF-8.",
        ) from None


class _NeverClosed(RowFault):
    """The record ends inside a quoted cell."""


def _ends_open(raw: bytes) -> bool:
    """Whether this first line of a record ends inside a quoted cell, so that the record goes on."""
    if raw.count(_QUOTE) % 2 == 0:
        return False
    try:
        _split(raw.decode("latin-1"))
    except RowFault as fault:
        return isinstance(fault, _NeverClosed)
    return False


def _split(words: str) -> list[str]:
    record = words.removesuffix("\n").removesuffix("\r")
    found: list[str] = []
    place = 0
    while True:
        if record.startswith('"', place):
            end = _closing(record, place + 1, len(found) + 1)
            found.append(record[place + 1 : end].replace('""', '"'))
            place = end + 1
            if place < len(record) and record[place] != ",":
                raise RowFault("csv", f"cell {len(found)} goes on after its closing quote; double quotes inside it.")
        else:
            end = record.find(",", place)
            end = len(record) if end < 0 else end
            found.append(record[place:end])
            place = end
            if '"' in found[-1]:
                raise RowFault("csv", f"cell {len(found)} has a quote inside; quote the cell and double the quote.")
        if place >= len(record):
            return found
        place += 1


def _closing(record: str, place: int, number: int) -> int:
    while True:
        place = record.find('"', place)
        if place < 0:
            raise _NeverClosed("csv", f"cell {number} begins with a quote that is never closed.")
        if not record.startswith('""', place):
            return place
        place += 2
