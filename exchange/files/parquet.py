"""Parquet: typed columns, a few thousand rows at a time, the same bytes for the same rows."""

from collections.abc import Mapping

import pyarrow as arrow
import pyarrow.json
import pyarrow.parquet

from exchange.files.sink import Sink
from exchange.formats.columns import Column, Kind

ROWS_PER_GROUP = 5_000
BYTES_PER_GROUP = 16 << 20

_TYPES = {
    Kind.TEXT: arrow.string(),
    Kind.FLAG: arrow.bool_(),
    Kind.WHOLE: arrow.int64(),
    Kind.NUMBER: arrow.float64(),
    Kind.PERHAPS: arrow.float64(),
    Kind.MESSAGES: arrow.list_(arrow.struct({"role": arrow.string(), "content": arrow.string()})),
    Kind.SIGNALS: arrow.list_(
        arrow.struct(
            {
                "question": arrow.string(),
                "group": arrow.string(),
                "response": arrow.string(),
                "answer": arrow.string(),
                "value": arrow.int64(),
            }
        )
    ),
}


def schema(columns: Mapping[str, Column]) -> arrow.Schema:
    """What Arrow calls these columns."""
    return arrow.schema([(name, _TYPES[column.kind]) for name, column in columns.items()])


class Parquet:
    """One Parquet file; a row group takes so many rows, or fewer of long ones."""

    def __init__(self, sink: Sink, columns: Mapping[str, Column]) -> None:
        self._schema = schema(columns)
        self._writer = pyarrow.parquet.ParquetWriter(arrow.PythonFile(sink, mode="w"), self._schema, compression="zstd")
        self._lines: list[bytes] = []
        self._rows = self._bytes = 0

    def write(self, lines: bytes) -> None:
        self._lines.append(lines)
        self._rows += lines.count(b"\n")
        self._bytes += len(lines)
        if self._rows >= ROWS_PER_GROUP or self._bytes >= BYTES_PER_GROUP:
            self._write_group()

    def close(self) -> None:
        if self._lines:
            self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        whole = b"".join(self._lines)
        self._lines, self._rows, self._bytes = [], 0, 0
        self._writer.write_table(
            pyarrow.json.read_json(
                arrow.BufferReader(whole),
                # One block: a row that is longer than a block would be an error.
                read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(whole) + 1),
                parse_options=pyarrow.json.ParseOptions(
                    explicit_schema=self._schema, unexpected_field_behavior="error"
                ),
            )
        )
