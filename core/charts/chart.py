"""A picture of numbers: the figure, the sentence that says it, the table of the same numbers, and both to take away."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from core.charts.rendering import svg_of
from core.text.spreadsheet import safe_cell

Cell = str | int | float | None
Spec = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where numbers come from: as of which moment of the database, by which code, from which seed if any was drawn.

    `sampled` is the share of what there is that was counted.
    """

    as_of: datetime
    code: str
    seed: int | None = None
    sampled: float = 1.0

    def as_json(self) -> dict[str, Cell]:
        return {"as_of": self.as_of.isoformat(), "code_version": self.code, "seed": self.seed, "sampled": self.sampled}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its key in the data, its head, and whether it holds numbers."""

    key: str
    head: str
    number: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers themselves: `rows` for machines, by key; `shown` for people, in the columns' order."""

    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Cell]]
    shown: Sequence[Sequence[str]]

    @property
    def cells(self) -> list[list[tuple[Column, str]]]:
        """What is shown, each cell with its column."""
        return [list(zip(self.columns, row, strict=True)) for row in self.shown]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The SVG of a figure for one width of page: the only one, or the wide or the narrow one of two."""

    kind: Literal["only", "wide", "narrow"]
    svg: str


@dataclass(frozen=True)
class Chart:
    """One picture. `label` is the figure in a sentence.

    `figure` is its Vega-Lite specifications, one, or two by width; or what makes them once they are asked for.
    """

    name: str
    label: str
    figure: Sequence[Spec] | Callable[[], Sequence[Spec]]
    table: Table
    provenance: Provenance

    @cached_property
    def specs(self) -> Sequence[Spec]:
        return self.figure() if callable(self.figure) else self.figure

    def drawn(self) -> list[Drawn]:
        """The figure as SVG. Raises what `svg_of` does."""
        if len(self.specs) == 1:
            return [Drawn("only", svg_of(self.specs[0], self.label))]
        wide, narrow = self.specs
        return [Drawn("wide", svg_of(wide, self.label)), Drawn("narrow", svg_of(narrow, self.label))]

    def vega_lite(self) -> str:
        """The figure as a Vega-Lite document that says where its numbers come from."""
        document = {**self.specs[0], "description": self.label, "usermeta": self.provenance.as_json()}
        return json.dumps(document, indent=2, ensure_ascii=False)

    def csv(self) -> str:
        """The table for a spreadsheet, the same on every row: where the numbers come from."""
        file = io.StringIO()
        writer = csv.writer(file)
        origin = self.provenance.as_json()
        keys = [column.key for column in self.table.columns]
        writer.writerow([*keys, *origin])
        for row in self.table.rows:
            writer.writerow([_cell(row[key]) for key in keys] + [_cell(value) for value in origin.values()])
        return file.getvalue()


def _cell(value: Cell) -> Cell:
    return safe_cell(value) if isinstance(value, str) else value
