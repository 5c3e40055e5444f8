"""What taking feedback in over HTTP costs beside the bare COPY of its rows: `python -m benchmarks.ingest [--million]`.

Posts packed batches of 10,000 events (exposures, usage, thumbs, side-by-side choices, and the words of chosen turns) to
a web server of its own, one after the other, and then copies the very same rows, as text that is ready, into the same
empty tables of another database, with their constraints and indexes, in as many transactions of one table each. Of the
rounds the quickest of each counts. Memory is that of the web server. Numbers of two machines do not compare; the ratios
do.
"""

import argparse
import http.client
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import _feedback, _ground
from benchmarks._copying import clone, copied
from benchmarks._server import Meter, server
from benchmarks._table import Row, report

LEAST = 0.30
FLAT_BYTES = 50 << 20
AT_ONCE = 10_000
TABLES = (
    "catalog_content",
    "catalog_prompt",
    "catalog_response",
    "ledger_actor",
    "ledger_actorlink",
    "ledger_turn",
    "abtest_event",
    "ledger_judgment",
    "ledger_signal",
    "ledger_words",
    "ledger_ruling",
    "ledger_labelrequest",
    "abtest_chosenturn",
)


def main() -> None:
    arguments = _arguments()
    sizes = arguments.sizes or [10_000, 100_000, *([1_000_000] if arguments.million else [])]
    with tempfile.TemporaryDirectory() as name, _ground.database() as base:
        folder = Path(name)
        _ground.migrate()
        secret = _feedback.prepare()
        runs = []
        for number in range(arguments.rounds):
            runs += [_run(base, folder, secret, size) for size in sizes if number == 0 or size < 1_000_000]
    good = _print(runs, sizes)
    sys.exit(0 if good else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--million", action="store_true", help="send 1,000,000 events too (some minutes)")
    parser.add_argument("--sizes", type=int, nargs="+", metavar="N", help="these instead")
    parser.add_argument("--rounds", type=int, default=2, help="runs of each size, of which the quickest is reported")
    return parser.parse_args()


def _run(base: str, folder: Path, secret: str, events: int) -> dict[str, Any]:
    """Send so many events, then copy what that wrote."""
    with clone(base, "ours") as ours, clone(base, "floor") as floor:
        os.environ["DATABASE_URL"] = ours
        with server(folder / "log") as (port, pid):
            result = _send(port, pid, ours, secret, events)
        assert result["accepted"] == events, result
        result |= copied(ours, floor, folder, tables=TABLES)
    print(
        f"{events:>10,}: {result['seconds']:6.1f} s ({result['web']:.1f} web, {result['database']:.1f} database), "
        f"COPY {result['floor']:6.1f} s ({result['floor_processor']:.1f} of a processor), {result['peak'] >> 20} MB",
        flush=True,
    )
    return result


def _send(port: int, pid: int, url: str, secret: str, events: int) -> dict[str, Any]:
    packed = list(_feedback.batches(events, AT_ONCE))
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    # The first request of a process imports and connects.
    _post(line, secret, "warm", b"")
    meter = Meter(pid, url)
    web, database = meter.read()
    began, accepted = time.perf_counter(), 0
    for n, body in enumerate(packed):
        accepted += _post(line, secret, str(n), body)["accepted"]
    seconds = time.perf_counter() - began
    after = meter.read()
    meter.close()
    return {
        "events": events,
        "accepted": accepted,
        "seconds": seconds,
        "web": after[0] - web,
        "database": after[1] - database,
        "peak": _peak(pid),
    }


def _post(line: http.client.HTTPConnection, secret: str, key: str, body: bytes) -> dict[str, Any]:
    headers = {
        "Authorization": f"Bearer {secret}",
        "Idempotency-Key": key,
        "Content-Type": "application/x-ndjson",
        **({"Content-Encoding": "gzip"} if body else {}),
    }
    line.request("POST", "/api/v1/feedback/", body, headers)
    answer = line.getresponse()
    said = answer.read()
    if answer.status != 200:
        sys.exit(f"{answer.status}: {said.decode()[:500]}")
    found: dict[str, Any] = json.loads(said)
    assert not found["rejected"], found["rejected"][:3]
    return found


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) << 10


def _print(runs: list[dict[str, Any]], sizes: list[int]) -> bool:
    print(f"\nThe quickest of each (at least {LEAST} of the rate of COPY):")
    print(f"{'events':>10} {'rows':>10} {'events/s':>9} {'by the clock':>13} {'by processor':>13} {'memory':>8}")
    rows, good = [], True
    for size in sizes:
        some = [run for run in runs if run["events"] == size]
        seconds, floor = min(run["seconds"] for run in some), min(run["floor"] for run in some)
        ours = min(run["web"] + run["database"] for run in some)
        bare = min(run["floor_processor"] for run in some)
        # What a busy machine does to a clock it hardly does to this one.
        good = good and bare / ours >= LEAST
        peak = max(run["peak"] for run in some)
        print(
            f"{size:>10,} {some[0]['written']:>10,} {size / seconds:>9,.0f} {floor / seconds:>13.2f} "
            f"{bare / ours:>13.2f} {peak >> 20:>5} MB"
        )
        rows.append(Row(f"feedback of {size:,} events", seconds, floor, "s", f"{1 / LEAST:.1f} x"))
    peaks = {run["events"]: run["peak"] for run in runs}
    growth = max(peaks.values()) - min(peaks.values())
    print(f"memory from the fewest events to the most: {growth >> 20} MB more (at most {FLAT_BYTES >> 20})")
    report(*rows)
    return good and growth <= FLAT_BYTES


if __name__ == "__main__":
    main()
