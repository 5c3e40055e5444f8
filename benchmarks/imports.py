"""What an import costs beside the bare COPY of its rows: `python -m benchmarks.imports [--million] [--rounds N]`.

Writes files of 10,000 and 100,000 (and 1,000,000) comparisons, imports each into a database of its own as the command
does, and then copies the very same rows, as text that is ready, into the same empty tables of another one, with their
constraints and indexes. The kinds take turns; of the rounds the quickest of each counts. Numbers of two machines do not
compare; the ratios do.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import _ground
from benchmarks._copying import clone, copied
from benchmarks._table import Row, report

TIMES = 12
FLAT_BYTES = 50 << 20
GIVEN = ("ledger_rubricversion", "annotate_campaign", "catalog_bundle")
TABLES = (
    "catalog_content",
    "catalog_prompt",
    "catalog_response",
    "catalog_comparison",
    "ledger_actor",
    "ledger_actorlink",
    "ledger_judgment",
    "ledger_signal",
    "ledger_mention",
    "annotate_task",
    "annotate_slot",
)


def main() -> None:
    arguments = _arguments()
    sizes = arguments.sizes or [10_000, 100_000, *([1_000_000] if arguments.million else [])]
    with tempfile.TemporaryDirectory() as name, _ground.database() as base:
        folder = Path(name)
        _ground.migrate()
        _prepare()
        kinds = [Kind(folder, size, votes=0) for size in sizes]
        kinds.append(Kind(folder, min(20_000, sizes[-1]), votes=1))
        rounds = []
        for number in range(arguments.rounds):
            # A million takes minutes; once is enough to see whether memory stays flat.
            rounds.append([kind.run(base, folder) for kind in kinds if number == 0 or kind.rows < 1_000_000])
    results = [Result(kind, [run for each in rounds for run in each if run["kind"] == kind.name]) for kind in kinds]
    _print(results)
    sys.exit(0 if all(one.good for one in results) and _growth(results) <= FLAT_BYTES else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--million", action="store_true", help="import 1,000,000 comparisons too (some minutes)")
    parser.add_argument("--sizes", type=int, nargs="+", metavar="N", help="these instead")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each kind, of which the quickest is reported")
    return parser.parse_args()


def _prepare() -> None:
    from django.db import connection

    from core.accounts.projects import create_project

    create_project(slug="bench", name="Bench", owner=None)
    connection.close()


class Kind:
    """A file to import: so many comparisons with so many votes each, of as many voters."""

    def __init__(self, folder: Path, rows: int, *, votes: int) -> None:
        self.rows = rows
        self.votes = votes
        self.name = f"{rows:,}{' with a vote each' if votes else ''}"
        self.path = folder / f"{rows}-{votes}.jsonl"
        _write(self.path, rows, votes)

    def run(self, base: str, folder: Path) -> dict[str, Any]:
        """Import the file, then copy what that wrote."""
        with clone(base, "ours") as ours, clone(base, "floor") as floor:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks._importing", str(self.path)],
                env={**os.environ, "DATABASE_URL": ours},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            result: dict[str, Any] = json.loads(done.stdout)
            assert result["counts"]["new"] == self.rows, result["counts"]
            result |= copied(ours, floor, folder, tables=TABLES, given=GIVEN)
        result |= {"kind": self.name}
        print(
            f"{self.name:>24}: {result['seconds']:6.1f} s ({result['processor']:.1f} of a processor), "
            f"COPY {result['floor']:6.1f} s ({result['floor_processor']:.1f}), {result['peak'] >> 20} MB",
            flush=True,
        )
        return result


def _write(path: Path, rows: int, votes: int) -> None:
    """A file of comparisons whose texts are the demonstration's, each made its own by its number."""
    texts = []
    for material in sorted(_ground.MATERIAL.glob("*.jsonl")):
        for line in material.read_text().splitlines():
            row = json.loads(line)
            texts.append((row["prompt"][-1]["content"], list(row["answers"].values())))
    with path.open("w") as file:
        for n in range(rows):
            prompt, answers = texts[n % len(texts)]
            place = n // len(texts)
            made: dict[str, Any] = {
                "prompt": [{"role": "user", "content": f"{prompt} ({n})"}],
                "responses": [
                    {"bundle": f"v{side}", "content": f"{answers[(place + side) % len(answers)]} ({n})"}
                    for side in (0, 1)
                ],
                "family": f"family-{n % 1000}",
                "id": f"row-{n}",
            }
            if votes:
                made["votes"] = [
                    {"actor": f"voter-{n}-{v}", "preference": n % 7 - 3, "labels": {"0": {"correct": "yes"}}}
                    for v in range(votes)
                ]
            file.write(json.dumps(made) + "\n")


class Result:
    """The quickest runs of one kind."""

    def __init__(self, kind: Kind, runs: list[dict[str, Any]]) -> None:
        self.kind = kind
        self.ours = min(runs, key=lambda run: run["processor"])
        self.floor = min(runs, key=lambda run: run["floor_processor"])
        self.seconds = min(run["seconds"] for run in runs)
        self.floor_seconds = min(run["floor"] for run in runs)
        self.peak = max(run["peak"] for run in runs)
        self.ratio = self.seconds / self.floor_seconds
        # What a busy machine does to a clock it hardly does to this one.
        self.processor_ratio = self.ours["processor"] / self.floor["floor_processor"]
        self.good = self.processor_ratio <= TIMES


def _growth(results: list[Result]) -> int:
    peaks = [one.peak for one in results if not one.kind.votes]
    return max(peaks) - min(peaks)


def _print(results: list[Result]) -> None:
    print(f"\nThe quickest of each (at most {TIMES} x):")
    print(f"{'':>24} {'':>13} {'processor seconds':^27} {'seconds by the clock':^27}")
    kinds = f"{'import':>9} {'COPY':>9} {'ratio':>7}"
    print(f"{'comparisons':>24} {'rows written':>13} {kinds} {kinds} {'rows/s':>8} {'memory':>8}")
    for one in results:
        print(
            f"{one.kind.name:>24} {one.ours['written']:>13,} "
            f"{one.ours['processor']:>9.1f} {one.floor['floor_processor']:>9.1f} {one.processor_ratio:>5.1f} x "
            f"{one.seconds:>9.1f} {one.floor_seconds:>9.1f} {one.ratio:>5.1f} x "
            f"{one.kind.rows / one.seconds:>8,.0f} {one.peak >> 20:>5} MB"
        )
    print(f"memory from the fewest rows to the most: {_growth(results) >> 20} MB more (at most {FLAT_BYTES >> 20})")
    report(
        *(
            Row(f"import of {one.kind.name}", one.ours["processor"], one.floor["floor_processor"], "s", f"{TIMES} x")
            for one in results
        )
    )
    for one in results:
        print(f"\nWhere the time of {one.kind.name} goes, and COPY's:")
        steps, floor = one.ours["steps"], one.floor["floor_steps"]
        for step, seconds in sorted(steps.items(), key=lambda item: -item[1]):
            bare = floor.get(step.removeprefix("copy "))
            beside = f"{bare:7.2f} s" if bare is not None else ""
            print(f"{step:>42} {seconds:7.2f} s {100 * seconds / one.ours['seconds']:5.1f} % {beside}")


if __name__ == "__main__":
    main()
