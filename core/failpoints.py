"""Places in the code where a test may have the process killed, to see what is left behind.

PLUMBLINE_FAILPOINTS names them with a file each, `submit.after_lock=/tmp/mark,…`. A process that passes such a place
and finds the file removes it and kills itself, so each time the file is made exactly one process dies. Production
refuses to start with the variable set.
"""

import os
import signal

VARIABLE = "PLUMBLINE_FAILPOINTS"


def _armed(given: str) -> dict[str, str]:
    return {point: mark for point, _, mark in (entry.partition("=") for entry in given.split(",") if entry)}


_marks = _armed(os.environ.get(VARIABLE, ""))


def reached(point: str) -> None:
    """Die here if a test asks for it; otherwise nothing, at the price of one look into an empty dictionary."""
    mark = _marks.get(point)
    if mark is None:
        return
    try:
        os.unlink(mark)
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
