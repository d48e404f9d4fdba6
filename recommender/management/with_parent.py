"""Run a program that is told to stop when its parent is gone, however it went: a script.

    with_parent.py PARENT PROGRAM ARGUMENT…

A parent that is killed can't stop its children. On Linux the kernel does it for us; elsewhere the
program is run as it is.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Ask for the signal, then become the program."""
    parent, *program = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        sys.exit(0)  # it was gone before we asked
    os.execv(program[0], program)  # noqa: S606  # nosec B606


if __name__ == "__main__":
    main(sys.argv[1:])
