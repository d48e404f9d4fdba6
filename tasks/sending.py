"""Telling the queue about rows that wait; what it can't be told now, the clock tells it later."""

import logging
from collections.abc import Iterable
from uuid import UUID

from celery import Signature
from kombu.exceptions import OperationalError

from recommender.services.recovery import Waiting, not_sent

logger = logging.getLogger(__name__)


def send(task: Signature[None], kind: Waiting, ids: Iterable[UUID]) -> None:
    """Send one message a row. The row is committed: a queue out of reach only delays it."""
    for pk in ids:
        try:
            task.delay(str(pk))
        except OperationalError:
            logger.warning("the queue is out of reach; sent again later", extra={"id": str(pk)})
            not_sent(kind, pk)
