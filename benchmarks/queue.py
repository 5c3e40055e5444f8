"""What one task of a rater costs the server: `python -m benchmarks.queue [--million] [--tasks N]`.

Starts a web server of its own on a database of its own, lets 8 and 32 raters work over real HTTP as the browser does
(one draft and one submit per task, whose answer is the next page, and heartbeats), and prints the processor time that
web server and database spent per task, at growing numbers of slots. Beside it the floor: psycopg in a bare loop on the
same tables. Numbers of two machines do not compare; the ratios do.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from benchmarks import _floor, _ground
from benchmarks._server import Meter, server
from benchmarks._table import Row, report

# Set on a machine where the floor took 0.75 ms; on a slower one the same work is so many times its floor.
BUDGET_MS = 12.0
BUDGET_FLOORS = BUDGET_MS / 0.75
FLAT = 1.2
RATERS = (8, 32)


def main() -> None:
    arguments = _arguments()
    sizes = [1_000, 100_000, *([1_000_000] if arguments.million else [])]
    with tempfile.TemporaryDirectory() as folder, _ground.database():
        url = os.environ["DATABASE_URL"]
        _ground.migrate()
        ground = _ground.Ground()
        cookies = ground.raters(max(RATERS))
        for name, slots in (("warm", 1_500), ("floor", 30_000)):
            ground.campaign(name, slots=slots)
        for size in sizes[1:]:
            print(f"{size:,} slots planned in {ground.campaign(f's{size}', slots=size):.1f} s", flush=True)
        with server(Path(folder) / "web.log") as (port, web):
            bench = Bench(url, port, web, cookies)
            bench.rate("warm", max(RATERS), 400)
            rounds = [_round(bench, ground, sizes, number, arguments.tasks) for number in range(arguments.rounds)]
            floor = min((_floor.run(url, "floor", 3) for _ in rounds), key=_cost)
    rows = [min(same, key=_cost) for same in zip(*rounds, strict=True)]
    _print(rows, floor)
    sys.exit(_verdict(rows, floor))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--million", action="store_true", help="measure at 1,000,000 slots too (some minutes)")
    parser.add_argument("--tasks", type=int, default=700, help="tasks per run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each kind, of which the cheapest is reported")
    return parser.parse_known_args()[0]


class Bench:
    """A running server with its raters."""

    def __init__(self, url: str, port: int, web: int, cookies: list[str]) -> None:
        self.url, self.port, self.web, self.cookies = url, port, web, cookies

    def rate(self, campaign: str, raters: int, tasks: int) -> dict[str, Any]:
        """Let so many raters do so many tasks; what it took, with the processor seconds of web and database."""
        orders = {"port": self.port, "campaign": campaign, "cookies": self.cookies[:raters], "tasks": tasks}
        meter = Meter(self.web, self.url)
        before = meter.read()
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(meter, over))
        watch.start()
        raters_process = subprocess.run(
            [sys.executable, "-m", "benchmarks._raters"], input=json.dumps(orders), stdout=subprocess.PIPE, text=True
        )
        over.set()
        watch.join()
        after = meter.read()
        meter.close()
        if raters_process.returncode:
            sys.exit("The raters did not get through.")
        result: dict[str, Any] = json.loads(raters_process.stdout)
        result["web"], result["database"] = (late - early for late, early in zip(after, before, strict=True))
        return result

    @staticmethod
    def _watch(meter: Meter, over: threading.Event) -> None:
        while not over.wait(0.5):
            meter.read()


def _round(bench: Bench, ground: _ground.Ground, sizes: list[int], number: int, tasks: int) -> list[dict[str, Any]]:
    """One run of each kind, the kinds in turn: what the machine does beside us then falls on all of them."""
    rows = []
    for raters in RATERS:
        for size in sizes:
            name = f"s{size}"
            if size <= 10_000:
                # Soon used up, so a new one each time; and left before raters begin to wait for each other's.
                name = f"s{size}-{raters}-{number}"
                ground.campaign(name, slots=size)
            rows.append({"slots": size, "raters": raters, **bench.rate(name, raters, min(tasks, size * 7 // 10))})
            _line(rows[-1])
    return rows


def _line(row: dict[str, Any]) -> None:
    done = row["done"]
    cuts = [1000 * cut for cut in statistics.quantiles(row["times"]["submit"], n=100)]
    print(
        f"{row['slots']:>9,} slots {row['raters']:>3} raters: {_cost(row):6.2f} ms per task "
        f"(web {1000 * row['web'] / done:.2f}, database {1000 * row['database'] / done:.2f}); "
        f"{done / row['seconds']:.0f} tasks/s; submit p50/p95/p99 {cuts[49]:.0f}/{cuts[94]:.0f}/{cuts[98]:.0f} ms; "
        f"{row['requests'] / done:.2f} requests, {row['received'] / done / 1000:.1f} kB",
        flush=True,
    )


def _cost(row: dict[str, Any]) -> float:
    """Milliseconds of processor time per task."""
    return 1000 * float(row["web"] + row["database"]) / row["done"]


def _print(rows: list[dict[str, Any]], floor: dict[str, Any]) -> None:
    print("The cheapest run of each kind:")
    for row in rows:
        _line(row)
    worst = max(rows, key=_cost)
    print(
        f"floor: psycopg's bare claim-and-insert loop on one connection: {_cost(floor):.2f} ms per task "
        f"(client {1000 * floor['web'] / floor['done']:.2f}, database {1000 * floor['database'] / floor['done']:.2f}), "
        f"{floor['done'] / floor['seconds']:.0f} tasks/s"
    )
    print(
        f"worst: {_cost(worst):.2f} ms per task, {_cost(worst) / _cost(floor):.1f} x the floor "
        f"(budget {BUDGET_MS:.0f} ms or {BUDGET_FLOORS:.0f} x)"
    )
    budget = f"{BUDGET_MS:.0f} ms or {BUDGET_FLOORS:.0f} x"
    report(Row("one task of a rater", _cost(worst), _cost(floor), "ms", budget))
    for raters in RATERS:
        print(f"{raters} raters: {_flatness(rows, raters):.2f} x from the fewest slots to more (at most {FLAT})")


def _flatness(rows: list[dict[str, Any]], raters: int) -> float:
    costs = [_cost(row) for row in rows if row["raters"] == raters]
    return max(costs[1:]) / costs[0]


def _verdict(rows: list[dict[str, Any]], floor: dict[str, Any]) -> int:
    cheap = all(_cost(row) <= max(BUDGET_MS, BUDGET_FLOORS * _cost(floor)) for row in rows)
    flat = all(_flatness(rows, raters) <= FLAT for raters in RATERS)
    return 0 if cheap and flat else 1


if __name__ == "__main__":
    main()
