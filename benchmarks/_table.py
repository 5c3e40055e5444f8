"""The closing table that all benches share: what a path costs, what its floor costs in the same run, the budget."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

# `python -m benchmarks` names a file here, into which each bench writes its rows.
_FILE = "PLUMBLINE_BENCH_TABLE"


@dataclass(frozen=True, slots=True)
class Row:
    """One path. `ours` and `floor` are in `unit`; `budget` is in words, empty where there is none."""

    path: str
    ours: float
    floor: float | None
    unit: str
    budget: str = ""


def report(*rows: Row) -> None:
    """Print these rows, and hand them to the table of all benches if there is one."""
    show(list(rows))
    if where := os.environ.get(_FILE):
        with Path(where).open("a") as file:
            file.writelines(json.dumps(asdict(row)) + "\n" for row in rows)


def collected(file: Path) -> list[Row]:
    """What the benches handed over."""
    return [Row(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def show(rows: list[Row]) -> None:
    """Print rows as a table of Markdown."""
    print("| path | ours | floor | ratio | budget |\n|---|--:|--:|--:|---|")
    for row in rows:
        floor = f"{row.floor:,.2f} {row.unit}" if row.floor is not None else "–"
        ratio = f"{row.ours / row.floor:.1f}" if row.floor else "–"
        print(f"| {row.path} | {row.ours:,.2f} {row.unit} | {floor} | {ratio} | {row.budget} |")
    print(flush=True)
