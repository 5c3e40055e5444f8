"""All benches, one after the other, and one table at the end: `python -m benchmarks [arguments for each of them]`."""

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import _table

BENCHES = (
    "queue",
    "pages",
    "imports",
    "exports",
    "tilting",
    "recommending",
    "weighting",
    "drift",
    "ingest",
    "readout",
    "chat",
)


def main() -> None:
    """Run what there is; fails if one of them is over its budget."""
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table"
        for name in BENCHES:
            if importlib.util.find_spec(f"benchmarks.{name}") is None:
                continue
            print(f"== {name}", flush=True)
            environment = {**os.environ, "PLUMBLINE_BENCH_TABLE": str(table)}
            if subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *sys.argv[1:]], env=environment).returncode:
                failed.append(name)
        print("== all")
        _table.show(_table.collected(table))
    sys.exit(f"Over budget, or not done: {', '.join(failed)}." if failed else 0)


if __name__ == "__main__":
    main()
