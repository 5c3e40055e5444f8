"""The lines of a request or a file: unpacked as they are read, and bounded while they are."""

import gzip
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from core.files.opening import (
    CHUNK,
    Capped,
    Limits,
    Source,
    TooMuch,
    lines,
    opened,
    unpacking,
)

MOST_EVENTS = 10_000
LONGEST_LINE = 1 << 20
MOST_BYTES = 64 << 20
REQUEST = Limits(line=LONGEST_LINE, total=MOST_BYTES, ratio=200, free=8 << 20)
FILE = Limits(line=LONGEST_LINE)
_NAME = "the request"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its place, counted from 0, its bytes, and how many it had; of one that is too long the beginning."""

    place: int
    raw: bytes
    length: int

    @property
    def too_long(self) -> bool:
        return self.length > LONGEST_LINE


class Arriving(io.RawIOBase):
    """The bytes of a request on their way: counted and hashed as they pass, and refused where they are too many."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._digest = hashlib.sha256()
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._source.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._digest.update(chunk)
        self._count += len(chunk)
        if self._count > MOST_BYTES:
            raise TooMuch(f"{_NAME} has more than {MOST_BYTES:,} bytes; send less at once.")
        return len(chunk)

    def tell(self) -> int:
        return self._count

    @property
    def digest(self) -> bytes:
        """The SHA-256 of what has passed."""
        return self._digest.digest()


def lines_of_request(arriving: Arriving, *, packed: bool) -> Iterator[Line]:
    """The lines of a request's body, up to MOST_EVENTS of them. Raises FileFault, also while they are read."""
    with unpacking(_NAME):
        source: Source = gzip.GzipFile(fileobj=io.BufferedReader(arriving), mode="rb") if packed else arriving
        stream: IO[bytes] = io.BufferedReader(Capped(_NAME, source, REQUEST, arriving if packed else None), CHUNK)
        for line in _numbered(stream):
            if line.place >= MOST_EVENTS:
                raise TooMuch(f"{_NAME} has more than {MOST_EVENTS:,} lines; send less at once.")
            yield line


@contextmanager
def lines_of_file(path: Path) -> Iterator[Iterator[Line]]:
    """The lines of a file, plain or gzip. Raises FileFault, also while they are read."""
    with opened(path, FILE) as stream:
        yield _numbered(stream)


def plain(raw: Iterator[bytes]) -> Iterator[Line]:
    """Lines that are at hand."""
    return (Line(place, one, len(one)) for place, one in enumerate(raw))


def _numbered(stream: IO[bytes]) -> Iterator[Line]:
    return (Line(number - 1, raw, length) for number, raw, length in lines(stream, LONGEST_LINE))
