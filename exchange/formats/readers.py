"""The formats that can be imported. A new one is a file beside this one and a line in READERS."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from exchange.formats.flat import Flat
from exchange.formats.hh import HH
from exchange.formats.parquet import Parquet
from exchange.formats.plumbline import Plumbline
from exchange.formats.pool import PoolLines, PoolParquet
from exchange.rows import PoolRow, Row

AUTO = "auto"


class Reader(Protocol):
    """What a format that can be imported is.

    `container` says how its records lie in the file: "lines" (of JSON), "csv" or "parquet"; `repeats`, whether one id
    may come again, as where each record holds one vote.
    """

    name: str
    label: str
    container: str
    repeats: bool

    def recognises(self, line: Mapping[str, Any]) -> bool:
        """Whether a line with these keys is probably of this format."""
        ...

    def parse(self, line: Any) -> Row | PoolRow:
        """The row of one record as parsed JSON. Raises RowFault."""
        ...


@runtime_checkable
class TableReader(Reader, Protocol):
    """A reader of files that name their columns once."""

    def header_fault(self, names: Sequence[str]) -> str | None:
        """Why a table with these columns cannot be taken; None if it can."""
        ...


READERS: dict[str, Reader] = {reader.name: reader for reader in (HH(), Plumbline(), Flat(), Parquet())}
# What reads a file that goes into a pool, by the format of the same shape.
POOL_READERS: dict[str, Reader] = {"plumbline": PoolLines(), "parquet": PoolParquet()}


def reader_for(line: Mapping[str, Any]) -> Reader | None:
    """The format of a line of JSON, or None if it looks like none."""
    readers = (reader for reader in READERS.values() if reader.container == "lines")
    return next((reader for reader in readers if reader.recognises(line)), None)
