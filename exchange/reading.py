"""Reading an import file: record by record, bounded in memory whatever the file holds.

A record is a line of JSON Lines, a record of CSV, or a row of Parquet; what it means, its reader says.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from core.files import strict
from core.files.opening import CHUNK, USUAL, UTF8_BOM, FileFault, Limits, is_parquet, lines, opened
from exchange import csvfile, parquet
from exchange.formats.readers import AUTO, POOL_READERS, READERS, Reader, TableReader, reader_for
from exchange.rows import PoolRow, Row, RowFault

_SNIFFED_LINES = 20


@dataclass(frozen=True, slots=True)
class Survey:
    """What the first pass over a file found: it can be read to its end, and this is in it."""

    digest: bytes
    lines: int
    reader: Reader


@dataclass(frozen=True, slots=True)
class Line:
    """One record: its row, or what is wrong with it. `number` is its line (in Parquet its row), `length` its bytes."""

    number: int
    outcome: Row | PoolRow | RowFault
    raw: bytes
    length: int


def survey(
    path: Path,
    *,
    format: str = AUTO,
    pool: bool = False,
    limits: Limits = USUAL,
    tick: Callable[[], None] = lambda: None,
) -> Survey:
    """Read the whole file once, keeping nothing: can it be unpacked, how many lines has it, which format is it?

    `pool`: its rows are to go into a pool. Raises FileFault.
    """
    choose = choose_pool_reader if pool else choose_reader
    if is_parquet(path):
        reader = choose(path, format, limits)
        return Survey(*parquet.survey(path, limits, tick), reader)
    digest = hashlib.sha256()
    count, last, blank = 0, b"\n", True
    with opened(path, limits) as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            count += chunk.count(b"\n")
            last = chunk[-1:]
            blank = blank and not chunk.removeprefix(UTF8_BOM).strip()
            tick()
    count += last != b"\n"
    if blank:
        raise FileFault(f"{path}: the file is empty; it must hold one comparison or prompt a line.")
    return Survey(digest.digest(), count, choose(path, format, limits))


def read(path: Path, reader: Reader, *, limits: Limits = USUAL) -> Iterator[Line]:
    """Each record of the file that is not blank. Raises FileFault if the file cannot be read further."""
    if reader.container == "parquet":
        with parquet.opened(path, limits) as (_, stream):
            yield from _of_lines(stream, reader, limits.line)
    elif reader.container == "csv":
        with opened(path, limits) as stream:
            names, before = _header(path, stream)
            for number, raw, length in csvfile.records(stream, limits.line, before):
                if length > len(raw) or raw.strip():
                    yield Line(number, _of_record(raw, length, names, reader, limits.line), raw, length)
    else:
        with opened(path, limits) as stream:
            yield from _of_lines(stream, reader, limits.line)


def choose_reader(path: Path, format: str, limits: Limits = USUAL) -> Reader:
    """The reader of a format, or for `auto` the one that the file's first bytes and lines ask for. Raises FileFault."""
    if is_parquet(path):
        return _for_parquet(path, format, limits)
    if format != AUTO and READERS[format].container == "parquet":
        raise FileFault(f"{path}: not a Parquet file; leave the format to be found out.")
    with opened(path, limits) as stream:
        head = stream.read(CHUNK)
    chosen = READERS[format] if format != AUTO else _recognised(head)
    if isinstance(chosen, TableReader):
        with opened(path, limits) as stream:
            names, _ = _header(path, stream)
        _refuse_header(path, chosen, names)
    return chosen


def choose_pool_reader(path: Path, format: str, limits: Limits = USUAL) -> Reader:
    """The reader of a file that goes into a pool: JSON Lines or Parquet, nested. Raises FileFault."""
    if format not in (AUTO, *POOL_READERS):
        raise FileFault(f"{path}: a pool comes as JSON Lines or Parquet; leave the format to be found out.")
    if is_parquet(path):
        return _for_parquet(path, format, limits, POOL_READERS["parquet"])
    if format == "parquet":
        raise FileFault(f"{path}: not a Parquet file; leave the format to be found out.")
    return POOL_READERS["plumbline"]


def _for_parquet(path: Path, format: str, limits: Limits, reader: Reader = READERS["parquet"]) -> Reader:
    if format not in (AUTO, "parquet"):
        raise FileFault(f"{path}: this is a Parquet file; take the format parquet, or leave it to be found out.")
    assert isinstance(reader, TableReader)
    with parquet.opened(path, limits) as (names, _):
        _refuse_header(path, reader, names)
    return reader


def _refuse_header(path: Path, reader: TableReader, names: list[str]) -> None:
    fault = reader.header_fault(names)
    if fault is not None:
        raise FileFault(f"{path}: {fault}")


def _header(path: Path, stream: IO[bytes]) -> tuple[list[str], int]:
    try:
        return csvfile.columns(stream)
    except csvfile.BadHeader as error:
        raise FileFault(f"{path}: {error}") from None


def _recognised(head: bytes) -> Reader:
    first = [raw for raw in head.split(b"\n") if raw.strip()][:_SNIFFED_LINES]
    objects = False
    for raw in first:
        try:
            line = parse_json(raw)
        except RowFault:
            continue
        objects = objects or isinstance(line, dict | list)
        reader = reader_for(line) if isinstance(line, dict) else None
        if reader is not None:
            return reader
    if not objects and first and _is_header(first[0]):
        return READERS["csv"]
    # Nothing known in sight: our own format says best what is missing.
    return READERS["plumbline"]


def _is_header(raw: bytes) -> bool:
    """Whether a first line, in a file without any JSON, looks as if it named columns."""
    return raw.lstrip()[:1] not in (b"{", b"[") and any(separator in raw for separator in (b",", b";", b"\t"))


def parse_json(raw: bytes) -> Any:
    """The JSON of one line, strictly. Raises RowFault."""
    try:
        return strict.parse_json(raw)
    except strict.Unfit as unfit:
        raise RowFault(unfit.code, unfit.reason) from None


def _of_lines(stream: IO[bytes], reader: Reader, longest: int) -> Iterator[Line]:
    for number, raw, length in lines(stream, longest):
        if raw.strip():
            yield Line(number, _of_line(raw, length, reader, longest), raw, length)


def _of_line(raw: bytes, length: int, reader: Reader, longest: int) -> Row | PoolRow | RowFault:
    try:
        _refuse_long("line", length, longest)
        return reader.parse(parse_json(raw))
    except RowFault as fault:
        return fault


def _of_record(raw: bytes, length: int, names: list[str], reader: Reader, longest: int) -> Row | PoolRow | RowFault:
    try:
        _refuse_long("record", length, longest)
        cells = csvfile.cells(raw)
        if len(cells) != len(names):
            raise RowFault("cells", f"the record has {len(cells)} cells and the header {len(names)}.")
        return reader.parse({name: cell for name, cell in zip(names, cells, strict=True) if cell.strip()})
    except RowFault as fault:
        return fault


def _refuse_long(what: str, length: int, longest: int) -> None:
    if length > longest:
        raise RowFault("too_long", f"the {what} has {length:,} bytes; at most {longest:,} are allowed.")
