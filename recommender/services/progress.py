"""How far a training run is: said by the work, written by the heartbeat, read by everybody."""

import threading
import time
from collections.abc import Callable

from django.utils import timezone

from recommender import models
from recommender.exceptions import Cancelled

MAX_LOG_LINES = 200
SHARE_WORTH_AN_ESTIMATE = 0.02

Listener = Callable[[str, float], None]
Log = list[dict[str, str]]


def nobody(_stage: str, _share: float) -> None:
    """The listener of a run that nobody watches."""


def with_line(log: Log, message: str, *, level: str = "info") -> Log:
    """The log and one more line, never of a case; the oldest go when it grows too long."""
    line = {"at": timezone.now().isoformat(), "level": level, "message": message}
    return [*log, line][-MAX_LOG_LINES:]


class Progress:
    """Takes `progress(stage, share)` from the work and turns it into the row's fields.

    Called from the work's thread and read from the heartbeat's. A call raises when the run should
    stop, so that work which reports often also stops soon.
    """

    def __init__(
        self,
        run: models.TrainingRun,
        *,
        check: Callable[[], None] = lambda: None,
        listener: Listener = nobody,
    ) -> None:
        self.check = check
        self._run = run
        self._listener = listener
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._stage = ""
        self._share = 0.0
        self._log: Log = list(run.log)
        self._news: dict[str, object] = {}
        self._cancelled = threading.Event()

    def __call__(self, stage: str, share: float) -> None:
        """Note the stage and the share done of it all; raises if the run is to stop."""
        self.check()
        if self._cancelled.is_set():
            raise Cancelled("The training run was cancelled.")
        with self._lock:
            # A share never goes back, or the bar would; the stages may overlap.
            self._share = max(self._share, min(share, 1.0))
            if stage != self._stage:
                self._stage = stage
                self._log = with_line(self._log, stage)
                self._news |= {"stage": stage[:60], "log": self._log}
            self._news |= {"share_done": self._share, "eta_seconds": self._eta()}
        self._listener(stage, self._share)

    def news(self) -> dict[str, object]:
        """The fields that changed since the last time it was asked."""
        with self._lock:
            news, self._news = self._news, {}
        return news

    def listen(self) -> None:
        """Learn from the row whether somebody asked the run to stop."""
        rows = models.TrainingRun.objects.filter(pk=self._run.pk)
        if rows.filter(cancel_requested=True).exists():
            self._cancelled.set()

    @property
    def log(self) -> Log:
        """The log up to now, what came before this attempt included."""
        return self._log

    def _eta(self) -> float | None:
        if self._share < SHARE_WORTH_AN_ESTIMATE:
            return None
        elapsed = time.monotonic() - self._began
        return round(elapsed / self._share - elapsed, 1)
