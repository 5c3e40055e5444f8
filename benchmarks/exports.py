"""What an export costs beside the bare COPY of the same joined query: `python -m benchmarks.exports [--million]`.

Fills a database of its own, then runs in turn, several rounds, the COPY of the plain columns (the floor) and the export
to each kind of file, each in a process of its own whose peak memory is read. The cheapest of each is reported, by the
processor time of the process and of its database backend together (from /proc, without parallel workers), which other
work on the machine disturbs least. Numbers of two machines do not compare; the ratios do.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import _exported, _ground
from benchmarks._server import seconds_of
from benchmarks._table import Row, report

BUDGET = 4.0
FLAT_MB = 50
FILES = ("jsonl", "jsonl.gz", "parquet", "csv")
FORMATS = ("dpo", "raw")


def main() -> None:
    arguments = _arguments()
    if arguments.run:
        print(json.dumps(_run(**json.loads(arguments.run))))
        return
    sizes = [arguments.rows // 10, arguments.rows, *([1_000_000] if arguments.million else [])]
    with _ground.database():
        _ground.migrate()
        projects = {size: _exported.fill(size) for size in sizes}
        rows = []
        for size in sizes:
            kinds = ("floor", *(FILES if size == arguments.rows else ("jsonl", "parquet")))
            rounds = arguments.rounds if size <= arguments.rows else 1
            rows += [row for format in FORMATS for row in _measure(projects[size], format, kinds, rounds)]
    sys.exit(_verdict(rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="how many rows; and a tenth of them")
    parser.add_argument("--million", action="store_true", help="measure at 1,000,000 rows too (many minutes)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each kind, of which the cheapest is reported")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(project: str, format: str, kinds: tuple[str, ...], rounds: int) -> list[dict[str, Any]]:
    """The floor and each kind of file in turn; prints a line for the cheapest run of each."""
    runs: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind in kinds:
            runs[kind].append(_apart(project=project, format=format, kind=kind))
    best = {kind: min(done, key=_cost) for kind, done in runs.items()}
    found = []
    for kind, run in best.items():
        row = {"format": format, "kind": kind, **run, "ratio": _cost(run) / _cost(best["floor"])}
        found.append(row)
        print(
            f"{row['rows']:>9,} {format:3} {kind:8} {row['ratio']:5.2f} x COPY  {_cost(row):6.2f} s of processor "
            f"(client {row['client']:.2f}, database {row['database']:.2f})  {row['seconds']:7.2f} s  "
            f"{row['bytes'] / 1e6:6.1f} MB  peak {row['peak']:4.0f} MB",
            flush=True,
        )
    return found


def _cost(run: dict[str, Any]) -> float:
    return float(run["client"] + run["database"])


def _apart(**what: str) -> dict[str, Any]:
    """One run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.exports", "--run", json.dumps(what)], stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        sys.exit("A run did not get through.")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _run(*, project: str, format: str, kind: str) -> dict[str, Any]:
    """What one process does: {seconds, client and database (processor seconds), bytes, rows, peak (MB)}."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    backend = _exported.warm()
    with tempfile.TemporaryDirectory() as folder:
        began, client, database = time.perf_counter(), time.process_time(), seconds_of(backend)
        if kind == "floor":
            rows, written = _exported.floor(project, format)
        else:
            rows, written = _exported.export(project, format, kind, Path(folder) / "out")
        seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "client": time.process_time() - client,
        "database": seconds_of(backend) - database,
        "bytes": written,
        "rows": rows,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _verdict(rows: list[dict[str, Any]]) -> int:
    """0 when JSON Lines are within the budget from 10⁵ rows on, and memory does not grow with the rows."""
    fine = True
    floors = {(row["format"], row["rows"]): _cost(row) for row in rows if row["kind"] == "floor"}
    report(
        *(
            Row(
                f"export of {row['rows']:,} rows, {row['format']} to {row['kind']}",
                _cost(row),
                floors[row["format"], row["rows"]],
                "s",
                f"{BUDGET} x" if row["kind"] == "jsonl" else "",
            )
            for row in rows
            if row["kind"] != "floor" and row["rows"] >= 100_000
        )
    )
    for format in FORMATS:
        for row in rows:
            if row["format"] == format and row["kind"] == "jsonl" and row["rows"] >= 100_000:
                print(
                    f"{format}, {row['rows']:,} rows: {row['ratio']:.2f} x COPY of the joined query (at most {BUDGET})"
                )
                fine &= row["ratio"] <= BUDGET
        for kind in ("jsonl", "parquet"):
            peaks = [row["peak"] for row in rows if (row["format"], row["kind"]) == (format, kind)]
            grown = max(peaks) - peaks[0]
            print(
                f"{format} to {kind}: {grown:+.0f} MB of peak memory from the fewest rows to more (at most {FLAT_MB})"
            )
            fine &= grown <= FLAT_MB
    return 0 if fine else 1


if __name__ == "__main__":
    main()
