"""What a whole reward-weighting report costs: `python -m benchmarks.weighting [--prompts N]`.

Fills a database of its own with a pool of the April world (four responses to each prompt, six signals, every response
labelled by an expert), then makes the report in a process of its own, whose peak memory is read: once with imported
scores, once with two signals that never scored the pool and get bridge models, once with a quarter of the prompts.
Prints how the time is shared among the parts. What counts is the processor time of the process and of its database
backend together, which other work on the machine disturbs least; the clock stands beside it.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np

from benchmarks import _ground
from benchmarks._server import seconds_of
from benchmarks._table import Row, report

SECONDS = {"imported": 25.0, "bridge": 60.0}
MOST_MB = 1024
MOST_GROWTH = 5.0
RESPONSES = 4
CHOSEN = 2_000
"""Pairs that raters and users each decided, of which the bridges are made."""
KINDS = {
    "primary": "reward_model",
    "thumbs": "thumbs",
    "memory": "reward_model",
    "fresh": "reward_model",
    "style": "rule",
    "raters": "raters",
}
WEIGHTS = {"primary": 0.45, "thumbs": 0.16, "memory": 0.14, "fresh": 0.14, "style": 0.05, "raters": 0.06}
CHANGES = [{"name": name, "signals": [name]} for name in ("thumbs", "memory", "fresh")]


def main() -> None:
    arguments = _arguments()
    if arguments.run:
        print(json.dumps(_run(arguments.run)))
        return
    with _ground.database():
        _ground.migrate()
        _fill("quarter", arguments.prompts // 4)
        _fill("imported", arguments.prompts)
        _fill("bridge", arguments.prompts, unscored=("thumbs", "raters"))
        found = {name: _apart(name) for name in ("quarter", "imported", "bridge")}
    sys.exit(_verdict(found, arguments.prompts))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=20_000)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    return parser.parse_args()


def _fill(name: str, prompts: int, unscored: tuple[str, ...] = ()) -> None:
    from django.db import connection

    from benchmarks._pools import choices, plant, recipe, signals
    from core.accounts.projects import create_project
    from scenarios.worlds import APRIL, Loading, World, april

    loadings = {**APRIL.loadings, "style": Loading(long=0.6), "raters": Loading(correct=1.2, sycophantic=-0.1)}
    world = World(loadings, segments=APRIL.segments)
    project = create_project(slug=name, name=name, owner=None)
    pool = april(prompts, RESPONSES, np.random.default_rng(7), world=world)
    for signal in unscored:
        pool.scores[pool.signals.index(signal)] = np.nan
    if unscored:
        choices(project, april(CHOSEN, 2, np.random.default_rng(8), world=world), {"rater": "raters", "user": "thumbs"})
    plant(project, pool)
    signals(project, KINDS)
    reference = {key: WEIGHTS[key] / 0.56 for key in ("primary", "style", "raters")}
    recipe(project, "good", reference, pin=True)
    recipe(project, "april", WEIGHTS, CHANGES)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _apart(name: str) -> dict[str, Any]:
    """One report in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.weighting", "--run", name], stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        sys.exit("A report did not get through.")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{name:9} {result['prompts']:,} prompts: {_cost(result):.1f} s of processor (client {result['client']:.1f}, "
        f"database {result['database']:.1f}), {result['seconds']:.1f} s by the clock, "
        f"peak {result['peak']:.0f} MB, {result['verdict']}",
        flush=True,
    )
    whole = sum(result["parts"].values())
    for part, seconds in result["parts"].items():
        print(f"    {seconds / whole:5.1%}  {seconds:6.2f} s  {part}")
    for sentence in result["missing"]:
        print(f"    missing: {sentence}")
    return result


def _run(name: str) -> dict[str, Any]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from core.accounts.models import Project
    from reports.ordering import new_report
    from reports.weighting.assembling import weighting

    project = Project.objects.get(slug=name)
    asked = new_report(project=project, recipe=None, pool=None, seed=1, who=None)
    backend = _backend()
    began, client, database = time.perf_counter(), time.process_time(), seconds_of(backend)
    made = weighting(asked)
    return {
        "seconds": time.perf_counter() - began,
        "client": time.process_time() - client,
        "database": seconds_of(backend) - database,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "parts": made.seconds,
        "verdict": made.body["verdict"],
        "missing": made.body["missing"],
        "prompts": made.body["pool"]["prompts"],
    }


def _backend() -> int:
    """The process of this connection's database backend, which works alone."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _cost(run: dict[str, Any]) -> float:
    return float(run["client"] + run["database"])


def _verdict(found: dict[str, dict[str, Any]], prompts: int) -> int:
    """0 when the time, the memory and the growth are within their budgets."""
    fine = True
    rows = []
    for name, most in SECONDS.items():
        if name not in found:
            continue
        run = found[name]
        rows.append(
            Row(
                f"weighting report, {prompts:,} × {RESPONSES} × {len(KINDS)}, {name} scores",
                _cost(run),
                None,
                "s",
                f"{most:.0f} s, {MOST_MB} MB",
            )
        )
        fine &= _cost(run) <= most and run["peak"] <= MOST_MB
    growth = _cost(found["imported"]) / _cost(found["quarter"])
    print(f"4 x the prompts take {growth:.1f} x the time (at most {MOST_GROWTH:.0f})")
    report(*rows)
    return 0 if fine and growth <= MOST_GROWTH else 1


if __name__ == "__main__":
    main()
