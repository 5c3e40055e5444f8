"""Parquet: the fields of a row as columns, nested as in Plumbline's own rows, or flat as in CSV, or HH-RLHF's."""

from collections.abc import Mapping, Sequence
from typing import Any

from exchange.fields import shown
from exchange.formats.flat import Flat
from exchange.formats.hh import HH
from exchange.formats.plumbline import KEYS, Plumbline
from exchange.rows import Row


class Parquet:
    """The reader of Parquet's rows, whichever of the shapes they have."""

    name = "parquet"
    label = "Parquet, nested or one column a field"
    container = "parquet"
    repeats = True

    def __init__(self) -> None:
        self._flat, self._hh, self._own = Flat(), HH(), Plumbline()

    def recognises(self, line: Mapping[str, Any]) -> bool:
        return False

    def header_fault(self, names: Sequence[str]) -> str | None:
        """Why a table with these columns cannot be taken; None if it can."""
        if "chosen" in names or "responses" in names:
            known = ("chosen", "rejected") if "chosen" in names else KEYS
            unknown = [name for name in names if name not in known]
            return (
                f"the column {shown(unknown[0])} is unknown; the columns are {', '.join(known)}." if unknown else None
            )
        return self._flat.header_fault(names)

    def parse(self, line: Any) -> Row:
        """The row of one record, in which a field that is null is not there. Raises RowFault."""
        if "chosen" in line:
            return self._hh.parse(line)
        if self._flat.recognises(line) or "responses" not in line:
            return self._flat.parse(line)
        votes = line.get("votes", [])
        return self._own.parse({**line, "votes": [_vote(one) for one in votes] if isinstance(votes, list) else votes})


def _vote(vote: Any) -> Any:
    # A column has one type, so where "both_bad" occurs the numbers are texts too.
    if isinstance(vote, dict) and isinstance(vote.get("preference"), str):
        words = vote["preference"]
        return {**vote, "preference": int(words) if words.lstrip("+-").isdecimal() and len(words) < 4 else words}
    return vote
