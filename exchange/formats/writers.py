"""The formats that can be exported. A new one is a file beside this one and a line in WRITERS."""

from collections.abc import Mapping
from typing import Protocol

from exchange.formats.columns import Column
from exchange.formats.dpo import DPO
from exchange.formats.kto import KTO
from exchange.formats.raw import Raw
from exchange.selection import Selection


class Writer(Protocol):
    """What a format that can be exported is.

    `columns` names each column of a row, in order; every row has them all, each always of its one type and never null,
    so that Arrow infers the same schema from every part of the data.
    """

    name: str
    label: str
    version: int
    options: tuple[str, ...]
    tags: tuple[str, ...]
    about: str

    def columns(self, selection: Selection) -> Mapping[str, Column]: ...

    def query(self, selection: Selection) -> str:
        """The query for the rows, ordered by an id: one column, a JSON object or the reason why there is none.

        A reason is a word. The parameters are `project`, `campaign`, `include_simulated`, `min_votes`, those of
        `fragments.in_doubt` with `include_doubted`, and those of
        `fragments.belongs`, by which every row that can come or change later is asked whether it is in the snapshot.
        """
        ...


WRITERS: dict[str, Writer] = {writer.name: writer for writer in (DPO(), KTO(), Raw())}
