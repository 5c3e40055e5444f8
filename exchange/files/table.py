"""CSV as RFC 4180 has it: a header, CRLF, quotes doubled. What is nested within a row is JSON text."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from core.text.spreadsheet import safe_cell
from exchange.files.sink import Sink
from exchange.formats.columns import Column

# Kept, as `json.dumps` makes a new one for each cell; rows come from JSON, so nothing in them holds itself.
_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class Table:
    """For programs: every cell is the value as it is; true and false are written so."""

    begin = b""

    def __init__(self, sink: Sink, columns: Mapping[str, Column]) -> None:
        self._sink = sink
        self._names = list(columns)
        sink.write(self.begin + _encoded([self._names]))

    def write(self, lines: bytes) -> None:
        rows = (json.loads(line) for line in lines.splitlines())
        self._sink.write(_encoded([self.cell(row[name]) for name in self._names] for row in rows))

    def close(self) -> None:
        """There is nothing left."""

    def cell(self, value: Any) -> Any:
        return value if isinstance(value, str) else _text(value)


class Spreadsheet(Table):
    """For people with a spreadsheet program: what it could take for a formula has an apostrophe before it.

    The mark at the begin tells such programs that the text is UTF-8.
    """

    begin = b"\xef\xbb\xbf"

    def cell(self, value: Any) -> Any:
        return safe_cell(value) if isinstance(value, str) else super().cell(value)


def _encoded(rows: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
