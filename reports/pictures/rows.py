"""Pictures whose rows are numbers with intervals: the same rows make the figure, the table and the file."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.charts.chart import Cell, Column, Provenance, Table
from core.charts.effects import Effect, Line, effects
from core.charts.picture import Picture, picture
from core.charts.theme import NARROW, WIDE
from reports.pictures.numbers import Number, signed, spanned


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its key for machines, its name for people, its number, or why there is none."""

    key: str
    name: str
    number: Number | None
    meaning: str = ""
    ceiling: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """What the numbers are: the words at the axis, the head of the names, digits to print, the span to hold.

    `plus`: they are differences, so that what is above zero has its sign.
    """

    title: str
    of: str
    digits: int = 1
    span: tuple[float, float] | None = None
    plus: bool = True

    def said(self, number: Number) -> str:
        """The number with its interval."""
        words = spanned(number, self.digits)
        return words if self.plus else words.replace("+", "")

    def cell(self, value: Cell) -> str:
        """A value as the table shows it."""
        if isinstance(value, float):
            words = signed(value, self.digits)
            return words if self.plus else words.replace("+", "")
        if value is None:
            return "–"
        return f"{value:,}" if isinstance(value, int) else value


def intervals_picture(
    *,
    name: str,
    title: str,
    verdict: str,
    rows: Sequence[Row],
    axis: Axis,
    provenance: Provenance,
    shown: Sequence[Row] | None = None,
    line: Line | None = None,
    meaning: str = "",
    wide: bool = False,
) -> Picture:
    """A picture of these rows, or of those `shown` where they are too many; without a number there is no figure."""
    if not any(row.number for row in rows):
        return Picture(name, title, verdict, meaning=meaning)
    drawn = [_effect(row, axis) for row in (rows if shown is None else shown)]
    widths = (WIDE, NARROW) if wide else (NARROW,)
    return picture(
        name=name,
        title=title,
        verdict=verdict,
        specs=lambda: [
            effects(drawn, title=axis.title, line=line, span=axis.span, plus=axis.plus, width=width) for width in widths
        ],
        table=_table(rows, axis),
        provenance=provenance,
        meaning=meaning,
    )


def _effect(row: Row, axis: Axis) -> Effect:
    number = row.number
    if number is None:
        return Effect(row.name, row.note or _("cannot be said"))
    if number.low is None or number.high is None:
        return Effect(row.name, axis.said(number))
    return Effect(_named(row), axis.said(number), number.estimate, number.low, number.high, row.meaning, row.ceiling)


def _named(row: Row) -> str:
    """The name, with the limit where its dashed line stands: words at the line itself would meet the numbers."""
    if row.ceiling is None:
        return row.name
    limit = f"{row.ceiling:+g}".replace("-", "\u2212")
    return _("%(name)s, limit %(limit)s") % {"name": row.name, "limit": limit}


def _table(rows: Sequence[Row], axis: Axis) -> Table:
    has_ceiling, has_note = any(row.ceiling is not None for row in rows), any(row.note for row in rows)
    columns = [
        Column("name", axis.of, number=False),
        Column("estimate", _("Estimate")),
        Column("low", _("From")),
        Column("high", _("To")),
        Column("n", _("n")),
        *([Column("ceiling", _("Ceiling"))] if has_ceiling else []),
        *([Column("note", _("Note"), number=False)] if has_note else []),
    ]
    values = [_values(row) for row in rows]
    for_people = [
        [row.name if column.key == "name" else axis.cell(value[column.key]) for column in columns]
        for row, value in zip(rows, values, strict=True)
    ]
    return Table(columns, values, for_people)


def _values(row: Row) -> dict[str, Cell]:
    number = row.number
    measured: dict[str, Cell] = {"estimate": None, "low": None, "high": None, "n": None}
    if number:
        measured = {"estimate": number.estimate, "low": number.low, "high": number.high, "n": number.n}
    return {"name": row.key, **measured, "ceiling": row.ceiling, "note": row.note}
