"""The formats that can be imported. A new one is a file beside this one and a line in READERS."""

from collections.abc import Mapping
from typing import Any, Protocol

from exchange.formats.hh import HH
from exchange.formats.plumbline import Plumbline
from exchange.rows import Row

AUTO = "auto"


class Reader(Protocol):
    """What a format that can be imported is."""

    name: str
    label: str

    def recognises(self, line: Mapping[str, Any]) -> bool:
        """Whether a line with these keys is probably of this format."""
        ...

    def parse(self, line: Any) -> Row:
        """The row of one parsed line of JSON. Raises RowFault."""
        ...


READERS: dict[str, Reader] = {reader.name: reader for reader in (HH(), Plumbline())}


def reader_for(line: Mapping[str, Any]) -> Reader | None:
    """The format of a line of JSON, or None if it looks like none."""
    return next((reader for reader in READERS.values() if reader.recognises(line)), None)
