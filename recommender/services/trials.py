"""Trials of a search: each carried out once by whoever holds its lease."""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from recommender import models
from recommender.exceptions import BadInput, Cancelled, RecommenderError
from recommender.ml import tuning as ml_tuning
from recommender.ml.halving import Judged
from recommender.ml.recipes import Recipe
from recommender.services import dataset_rows, recovery, rungs, tuning
from recommender.services.endings import AttemptEnding, reason
from recommender.services.leases import Heartbeat, Lease
from recommender.services.progress import Listener, nobody

logger = logging.getLogger(__name__)

SEARCH = models.ParameterSearch.Status
QUEUED = models.SearchTrial.Status.QUEUED
SUCCEEDED = models.SearchTrial.Status.SUCCEEDED
FAILED = models.SearchTrial.Status.FAILED
CANCELLED = models.SearchTrial.Status.CANCELLED


def carry_out(
    *, trial_id: UUID, worker: str, listener: Callable[[float], None] = lambda _: None
) -> models.SearchTrial:
    """Carry out a queued trial; answers it as it then stands.

    Safe to call twice, anywhere: a trial that isn't queued is left alone.
    """
    models.ParameterSearch.objects.filter(trials=trial_id, status=SEARCH.QUEUED).update(
        status=SEARCH.RUNNING, started=Now()
    )
    lease = Lease.take(models.SearchTrial, trial_id, worker=worker[:100], started=Now())
    if lease is not None:
        trial = models.SearchTrial.objects.select_related("search").get(pk=trial_id)
        watch = _Watch(trial, listener)
        with (
            _Ending(lease, trial),
            Heartbeat(lease, news=watch.news, listen=watch.listen) as heartbeat,
        ):
            watch.check = heartbeat.check
            _try_out(lease, trial, watch)
    return models.SearchTrial.objects.get(pk=trial_id)


def carry_out_search(
    *, search: models.ParameterSearch, worker: str, listener: Listener = nobody
) -> models.ParameterSearch:
    """Carry out all of a search here, one trial after the other, without a worker."""
    while not search.is_final:
        waiting = search.trials.filter(rung=search.rung, status=QUEUED).order_by("number")
        if (trial := waiting.first()) is not None:
            tell = partial(_tell, listener, *_place(search, trial))
            tell(0.0)
            carry_out(trial_id=trial.pk, worker=worker, listener=tell)
        else:
            # One's lease was lost, as after a long sleep of the machine.
            recovery.recover_searches()
        search = tuning.advance(search.pk)
    return search


def _place(search: models.ParameterSearch, trial: models.SearchTrial) -> tuple[str, float, float]:
    """What a person is told of a trial: its name, the share done before it, and its own share."""
    plan = rungs.plan_of(search)
    who = f"trial {trial.number}" if trial.number else "the base"
    stage = f"Rung {trial.rung + 1} of {len(plan)}, {who}"
    own = trial.share / sum(rung.cost for rung in plan)
    return stage, tuning.share_done(search), own


def _tell(listener: Listener, stage: str, before: float, own: float, part: float) -> None:
    listener(stage, before + own * part)


def _try_out(lease: Lease, trial: models.SearchTrial, watch: "_Watch") -> None:
    search = trial.search
    chosen = list(search.datasets.order_by("name", "version"))
    for dataset in chosen:
        if dataset.status != models.DataSet.Status.PUBLISHED:
            raise BadInput(f"The data set {dataset} was withdrawn. Search again without it.")
    watch(0.0)
    began = time.monotonic()
    data, data_hash = dataset_rows.training_data(chosen)
    judged = ml_tuning.judge(
        data,
        trial.to_recipe(Recipe.from_json(search.base)),
        rung=rungs.plan_of(search)[trial.rung],
        seed=search.seed,
        tell=watch,
    )
    _keep(lease, search, judged, data_hash, seconds=time.monotonic() - began)


@transaction.atomic
def _keep(
    lease: Lease,
    search: models.ParameterSearch,
    judged: Judged,
    data_hash: str,
    *,
    seconds: float,
) -> None:
    """Write down what came of it, unless the search was ended meanwhile."""
    row = models.ParameterSearch.objects.select_for_update(of=("self",)).get(pk=search.pk)
    if row.is_final:
        raise Cancelled("The search has ended.")
    if not row.data_hash:
        models.ParameterSearch.objects.filter(pk=row.pk).update(data_hash=data_hash)
    lease.write(
        status=SUCCEEDED,
        share_done=1.0,
        log_loss=judged.log_loss,
        judged_cases=judged.cases,
        judged_attempts=judged.attempts,
        sums=judged.to_json(),
        seconds=round(seconds, 2),
        lease_until=None,
        finished=Now(),
    )


class _Watch:
    """Takes the share done from the work to the heartbeat, and the wish to stop back."""

    def __init__(self, trial: models.SearchTrial, listener: Callable[[float], None]) -> None:
        self.check: Callable[[], None] = lambda: None
        self._search = models.ParameterSearch.objects.filter(
            pk=trial.search_id, status__in=(SEARCH.QUEUED, SEARCH.RUNNING)
        )
        self._listener = listener
        self._share = 0.0
        self._cancelled = threading.Event()

    def __call__(self, share: float) -> None:
        """Note the share done; raises if the trial is to stop."""
        self.check()
        if self._cancelled.is_set():
            raise Cancelled("The search was cancelled.")
        self._share = min(max(self._share, share), 1.0)
        self._listener(self._share)

    def news(self) -> dict[str, object]:
        """What the heartbeat writes."""
        return {"share_done": self._share}

    def listen(self) -> None:
        """Learn whether the search has ended without this trial."""
        if not self._search.exists():
            self._cancelled.set()


class _Ending(AttemptEnding):
    """Writes down how a trial ended when it didn't succeed."""

    def __init__(self, lease: Lease, trial: models.SearchTrial) -> None:
        self._lease = lease
        self._trial = trial

    def interrupted(self) -> None:
        """Give a worker's trial back to the queue; a command's search ends with the command."""
        if self._trial.search.on_worker:
            self._lease.row().update(status=QUEUED, lease_until=None, sent_at=None, share_done=0.0)
            return
        self._end(CANCELLED, "")
        tuning.stop(search=self._trial.search)

    def failed(self, error: Exception, trace: TracebackType | None) -> None:
        """Say why; a search goes on without a candidate that failed."""
        if isinstance(error, Cancelled):
            self._end(CANCELLED, "")
            return
        code = error.code if isinstance(error, RecommenderError) else "unexpected"
        self._end(FAILED, reason(error, trace), code)

    def _end(self, status: models.SearchTrial.Status, failure: str, code: str = "") -> None:
        self._lease.row().update(
            status=status, failure=failure, failure_code=code, lease_until=None, finished=Now()
        )
        logger.info("trial ended", extra={"trial": str(self._trial.pk), "status": str(status)})
