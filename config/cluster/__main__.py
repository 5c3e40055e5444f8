"""`python -m config.cluster status|reset`: the private PostgreSQL by hand; `make reset` calls the second."""

import contextlib
import shutil
import sys
from pathlib import Path

from config.cluster import keeper, layout, lifecycle, locks, postmaster
from config.cluster.errors import ClusterError
from config.cluster.layout import Layout

# What lies in a data folder. One that PLUMBLINE_DATA_DIR names may hold other people's files too.
OURS = (
    "secret_key*",
    "mail",
    "uploads",
    "exports",
    "broker",
    "broker-control",
    "logs",
    "celerybeat-schedule*",
    "postgres*",
)


def status(place: Layout) -> str:
    """One line: whether the server runs, and who uses it."""
    server = postmaster.find(place)
    if server is None:
        return f"not running; {place.home}"
    users = ", ".join(str(pid) for pid in locks.holders(place.users_lock)) or "nobody"
    return f"running as process {server.pid}, used by {users}, kept by {keeper.pid(place) or 'nobody'}; {place.home}"


def reset(place: Layout) -> str:
    """Stop the server and remove the data. Raises ClusterError while somebody uses it."""
    if not place.data_dir.exists() and not place.home.exists():
        return f"nothing to remove in {place.data_dir}"
    if place.home.parent.exists():
        with locks.exclusive(place.start_lock):
            lifecycle.remove(place)
            shutil.rmtree(lifecycle.set_aside(place), ignore_errors=True)
            place.start_lock.unlink()
    for leftover in (found for pattern in OURS for found in place.data_dir.glob(pattern)):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()
    folders = [place.data_dir, *([place.home.parent] if place.home.parent != place.data_dir else [])]
    for folder in folders:
        # Not empty: what else lies there is not ours to remove.
        with contextlib.suppress(OSError):
            folder.rmdir()
    return f"removed {place.data_dir}" + (f" and {place.home}" if place.home.parent != place.data_dir else "")


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    if arguments[:1] == ["keep"]:
        keeper.main(int(arguments[1]), Layout(data_dir=Path(arguments[2]), home=Path(arguments[3])))
        return 0
    commands = {"status": status, "reset": reset}
    if len(arguments) != 1 or arguments[0] not in commands:
        sys.stderr.write(f"usage: python -m config.cluster {'|'.join(commands)}\n")
        return 2
    try:
        sys.stdout.write(commands[arguments[0]](layout.find()) + "\n")
    except (ClusterError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
