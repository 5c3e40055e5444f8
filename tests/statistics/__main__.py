"""Every table of docs/statistics.md, at full length: `python -m tests.statistics`."""

import os
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Run each module here that prints a table, in the order of their names; fails if one of them does."""
    here = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    tables = [f"tests.statistics.{name}" for name in here if not name.startswith(("test_", "_"))]
    # Many small matrix products: threads would wait for each other more than they work.
    environment = {"OPENBLAS_NUM_THREADS": "1", **os.environ}
    failed = []
    for table in ("tests.stats.coverage", *tables):
        print(f"== {table}", flush=True)
        if subprocess.run([sys.executable, "-m", table], env=environment).returncode:
            failed.append(table)
    sys.exit(f"Not as it must be: {', '.join(failed)}." if failed else 0)


if __name__ == "__main__":
    main()
