"""How often one caller may ask: a counter for each caller and minute, in this process.

It protects this process from a client that runs wild, so the process is where it counts: a call
costs a dictionary look-up, no query and no growing list. With several web processes a caller may
come as often at each of them. `THROTTLE_PER_MINUTE=0` turns it off.
"""

import time
from threading import Lock

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

WINDOW_SECONDS = 60


class Counters:
    """How often each caller came in the present window; the window before is forgotten whole."""

    def __init__(self) -> None:
        self._window = -1
        self._counts: dict[str, int] = {}
        self._lock = Lock()

    def count(self, caller: str, now: float) -> int:
        """Count one request; answers how many the caller has made in this window."""
        window = int(now // WINDOW_SECONDS)
        with self._lock:
            if window != self._window:
                self._window, self._counts = window, {}
            seen = self._counts[caller] = self._counts.get(caller, 0) + 1
            return seen


counters = Counters()


class CallerThrottle(BaseThrottle):
    """At most `THROTTLE_PER_MINUTE` requests a minute and caller."""

    def allow_request(self, request: Request, view: object) -> bool:
        """Count the request and say whether it may go on."""
        del view
        limit: int = settings.THROTTLE_PER_MINUTE
        return limit == 0 or counters.count(request.user.get_username(), time.time()) <= limit

    def wait(self) -> float:
        """Seconds until the next window."""
        return WINDOW_SECONDS - time.time() % WINDOW_SECONDS
