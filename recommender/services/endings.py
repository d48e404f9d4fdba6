"""How an attempt at a training run ends when it doesn't succeed: with a reason to act on."""

import logging
import traceback
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import InterfaceError, OperationalError
from django.db.models.functions import Now

from recommender import models
from recommender.exceptions import Cancelled, LeaseLost, RecommenderError
from recommender.services.leases import Lease
from recommender.services.progress import Progress, with_line

QUEUED = models.TrainingRun.Status.QUEUED
FAILED = models.TrainingRun.Status.FAILED
CANCELLED = models.TrainingRun.Status.CANCELLED

logger = logging.getLogger(__name__)

_PACKAGE = Path(models.__file__).parent.parent


class AttemptEnding:
    """Ends an attempt under a lease that didn't succeed; what that means is the work's own."""

    def __enter__(self) -> Self:
        """Begin the attempt."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Whether the error is dealt with; an interruption and a lost database are not."""
        if error is None or isinstance(error, LeaseLost):
            return True
        if isinstance(error, OperationalError | InterfaceError):
            # Nothing can be written now. The lease runs out and the work is picked up again.
            return False
        if not isinstance(error, Exception):
            self.interrupted()
            return False
        self.failed(error, trace)
        return True

    def interrupted(self) -> None:
        """The process is being stopped."""
        raise NotImplementedError

    def failed(self, error: Exception, trace: TracebackType | None) -> None:
        """The work can't be done, or isn't wanted any more."""
        raise NotImplementedError


class Ending(AttemptEnding):
    """Writes down how an attempt at a training run ended, with a reason to act on."""

    def __init__(self, lease: Lease, run: models.TrainingRun, progress: Progress) -> None:
        self._lease = lease
        self._run = run
        self._progress = progress

    def failed(self, error: Exception, trace: TracebackType | None) -> None:
        """Say why, or that it was stopped as asked."""
        if isinstance(error, Cancelled):
            self._end(CANCELLED, "")
            return
        code = error.code if isinstance(error, RecommenderError) else "unexpected"
        self._end(FAILED, reason(error, trace), result={"failure_code": code})

    def interrupted(self) -> None:
        """Give a worker's run back to the queue; a command's run ends with the command."""
        if not self._run.on_worker:
            self._end(CANCELLED, "The command that carried it out was stopped.")
            return
        self._lease.row().update(
            status=QUEUED,
            lease_until=None,
            sent_at=None,
            log=with_line(self._progress.log, "The worker was stopped", level="warning"),
        )

    def _end(
        self,
        status: models.TrainingRun.Status,
        failure: str,
        result: dict[str, str] | None = None,
    ) -> None:
        message = failure or "Stopped as asked"
        self._lease.row().update(
            status=status,
            failure=failure,
            result=result or {},
            eta_seconds=None,
            lease_until=None,
            finished=Now(),
            log=with_line(
                self._progress.log, message, level="error" if status == FAILED else "info"
            ),
        )
        logger.info("training run ended", extra={"run": str(self._run.pk), "status": str(status)})


def reason(error: Exception, trace: TracebackType | None) -> str:
    """Why it failed. The text of an error that isn't ours may quote a case, so it stays out."""
    if isinstance(error, RecommenderError):
        return str(error)
    if isinstance(error, MemoryError):
        return "The worker ran out of memory. Use a machine with more, or fewer cases."
    frames = traceback.extract_tb(trace)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    last = (ours or frames)[-1]
    place = f"{Path(last.filename).name}, line {last.lineno}, in {last.name}"
    return (
        f"An unexpected {type(error).__name__} in {place}. This is a fault of the program: "
        "report it with this line."
    )
