"""Opening what somebody sent: plain or gzip, bounded in memory and in size, every trouble one fault of the file."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

CHUNK = 1 << 20
UTF8_BOM = b"\xef\xbb\xbf"
PARQUET = b"PAR1"
_EXCERPT = 2000
_GZIP = b"\x1f\x8b"
_NOT_TEXT = {
    b"PK\x03\x04": "a ZIP archive (as spreadsheets are; save yours as CSV)",
    PARQUET: "a Parquet file",
    b"\x28\xb5\x2f\xfd": "compressed with zstandard",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"%PDF": "a PDF file",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}


class FileFault(Exception):
    """The file as a whole cannot be taken, and nothing of it was; the message is one line for people."""


class TooMuch(FileFault):
    """There is more of it than is taken."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read. What unpacks to more than `ratio` times its size and `free` bytes is refused.

    `line` is the most bytes of one record, `rows` the most that a Parquet file may declare, and `memory` the most that
    the process which decodes it may take.
    """

    line: int = 8 << 20
    total: int = 64 << 30
    ratio: int = 200
    free: int = 64 << 20
    rows: int = 100_000_000
    memory: int = 1 << 30


USUAL = Limits()


def excerpt(raw: bytes) -> str:
    """The beginning of a line, for whoever has to find what is wrong with it."""
    return raw[:_EXCERPT].decode("utf-8", "backslashreplace").rstrip("\r\n")


def is_parquet(path: Path) -> bool:
    """Whether the file begins as a Parquet file does. Raises FileFault."""
    with readable(path), path.open("rb") as raw:
        return raw.read(len(PARQUET)) == PARQUET


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Every way in which reading this file fails inside is a FileFault."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            # Opening a pipe would wait for whoever writes to it.
            raise FileFault(f"{path}: this is a pipe or a device; it is read twice, so write it to a file first.")
        with unpacking(path):
            yield
    except FileNotFoundError:
        raise FileFault(f"{path}: there is no such file; check the path.") from None
    except IsADirectoryError:
        raise FileFault(f"{path}: this is a folder; name one file.") from None
    except PermissionError:
        raise FileFault(f"{path}: the file may not be read; check its permissions.") from None
    except OSError as error:
        raise FileFault(f"{path}: cannot be read ({error.strerror or error}).") from None


@contextmanager
def unpacking(name: object) -> Iterator[None]:
    """Every way in which unpacking what is called so fails inside is a FileFault."""
    try:
        yield
    except EOFError:
        raise FileFault(f"{name}: the gzip ends too early (truncated); fetch or compress the file again.") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise FileFault(f"{name}: the gzip is damaged ({error}); fetch or compress the file again.") from None


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[IO[bytes]]:
    """The unpacked bytes of a text file without a byte order mark. Raises FileFault, also while it is read."""
    with readable(path), path.open("rb") as raw:
        head = raw.read(8)
        raw.seek(0)
        _refuse_other_files(path, head)
        packed = head.startswith(_GZIP)
        source: Source = gzip.GzipFile(fileobj=raw) if packed else raw
        stream = io.BufferedReader(Capped(path, source, limits, raw if packed else None), CHUNK)
        start = stream.peek(8)
        _refuse_other_files(path, start)
        if start.startswith(UTF8_BOM):
            stream.read(len(UTF8_BOM))
        yield stream


def lines(stream: IO[bytes], longest: int) -> Iterator[tuple[int, bytes, int]]:
    """Number, bytes and length of each line; of a line over `longest` only the beginning is kept."""
    number = 0
    while raw := stream.readline(longest + 1):
        number += 1
        length = len(raw)
        if length > longest and not raw.endswith(b"\n"):
            raw = raw[:_EXCERPT]
            while more := stream.readline(CHUNK):
                length += len(more)
                if more.endswith(b"\n"):
                    break
        yield number, raw, length


def _refuse_other_files(path: Path, head: bytes) -> None:
    for magic, name in _NOT_TEXT.items():
        if head.startswith(magic):
            raise FileFault(f"{path}: not text but {name}; JSON Lines or CSV in UTF-8 are needed, plain or gzip.")


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Packed(Protocol):
    """What is unpacked; `tell` says how much of it was taken in so far."""

    def tell(self) -> int: ...


class Capped(io.RawIOBase):
    """The unpacked bytes of what is called so, until there are more of them than an honest file has."""

    def __init__(self, name: object, source: Source, limits: Limits, packed: Packed | None) -> None:
        self._name = name
        self._source = source
        self._packed = packed
        self._limits = limits
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._source.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._count += len(chunk)
        if self._count > self._limits.total:
            raise TooMuch(f"{self._name}: more than {self._limits.total:,} bytes unpacked; split the file.")
        if self._packed is None:
            return len(chunk)
        # Against what was taken in so far, not against the whole file: a bomb is refused where it begins.
        if self._count > max(self._limits.free, self._limits.ratio * self._packed.tell()):
            raise TooMuch(
                f"{self._name}: unpacks to more than {self._limits.ratio} times its size, which no text does; "
                "if it is genuine, unpack it first."
            )
        return len(chunk)
