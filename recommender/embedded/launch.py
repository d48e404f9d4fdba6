"""Become the account the server runs as, then become the program: a script of its own.

    launch.py self|namespace|account UID GID LOCK|- PROGRAM ARGUMENT…

With a lock file the program is detached: it holds the lock for as long as any of its processes
lives, has no terminal and no parent to wait for it. It's a script, not a function, because the
caller may have threads, and a process with threads can neither fork safely nor change namespace.
"""

import ctypes
import fcntl
import os
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
NOT_ALLOWED = 77


def main(arguments: list[str]) -> None:
    """Take on the account, detach if asked to, and go on as the program."""
    manner, uid, gid, lock, *program = arguments
    os.umask(0o077)
    holder = None if lock == "-" else os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        become(manner, int(uid), int(gid))
    except OSError as error:
        print(error, file=sys.stderr)  # noqa: T201
        sys.exit(NOT_ALLOWED)
    if holder is not None:
        detach(holder)
    os.execv(program[0], program)  # noqa: S606  # nosec B606


def become(manner: str, uid: int, gid: int) -> None:
    """Take on the account; PostgreSQL refuses to run as root."""
    if manner == "namespace":
        enter_user_namespace(uid, gid)
    elif manner == "account":
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def enter_user_namespace(uid: int, gid: int) -> None:
    """Appear as another account while the files stay one's own, as `unshare --map-user` does."""
    own_uid, own_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {own_uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{gid} {own_gid} 1", encoding="ascii")


def detach(holder: int) -> None:
    """Go on in a child without parent or terminal that holds the lock."""
    fcntl.flock(holder, fcntl.LOCK_EX)
    os.set_inheritable(holder, True)
    if os.fork():
        os._exit(0)
    os.setsid()


if __name__ == "__main__":
    main(sys.argv[1:])
