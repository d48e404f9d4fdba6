"""Which account the server runs as, and the name under which it sees us.

Clients are known by `peer`: the kernel tells the server who is at the other end of the socket.
There is no password to store, and nobody but the owner of the state directory gets in.
"""

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from recommender.embedded import launch
from recommender.embedded.errors import EmbeddedServerError

# Accounts that every system has. In a user namespace all others' processes look like `nobody`,
# so it must not be the one that gets in there.
STAND_INS = ("postgres", "daemon", "bin")
FALLBACKS = ("postgres", "nobody", "daemon")


@dataclass(frozen=True, slots=True)
class Account:
    """How to become the server's account, and who we are in the server's eyes."""

    manner: str  # self, namespace or account
    uid: int
    gid: int
    our_name: str

    @property
    def files_belong_to(self) -> tuple[int, int]:
        """The owner of the server's files, seen from outside of any namespace."""
        if self.manner == "account":
            return self.uid, self.gid
        return os.geteuid(), os.getegid()

    def command(self, *program: str, lock: Path | None = None) -> list[str]:
        """The command that runs a program under this account; detached, if given a lock."""
        return [
            sys.executable,
            "-I",
            "-S",
            launch.__file__,
            self.manner,
            str(self.uid),
            str(self.gid),
            str(lock or "-"),
            *program,
        ]


def choose_account() -> Account:
    """Oneself; as root, root under another name; where that's forbidden, a plain account."""
    own_name = _own_name()
    if os.geteuid() != 0 and own_name is not None:
        return Account("self", os.geteuid(), os.getegid(), own_name)
    stand_in = _first_known(STAND_INS)
    if stand_in is not None:
        namespaced = Account("namespace", stand_in.pw_uid, stand_in.pw_gid, stand_in.pw_name)
        if _is_allowed(namespaced):
            return namespaced
    fallback = _first_known(FALLBACKS)
    if os.geteuid() == 0 and own_name is not None and fallback is not None:
        return Account("account", fallback.pw_uid, fallback.pw_gid, own_name)
    raise EmbeddedServerError(
        "PostgreSQL can't run under this account: it refuses root and accounts without a name, "
        "and this system allows neither user namespaces nor another account. Run as an ordinary "
        "user with an entry in /etc/passwd, or set DATABASE_URL to a server of your own."
    )


def hand_over(path: Path, account: Account) -> None:
    """Make everything under a directory the account's, if it isn't (say, on another host)."""
    uid, gid = account.files_belong_to
    if path.stat().st_uid == uid:
        return
    for folder, _, names in os.walk(path):
        shutil.chown(folder, uid, gid)
        for name in names:
            os.chown(Path(folder) / name, uid, gid, follow_symlinks=False)


def _own_name() -> str | None:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return None


def _first_known(names: tuple[str, ...]) -> pwd.struct_passwd | None:
    for name in names:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _is_allowed(account: Account) -> bool:
    if not Path("/proc/self/uid_map").exists():
        return False
    attempt = subprocess.run(account.command("/bin/true"), capture_output=True, check=False)
    return attempt.returncode == 0
