"""The formats that can be exported. A new one is a file beside this one and a line in WRITERS."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from exchange.formats.dpo import DPO
from exchange.formats.raw import Raw
from exchange.selection import Selection

Record = Mapping[str, Any]


class Writer(Protocol):
    """What a format that can be exported is.

    `columns` names each column of a row with one line about it, in order; every row has them all, each always of one
    type and never null, so that Arrow infers the same schema from every part of the data.
    """

    name: str
    label: str
    version: int
    options: tuple[str, ...]
    tags: tuple[str, ...]
    about: str

    def columns(self, selection: Selection) -> Mapping[str, str]: ...

    def query(self, selection: Selection) -> tuple[str, Mapping[str, Any]]:
        """The statement, and its parameters, whose result `rows` takes; ordered by an id.

        It reads no judgment recorded after the parameter `cut`, which the export adds.
        """
        ...

    def rows(self, records: Iterable[Record], selection: Selection, dropped: Counter[str]) -> Iterator[dict[str, Any]]:
        """The rows to be written; what is left out is counted in `dropped` by reason."""
        ...


WRITERS: dict[str, Writer] = {writer.name: writer for writer in (DPO(), Raw())}
