"""Which process serves from this state directory, told by a lock that dies with it."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from recommender.embedded.locks import is_held, trying
from recommender.exceptions import OutOfReach, Refused

STOP_TIMEOUT_S = 40


@contextmanager
def serving_alone() -> Iterator[None]:
    """Be the one that serves, or be told that somebody else is."""
    with trying(_lock()) as alone:
        if not alone:
            raise Refused(
                f"`serve` runs already for {settings.STATE_DIR}. Stop it with `make stop`, or set "
                "STATE_DIR to another directory."
            )
        yield


def stop_serving() -> bool:
    """Stop the process that serves and wait until it's gone; whether there was one."""
    if not is_held(_lock()):
        return False
    os.kill(int(_lock().read_text(encoding="ascii")), signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while is_held(_lock()):
        if time.monotonic() > deadline:
            raise OutOfReach("The process that serves doesn't stop. End it by hand, then go on.")
        time.sleep(0.05)
    return True


def _lock() -> Path:
    return Path(settings.STATE_DIR) / "serve.lock"
