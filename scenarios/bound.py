"""`python bound.py SIGNAL PARENT PROGRAM …`: a program that gets the signal when its parent dies, even by kill -9."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Ask the kernel for the signal and become the program."""
    number, parent = int(arguments[0]), int(arguments[1])
    # A shell that starts something in the background has it ignore these, and its children inherit that.
    for expected in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(expected, signal.SIG_DFL)
    # Where there is no such call, a killed parent leaves its children; everything else works.
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent is gone")
    os.execv(arguments[2], arguments[2:])  # noqa: S606 -- our own arguments, no shell


if __name__ == "__main__":
    main(sys.argv[1:])
