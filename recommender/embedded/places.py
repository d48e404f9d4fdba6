"""Where everything of one embedded server lies, worked out from its state directory alone."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

PORT = "5432"  # names the socket's file; nothing listens on a network
DATABASE = "recommender"
ROLE = "recommender"
SUPERUSER = "postgres"

# The shortest `sockaddr_un` in use holds 104 bytes with the closing NUL (107 + 1 on Linux).
LONGEST_SOCKET_PATH = 103
# libpq takes a list of hosts parted by commas, and the queue's client doesn't quote spaces.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./+-]+")


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one server; pure, so that settings can ask before anything exists."""

    state_dir: Path

    @property
    def home(self) -> Path:
        """The directory that belongs to the account the server runs as."""
        return self.state_dir / "postgres"

    @property
    def data(self) -> Path:
        """The cluster; it exists only when `initdb` went through."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server says; it is set up never to quote a row or a statement."""
        return self.home / "server.log"

    @property
    def alive_lock(self) -> Path:
        """A lock that every process of the server holds: free means that none of them lives."""
        return self.home / "alive.lock"

    @property
    def starter_lock(self) -> Path:
        """A lock that whoever starts or stops the server holds meanwhile."""
        return self.state_dir / "postgres.lock"

    @property
    def postmaster_file(self) -> Path:
        """PostgreSQL's own record of its first process."""
        return self.data / "postmaster.pid"

    @property
    def socket_dir(self) -> Path:
        """Beside the data, or a short directory in /tmp when that path is too long for a socket.

        Not in XDG_RUNTIME_DIR: it goes away at log-out, and the server outlives a log-in.
        """
        beside = self.home / "socket"
        longest_name = f"{beside}/.s.PGSQL.{PORT}"
        if len(os.fsencode(longest_name)) <= LONGEST_SOCKET_PATH and PLAIN_PATH.fullmatch(
            str(beside)
        ):
            return beside
        digest = hashlib.sha256(os.fsencode(self.state_dir)).hexdigest()[:16]
        return Path("/tmp") / f"recommender-{os.geteuid()}-{digest}"  # noqa: S108  # nosec B108


def places_under(state_dir: Path) -> Places:
    """The places of the server that belongs to this state directory, however it was spelt."""
    return Places(state_dir=state_dir.resolve())
