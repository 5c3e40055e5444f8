"""One import in a process of its own, watched: `python -m benchmarks._importing FILE` prints one line of JSON.

It says how long the import took, how much processor time it and its database session used, what of the time each step
took (a step's own time, without the steps inside it), and the process's memory at its highest.
"""

import functools
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks._server import peak, seconds_of


class Stopwatch:
    """The own time of each step: what is spent in a step inside another is taken off the outer one."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._inner: list[float] = []

    def watch(self, holder: Any, name: str, step: str | Callable[..., str]) -> None:
        """Count the calls of this function or generator function, wherever `holder` names it, under the step."""
        timed = getattr(holder, name)

        @functools.wraps(timed)
        def watched(*args: Any, **more: Any) -> Any:
            with self.of(step if isinstance(step, str) else step(*args)):
                result = timed(*args, **more)
            return self._each(result, step) if hasattr(result, "__next__") else result

        setattr(holder, name, watched)

    def of(self, step: str) -> "_Step":
        return _Step(self, step)

    def _each(self, results: Any, step: Any) -> Any:
        while True:
            with self.of(step):
                one = next(results, self)
            if one is self:
                return
            yield one


class _Step:
    def __init__(self, watch: Stopwatch, step: str) -> None:
        self._watch, self._step = watch, step

    def __enter__(self) -> None:
        self._watch._inner.append(0.0)
        self._began = time.perf_counter()

    def __exit__(self, *error: object) -> None:
        whole = time.perf_counter() - self._began
        self._watch.spent[self._step] += whole - self._watch._inner.pop()
        if self._watch._inner:
            self._watch._inner[-1] += whole


def main() -> None:
    import django

    django.setup()
    from django.db import connection

    from core.accounts.models import Project
    from exchange import importing

    project = Project.objects.get(slug="bench")
    stopwatch = Stopwatch()
    _watch(stopwatch)
    backend = connection.connection.info.backend_pid
    began, worked = time.perf_counter(), time.process_time() + seconds_of(backend)
    with stopwatch.of("the rest"):
        outcome = importing.import_file(path=Path(sys.argv[1]), project=project, campaign_name="bench")
    assert connection.connection.info.backend_pid == backend
    said = {
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() + seconds_of(backend) - worked,
        "peak": peak(),
        "steps": stopwatch.spent,
        "counts": outcome.counts,
    }
    print(json.dumps(said))


def _watch(stopwatch: Stopwatch) -> None:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from annotate import planning
    from core.catalog import adding, parts
    from core.ledger import actors
    from core.ledger import bulk as ledger
    from exchange import importing, landing

    stopwatch.watch(importing, "survey", "first pass: digest of the file, its lines")
    stopwatch.watch(importing, "read", "read and check lines")
    stopwatch.watch(adding, "_keyed", "keyed digests of texts")
    for module in (adding, parts, ledger, actors):
        stopwatch.watch(module, "fetch", "look up what is there, make actors")
    for module, name in ((adding, "copy_rows"), (parts, "copy_rows"), (planning, "copy_rows"), (ledger, "insert_rows")):
        stopwatch.watch(module, name, lambda table, *_: f"copy {table}")
    stopwatch.watch(landing, "plan_comparisons", "plan tasks")
    stopwatch.watch(landing, "add_comparisons", "add to the catalog")
    stopwatch.watch(BaseDatabaseWrapper, "commit", "commit")


if __name__ == "__main__":
    main()
