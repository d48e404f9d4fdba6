"""What the clock looks after: work whose worker fell silent, and rows the queue has forgotten."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from recommender import models
from recommender.services import rungs, tuning
from recommender.services.leases import MAX_ATTEMPTS, RESEND_AFTER
from recommender.services.progress import with_line

Waiting = type[models.TrainingRun | models.DataSetUpload | models.SearchTrial]

RUN = models.TrainingRun.Status
UPLOAD = models.DataSetUpload.Status
TRIAL = models.SearchTrial.Status

WORKER_LOST = (
    f"The worker stopped without a word {MAX_ATTEMPTS} times, perhaps for want of memory. "
    "Look at the worker's log and at the machine's memory, then ask for it again."
)
COMMAND_LOST = "The command that carried it out was stopped. Start it again."


def recover() -> None:
    """Take work away from workers whose lease ran out, for another attempt or with a reason."""
    _recover_runs()
    _recover_uploads()
    recover_searches()


@transaction.atomic
def recover_searches() -> None:
    """The same for the trials of searches; commands that died take their searches with them."""
    lost = models.SearchTrial.objects.filter(status=TRIAL.RUNNING, lease_until__lt=Now())
    for search in _searches().filter(pk__in=lost.values("search")):
        for trial in lost.filter(search=search):
            _recover_trial(search, trial)
    recently = models.SearchTrial.objects.exclude(
        ~Q(status=TRIAL.RUNNING) & (Q(finished=None) | Q(finished__lt=Now() - RESEND_AFTER))
    )
    for search in (
        _searches()
        .filter(pk__in=tuning.under_way(), on_worker=False, created__lt=Now() - RESEND_AFTER)
        .exclude(pk__in=recently.values("search"))
    ):
        rungs.fail(search, COMMAND_LOST)


@transaction.atomic
def runs_to_send() -> tuple[UUID, ...]:
    """The runs the queue should be told of now; each counts as told.

    One a pathway, the oldest, where nothing is running: the others would only be put back.
    """
    busy = models.TrainingRun.objects.filter(status=RUN.RUNNING).values("pathway")
    waiting = (
        models.TrainingRun.objects.filter(status=RUN.QUEUED, on_worker=True)
        .exclude(pathway__in=busy)
        .order_by("pathway_id", "created")
        .distinct("pathway_id")
    )
    due = models.TrainingRun.objects.filter(_untold(), pk__in=waiting.values("pk"))
    return _told(models.TrainingRun, due.values_list("pk", flat=True))


@transaction.atomic
def uploads_to_send() -> tuple[UUID, ...]:
    """The uploads the queue should be told of now; each counts as told."""
    due = models.DataSetUpload.objects.filter(_untold(), status=UPLOAD.WAITING)
    return _told(models.DataSetUpload, due.values_list("pk", flat=True))


@transaction.atomic
def trials_to_send() -> tuple[UUID, ...]:
    """The trials the queue should be told of now; each counts as told.

    What it was told of long ago it is told again one a search, and only where no trial runs: where
    one does, the queue lives, and the others wait for their turn.
    """
    waiting = models.SearchTrial.objects.filter(status=TRIAL.QUEUED, search__on_worker=True)
    busy = models.SearchTrial.objects.filter(status=TRIAL.RUNNING).values("search")
    next_ones = (
        waiting.exclude(search__in=busy).order_by("search_id", "number").distinct("search_id")
    )
    due = models.SearchTrial.objects.filter(
        Q(pk__in=waiting.filter(sent_at=None).values("pk"))
        | Q(_untold(), pk__in=next_ones.values("pk"))
    )
    ordered = due.order_by("created", "number").values_list("pk", flat=True)
    return _told(models.SearchTrial, ordered)


def not_sent(kind: Waiting, pk: UUID) -> None:
    """Note that the queue wasn't told after all."""
    kind.objects.filter(pk=pk).update(sent_at=None)


