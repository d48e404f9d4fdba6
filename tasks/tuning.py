"""Searches by workers: a rung's trials fan out as one group, and the rows bring them together.

Celery's own join, a chord, counts results in a backend that the embedded queue doesn't have, and
waits for ever for a worker that was killed (docs/adr/0007-searches.md).
"""

import logging
from collections.abc import Iterable
from uuid import UUID

from celery import group
from django.db import transaction
from kombu.exceptions import OperationalError

from recommender import models
from recommender.services import recovery, tuning
from recommender.services.tuning import Wanted
from tasks.names import TRY_OUT

logger = logging.getLogger(__name__)


@transaction.atomic
def start(*, wanted: Wanted, by: str) -> models.ParameterSearch:
    """Ask for a search and have workers carry it out; answers the queued search."""
    search = tuning.request(wanted=wanted, by=by)
    transaction.on_commit(send_due)
    return search


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
        group(TRY_OUT.clone((str(pk),)) for pk in due).apply_async()
    except OperationalError:
        logger.warning("the queue is out of reach; sent again later", extra={"count": len(due)})
        for pk in due:
            recovery.not_sent(models.SearchTrial, pk)
