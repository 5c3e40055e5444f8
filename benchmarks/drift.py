"""What the drift monitors cost: `python -m benchmarks.drift [--events N] [--said N] [--new N]`.

Steps every monitor over a million labelled thumbs, from arrays and from PostgreSQL, in processes of their own whose
peak memory is read; then says a few hundred more and takes them in with one step, several times over. The first
`--said` thumbs are said in full, with turns, judgments and labels, and taken in; the others are written into the log as
they would lie there. What counts is the processor time of the process and of its database backend together.

Times over the whole stream are judged from a million thumbs on only: a part of them, above all the fits of the
references, is the same for any number. One step, memory and states have their budgets at any size.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from statistics import median
from typing import Any

import numpy as np

from benchmarks import _ground
from benchmarks._server import peak, seconds_of
from benchmarks._table import Row, report

SECONDS = {"arrays": 12.0, "database": 30.0}
JUDGED_FROM = 1_000_000
"""Thumbs for which SECONDS are the budget; more may take longer in proportion."""
MOST_MB = 600
MOST_STEP_MS = 150.0
MOST_STATE = 64 * 1024
ROUNDS = 7
PER_DAY = 10_000.0
_COLUMNS = (
    "judgment_id, project_id, number, actor, up, sycophantic, correct, warm, good, segment, arm, memory, domain, "
    "language, solicited, said_at, ready_at, left_out, labelled_by, simulated"
)


def main() -> None:
    arguments = _arguments()
    if arguments.run:
        print(json.dumps(_RUNS[arguments.run](arguments)))
        return
    with _ground.database():
        _ground.migrate()
        taken = _fill(arguments)
        found = {name: _apart(name, arguments) for name in _RUNS}
    sys.exit(_verdict(found, taken, arguments))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000, help="in all")
    parser.add_argument("--said", type=int, default=100_000, help="of these, said in full")
    parser.add_argument("--new", type=int, default=500, help="said before each of the steps that are timed")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    return parser.parse_args()


def _stream(events: int) -> Any:
    from dataclasses import replace

    from scenarios.driftworlds import UNLIKE, stream

    return stream(replace(UNLIKE, per_day=PER_DAY), events, np.random.default_rng(7))


def _fill(arguments: argparse.Namespace) -> float:
    """Fill the project; returns the seconds of processor that taking in what was said in full cost."""
    from django.db import connection, transaction

    from benchmarks._thumbs import plant
    from core.accounts.projects import create_project
    from reports.drift.taking import take_in

    project = create_project(slug="bench", name="Bench", owner=None)
    thumbs = _stream(arguments.events)
    plant(project, thumbs.part(0, arguments.said))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    backend = _backend()
    before = seconds_of(backend)
    with transaction.atomic():
        count = take_in(project.pk)
    seconds = seconds_of(backend) - before
    print(f"taken in: {count:,} thumbs in {seconds:.1f} s of the database", flush=True)
    with connection.cursor() as cursor:
        # These have no judgments.
        cursor.execute("ALTER TABLE reports_driftevent DROP CONSTRAINT IF EXISTS driftevent_judgment_in_project")
        with cursor.copy(f"COPY reports_driftevent ({_COLUMNS}) FROM STDIN") as copy:
            for row in _events(project, thumbs.part(arguments.said, len(thumbs)), arguments.said):
                copy.write_row(row)
        cursor.execute("VACUUM ANALYZE")
    return seconds


def _events(project: Any, thumbs: Any, before: int) -> Any:
    from benchmarks._thumbs import BEGIN
    from core.tables.ids import uuid7s
    from stats.thumbed import FACTORS

    names = [thumbs.factors[name].names().tolist() for name in FACTORS]
    users = dict(zip(set(thumbs.user.tolist()), uuid7s(len(thumbs)), strict=False))
    for n, (key, user) in enumerate(zip(uuid7s(len(thumbs)), thumbs.user.tolist(), strict=True)):
        *context, solicited = (column[n] for column in names)
        warm, good = float(thumbs.warm[n]), float(thumbs.good[n])
        at = BEGIN + timedelta(seconds=float(thumbs.at[n]))
        said = (bool(thumbs.up[n]), float(thumbs.sycophantic[n]), float(thumbs.correct[n]))
        known = (None if np.isnan(warm) else warm, None if np.isnan(good) else good)
        yield (
            *(key, project.pk, before + n + 1, users[user], *said, *known),
            *(*context, solicited == "yes", at, at, "", "rater", False),
        )


def _apart(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    given = [f"--{key}={getattr(arguments, key)}" for key in ("events", "said", "new")]
    command = [sys.executable, "-m", "benchmarks.drift", "--run", name, *given]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{name} did not get through.")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"{name}: {json.dumps(result)}", flush=True)
    return result


def _over_arrays(arguments: argparse.Namespace) -> dict[str, Any]:
    """All monitors over the stream as it lies in memory."""
    _setup()
    from reports.drift.declaring import default_of
    from reports.drift.stepping import CHUNK
    from stats.monitoring.all import MONITORS

    thumbs = _stream(arguments.events)
    seconds = {}
    for key, machine in MONITORS.items():
        declared = default_of(key)
        began = time.process_time()
        state = machine.start(declared, thumbs.part(0, declared.reference))
        for first in range(declared.reference, len(thumbs), CHUNK):
            state = machine.step(declared, state, thumbs.part(first, first + CHUNK), first + 1)
        machine.reading(declared, state)
        seconds[key] = time.process_time() - began
    return {"seconds": sum(seconds.values()), "parts": {key: round(value, 2) for key, value in seconds.items()}}


def _over_rows(arguments: argparse.Namespace) -> dict[str, Any]:
    """One step over the whole log."""
    _setup()
    from core.accounts.models import Project
    from reports.drift.stepping import step
    from reports.models import Monitor

    project = Project.objects.get(slug="bench")
    backend = _backend()
    began, database, clock = time.process_time(), seconds_of(backend), time.perf_counter()
    step(project)
    return {
        "seconds": time.process_time() - began + seconds_of(backend) - database,
        "database": seconds_of(backend) - database,
        "clock": time.perf_counter() - clock,
        "peak": peak() / 2**20,
        "state": max(len(json.dumps(one.state)) for one in Monitor.objects.filter(state__isnull=False)),
        "standing": {one.key: one.standing for one in Monitor.objects.filter(state__isnull=False)},
        "faults": [one.fault for one in Monitor.objects.exclude(fault="")],
    }


def _a_step(arguments: argparse.Namespace) -> dict[str, Any]:
    """Steps that find a few new thumbs among all that was said before."""
    _setup()
    from dataclasses import replace

    from benchmarks._thumbs import BEGIN, plant
    from core.accounts.models import Project
    from reports.drift.stepping import step
    from scenarios.driftworlds import UNLIKE, stream

    project = Project.objects.get(slug="bench")
    backend = _backend()
    begin = BEGIN + timedelta(days=arguments.events / PER_DAY)
    found = []
    for n in range(ROUNDS):
        new = stream(replace(UNLIKE, per_day=PER_DAY), arguments.new, np.random.default_rng(100 + n))
        plant(project, new, begin=begin + timedelta(days=n * arguments.new / PER_DAY))
        began, database, clock = time.process_time(), seconds_of(backend), time.perf_counter()
        taken = step(project).taken
        spent = time.process_time() - began + seconds_of(backend) - database
        found.append({"taken": taken, "ms": 1000 * spent, "clock": 1000 * (time.perf_counter() - clock)})
    return {"ms": median(one["ms"] for one in found), "rounds": found}


_RUNS = {"arrays": _over_arrays, "database": _over_rows, "step": _a_step}


def _setup() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()


def _backend() -> int:
    """The process of this connection's database backend, which works alone."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _verdict(found: dict[str, dict[str, Any]], taken: float, arguments: argparse.Namespace) -> int:
    """0 when time, memory and states are within their budgets."""
    scale, events = arguments.events / JUDGED_FROM, f"{arguments.events:,} labelled thumbs"
    judged = scale >= 1
    rows = [
        Row(
            f"drift monitors, {events} from {name}",
            found[name]["seconds"],
            None,
            "s",
            f"{most * scale:.0f} s" if judged else "",
        )
        for name, most in SECONDS.items()
    ]
    step, state, peak = found["step"]["ms"], found["database"]["state"], found["database"]["peak"]
    rows += [
        Row(f"drift step, {arguments.new} new after {events}", step, None, "ms", f"{MOST_STEP_MS:.0f} ms"),
        Row("the largest state of a drift monitor", state / 1024, None, "KB", f"{MOST_STATE // 1024} KB"),
        Row("peak memory of the monitors from the database", peak, None, "MB", f"{MOST_MB} MB"),
        Row(f"taking in {arguments.said:,} thumbs with their labels", taken, None, "s"),
    ]
    report(*rows)
    fine = not judged or all(found[name]["seconds"] <= most * scale for name, most in SECONDS.items())
    fine &= step <= MOST_STEP_MS and state <= MOST_STATE and peak <= MOST_MB
    return 0 if fine and not found["database"]["faults"] else 1


if __name__ == "__main__":
    main()
