"""Searches by workers: a rung's trials fan out as one group, and the rows bring them together.

Celery's own join, a chord, counts results in a backend that the embedded queue doesn't have, and
waits for ever for a worker that was killed (docs/adr/0007-searches.md).
"""

import logging
from collections.abc import Iterable
from uuid import UUID

from celery import group
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from recommender import models
from recommender.services import recovery, trials, tuning
from recommender.services.leases import worker_name
from recommender.services.tuning import Wanted
from tasks.celery import app

logger = logging.getLogger(__name__)


@transaction.atomic
def start(*, wanted: Wanted, by: str) -> models.ParameterSearch:
    """Ask for a search and have workers carry it out; answers the queued search."""
    search = tuning.request(wanted=wanted, by=by)
    transaction.on_commit(send_due)
    return search


@app.task(acks_late=True, ignore_result=True)
def try_out(trial_id: str) -> None:
    """Carry out one trial. Safe to deliver twice: only a queued trial is begun."""
    trial = trials.carry_out(trial_id=UUID(trial_id), worker=worker_name())
    if trial.lease_until is not None:
        # Delivered again while somebody has it: who has it may have been killed just now, and
        # there may be no scheduler. By then a dead one's lease has run out.
        app.send_task("tasks.maintenance.recover", countdown=settings.TRAINING_LEASE_SECONDS + 1)
    move_on()


def move_on() -> None:
    """Give lost trials to others, close the rungs that are done, and tell the queue what is due.

    After every trial, because the clock's own messages wait behind the trials in the queue.
    """
    recovery.recover_searches()
    for search_id in tuning.under_way():
        tuning.advance(search_id)
    send_due()


def send_due() -> None:
    """Fan out what the queue doesn't know of; the rows are committed, a message is only a hint."""
    _fan_out(recovery.trials_to_send())


def _fan_out(ids: Iterable[UUID]) -> None:
    due = tuple(ids)
    if not due:
        return
    try:
        group(try_out.s(str(pk)) for pk in due).apply_async()
    except OperationalError:
        logger.warning("the queue is out of reach; sent again later", extra={"count": len(due)})
        for pk in due:
            recovery.not_sent(models.SearchTrial, pk)