def _untold() -> Q:
    return Q(sent_at=None) | Q(sent_at__lt=Now() - RESEND_AFTER)


def _told(kind: Waiting, due: Iterable[UUID]) -> tuple[UUID, ...]:
    """Lock and mark the rows; what another process is marking just now is left to it."""
    rows = kind.objects.select_for_update(skip_locked=True).filter(_untold(), pk__in=list(due))
    ids = tuple(rows.values_list("pk", flat=True))
    kind.objects.filter(pk__in=ids).update(sent_at=Now())
    return ids


@transaction.atomic
def _recover_runs() -> None:
    lost = models.TrainingRun.objects.select_for_update(skip_locked=True)
    for run in lost.filter(status=RUN.RUNNING, lease_until__lt=Now()):
        _recover_run(run)
    # A command carries its run out at once; one that is still waiting died before it could.
    lost.filter(status=RUN.QUEUED, on_worker=False, created__lt=Now() - RESEND_AFTER).update(
        status=RUN.FAILED, failure=COMMAND_LOST, finished=Now()
    )


def _recover_run(run: models.TrainingRun) -> None:
    if run.cancel_requested:
        _end_run(run, RUN.CANCELLED, "")
    elif not run.on_worker:
        _end_run(run, RUN.FAILED, COMMAND_LOST)
    elif run.attempts >= MAX_ATTEMPTS:
        _end_run(run, RUN.FAILED, WORKER_LOST)
    else:
        message = f"{run.worker} fell silent; given to the next worker"
        run.log = with_line(run.log, message, level="warning")
        run.status, run.lease_until, run.sent_at = RUN.QUEUED, None, None
        run.stage, run.share_done, run.eta_seconds = "", 0.0, None
        run.save()


def _searches() -> QuerySet[models.ParameterSearch]:
    """Searches, locked before their trials, as everywhere."""
    return models.ParameterSearch.objects.select_for_update(skip_locked=True, of=("self",))


def _recover_trial(search: models.ParameterSearch, trial: models.SearchTrial) -> None:
    trial.lease_until = None
    if search.is_final:
        trial.status, trial.finished = TRIAL.CANCELLED, timezone.now()
    elif not search.on_worker:
        trial.status, trial.failure, trial.finished = TRIAL.FAILED, COMMAND_LOST, timezone.now()
        rungs.fail(search, COMMAND_LOST)
    elif trial.attempts >= MAX_ATTEMPTS:
        trial.status, trial.failure, trial.finished = TRIAL.FAILED, WORKER_LOST, timezone.now()
    else:
        trial.status, trial.sent_at, trial.share_done = TRIAL.QUEUED, None, 0.0
        message = f"{trial.worker} fell silent; {trial.label} is given to the next worker"
        search.log = with_line(search.log, message, level="warning")
        search.save(update_fields=["log"])
        # The worker may have held messages of others; a second one of each does no harm.
        search.trials.filter(status=TRIAL.QUEUED).update(sent_at=None)
    trial.save()


def _end_run(run: models.TrainingRun, status: str, reason: str) -> None:
    run.status, run.failure, run.lease_until = status, reason, None
    run.eta_seconds, run.finished = None, timezone.now()
    run.log = with_line(run.log, reason or "Stopped as asked", level="warning")
    run.save()


@transaction.atomic
def _recover_uploads() -> None:
    lost = models.DataSetUpload.objects.select_for_update(skip_locked=True).filter(
        status=UPLOAD.RUNNING, lease_until__lt=Now()
    )
    spent, other = Q(attempts__gte=MAX_ATTEMPTS), Q(attempts__lt=MAX_ATTEMPTS)
    lost.filter(spent).update(
        status=UPLOAD.REFUSED,
        problems=[{"code": "worker-lost", "message": WORKER_LOST}],
        lease_until=None,
        finished=Now(),
    )
    lost.filter(other).update(status=UPLOAD.WAITING, lease_until=None, sent_at=None)
