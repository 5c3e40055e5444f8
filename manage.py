#!/usr/bin/env python
"""Plumbline's commands: `python manage.py help` lists them."""

import importlib.util
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
INSTALLED = os.path.join(HERE, ".venv", "bin", "python")
if importlib.util.find_spec("django") is None or importlib.util.find_spec("pgtrigger") is None:
    # Called by a Python that knows nothing of `make install`: go on with the one that does.
    if not os.path.exists(INSTALLED) or os.environ.get("PLUMBLINE_PYTHON") == INSTALLED:
        sys.exit("Plumbline's packages are not installed: run `make install` first.")
    os.environ["PLUMBLINE_PYTHON"] = INSTALLED
    os.execv(INSTALLED, [INSTALLED, *sys.argv])  # noqa: S606 -- our own interpreter

from config import cluster  # noqa: E402

# These need no database, and must work where none can be had.
WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "startapp",
    "startproject",
    "version",
}


def needs_database(arguments: list[str]) -> bool:
    """Whether the command given by these arguments may ask the database something."""
    asks_for_help = {"-h", "--help", "--version"}.intersection(arguments)
    return bool(arguments) and arguments[0] not in WITHOUT_DATABASE and not asks_for_help


def main() -> None:
    """Run the command that the command line names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        if needs_database(sys.argv[1:]):
            cluster.hold()
        execute_from_command_line(sys.argv)
    except cluster.ClusterError as error:
        sys.exit(str(error))
    except OperationalError as error:
        # What the server itself refuses has a code; without one there is no server.
        if getattr(error.__cause__, "sqlstate", None) is not None:
            raise
        sys.exit(f"cannot reach the database: {' '.join(str(error).split())}. Does DATABASE_URL name it rightly?")


if __name__ == "__main__":
    main()
