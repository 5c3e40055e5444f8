"""The kinds of file that rows are written to. What comes in are lines of JSON; a kind makes its own bytes of them."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from exchange.files.parquet import Parquet
from exchange.files.sink import Sink
from exchange.files.table import Spreadsheet, Table
from exchange.formats.columns import Column
from exchange.selection import Selection

Columns = Mapping[str, Column]


class Rows(Protocol):
    """One file being written."""

    def __init__(self, sink: Sink, columns: Columns) -> None: ...

    def write(self, lines: bytes) -> None:
        """Take whole lines, each a JSON object with all the columns and its newline."""
        ...

    def close(self) -> None:
        """Write what is left. The sink stays open."""
        ...


class Lines:
    """JSON Lines as they come."""

    def __init__(self, sink: Sink, columns: Columns) -> None:
        self._sink = sink

    def write(self, lines: bytes) -> None:
        self._sink.write(lines)

    def close(self) -> None:
        """There is nothing left."""


class Gzip:
    """JSON Lines under gzip, with neither a time nor a name in the header."""

    def __init__(self, sink: Sink, columns: Columns) -> None:
        self._gzip = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=sink, mtime=0)

    def write(self, lines: bytes) -> None:
        self._gzip.write(lines)

    def close(self) -> None:
        self._gzip.close()


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: how it is called, and what its files end with."""

    name: str
    label: str
    suffix: str
    rows: type[Rows]


FILES: dict[str, FileKind] = {
    kind.name: kind
    for kind in (
        FileKind("jsonl", "JSON Lines", "jsonl", Lines),
        FileKind("jsonl.gz", "JSON Lines, compressed", "jsonl.gz", Gzip),
        FileKind("parquet", "Parquet", "parquet", Parquet),
        FileKind("csv", "CSV", "csv", Table),
    )
}


def file_kind(selection: Selection) -> FileKind:
    """The kind of file that is asked for."""
    if selection.spreadsheet:
        return FileKind("csv", "CSV for spreadsheets", "csv", Spreadsheet)
    return FILES[selection.file]
