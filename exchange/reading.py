"""Reading an import file: bounded in memory whatever the file holds, plain or gzip, line by line."""

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from exchange.formats.readers import AUTO, READERS, Reader, reader_for
from exchange.rows import FileFault, Row, RowFault

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_UTF8_BOM = b"\xef\xbb\xbf"
_NOT_TEXT = {
    b"PK\x03\x04": "a ZIP archive",
    b"PAR1": "a Parquet file",
    b"\x28\xb5\x2f\xfd": "compressed with zstandard",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"%PDF": "a PDF file",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}
_SNIFFED_LINES = 20
_EXCERPT = 2000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read. A gzip is refused once it has unpacked to more than `ratio` times its size and `free` bytes."""

    line: int = 8 << 20
    total: int = 64 << 30
    ratio: int = 200
    free: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Survey:
    """What the first pass over a file found: it can be read to its end, and this is in it."""

    digest: bytes
    lines: int
    reader: Reader


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its row, or what is wrong with it. `length` is its size in bytes."""

    number: int
    outcome: Row | RowFault
    raw: bytes
    length: int


def survey(
    path: Path, *, format: str = AUTO, limits: Limits = Limits(), tick: Callable[[], None] = lambda: None
) -> Survey:
    """Read the whole file once, keeping nothing: can it be unpacked, how many lines has it, which format is it?

    Raises FileFault.
    """
    digest = hashlib.sha256()
    lines, last, blank = 0, b"\n", True
    with _opened(path, limits) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            lines += chunk.count(b"\n")
            last = chunk[-1:]
            blank = blank and not chunk.removeprefix(_UTF8_BOM).strip()
            tick()
    lines += last != b"\n"
    if blank:
        raise FileFault(f"{path}: the file is empty; it must hold one comparison a line.")
    return Survey(digest.digest(), lines, choose_reader(path, format, limits))


def read(path: Path, reader: Reader, *, limits: Limits = Limits()) -> Iterator[Line]:
    """Each line of the file that is not blank. Raises FileFault if the file cannot be read further."""
    with _opened(path, limits) as stream:
        for number, raw, length in _lines(stream, limits.line):
            if raw.strip():
                yield Line(number, _outcome(raw, length, reader, limits.line), raw, length)


def choose_reader(path: Path, format: str, limits: Limits = Limits()) -> Reader:
    """The reader of a format, or for `auto` the one that recognises one of the first lines. Raises FileFault."""
    if format != AUTO:
        return READERS[format]
    with _opened(path, limits) as stream:
        head = stream.read(_CHUNK)
    for raw in head.split(b"\n")[:_SNIFFED_LINES]:
        try:
            line = parse_json(raw)
        except RowFault:
            continue
        reader = reader_for(line) if isinstance(line, dict) else None
        if reader is not None:
            return reader
    # Nothing known in sight: our own format says best what is missing.
    return READERS["plumbline"]


def excerpt(raw: bytes) -> str:
    """The beginning of a line, for whoever has to find what is wrong with it."""
    return raw[:_EXCERPT].decode("utf-8", "backslashreplace").rstrip("\r\n")


def parse_json(raw: bytes) -> Any:
    """The JSON of one line, strictly. Raises RowFault."""
    try:
        words = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = raw[error.start]
        raise RowFault(
            "utf8", f"byte {error.start + 1} of the line (0x{byte:02x}) is not UTF-8; save the file as UTF-8."
        ) from None
    try:
        return json.loads(words, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        raise RowFault("json", "the line is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise RowFault("json", f"not JSON: {error.msg} at character {error.pos + 1}.") from None
    except ValueError as error:
        raise RowFault("json", f"not JSON: {str(error)[:100]}.") from None


def _outcome(raw: bytes, length: int, reader: Reader, longest: int) -> Row | RowFault:
    try:
        if length > longest:
            raise RowFault("too_long", f"the line has {length:,} bytes; at most {longest:,} are allowed.")
        return reader.parse(parse_json(raw))
    except RowFault as fault:
        return fault


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise RowFault("duplicate_key", f"the key {ascii(twice)[:60]} is there twice in one object.")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")


def _lines(stream: IO[bytes], longest: int) -> Iterator[tuple[int, bytes, int]]:
    """Number, bytes and length of each line; of a line over `longest` only the beginning is kept."""
    number = 0
    while raw := stream.readline(longest + 1):
        number += 1
        length = len(raw)
        if length > longest and not raw.endswith(b"\n"):
            raw = raw[:_EXCERPT]
            while more := stream.readline(_CHUNK):
                length += len(more)
                if more.endswith(b"\n"):
                    break
        yield number, raw, length


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[IO[bytes]]:
    """The unpacked bytes of the file without a byte order mark; every way in which reading fails is a FileFault."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            # Opening a pipe would wait for whoever writes to it.
            raise FileFault(f"{path}: this is a pipe or a device; it is read twice, so write it to a file first.")
        with path.open("rb") as raw:
            head = raw.read(8)
            raw.seek(0)
            _refuse_other_files(path, head)
            source = gzip.GzipFile(fileobj=raw) if head.startswith(_GZIP) else raw
            stream = io.BufferedReader(_Capped(path, source, raw, limits), _CHUNK)
            start = stream.peek(8)
            _refuse_other_files(path, start)
            if start.startswith(_UTF8_BOM):
                stream.read(len(_UTF8_BOM))
            yield stream
    except FileNotFoundError:
        raise FileFault(f"{path}: there is no such file; check the path.") from None
    except IsADirectoryError:
        raise FileFault(f"{path}: this is a folder; name one file.") from None
    except PermissionError:
        raise FileFault(f"{path}: the file may not be read; check its permissions.") from None
    except EOFError:
        raise FileFault(f"{path}: the gzip ends too early (truncated); fetch or compress the file again.") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise FileFault(f"{path}: the gzip is damaged ({error}); fetch or compress the file again.") from None
    except OSError as error:
        raise FileFault(f"{path}: cannot be read ({error.strerror or error}).") from None


def _refuse_other_files(path: Path, head: bytes) -> None:
    for magic, name in _NOT_TEXT.items():
        if head.startswith(magic):
            raise FileFault(f"{path}: not text but {name}; JSON Lines in UTF-8 are needed, plain or gzip.")


class _Capped(io.RawIOBase):
    """Unpacked bytes, until there are more of them than an honest file has."""

    def __init__(self, path: Path, source: IO[bytes] | gzip.GzipFile, packed: IO[bytes], limits: Limits) -> None:
        self._path = path
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
            raise FileFault(f"{self._path}: more than {self._limits.total:,} bytes unpacked; split the file.")
        # Against what was taken in so far, not against the whole file: a bomb is refused where it begins.
        allowed = max(self._limits.free, self._limits.ratio * self._packed.tell())
        if self._source is not self._packed and self._count > allowed:
            raise FileFault(
                f"{self._path}: unpacks to more than {self._limits.ratio} times its size, which no text does; "
                "if it is genuine, unpack it first."
            )
        return len(chunk)
