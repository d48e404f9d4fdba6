"""What the clock starts: lost work is given to others, and the audit chain's end is written out."""

import logging
from typing import Any

from celery.signals import worker_ready
from django.conf import settings

from recommender import models
from recommender.services import (
    access,
    audit,
    cds_clients,
    idempotency,
    recovery,
    upload_imports,
    uploads,
)
from tasks import tuning
from tasks.celery import app
from tasks.names import IMPORT_UPLOAD, TRAIN
from tasks.sending import send

logger = logging.getLogger(__name__)


@app.task(acks_late=True, ignore_result=True)
def recover() -> None:
    """Give the work of silent workers to others, and tell the queue of what it has forgotten."""
    recovery.recover()
    upload_imports.remove_leftover_files()
    send(TRAIN, models.TrainingRun, recovery.runs_to_send())
    send(IMPORT_UPLOAD, models.DataSetUpload, recovery.uploads_to_send())
    tuning.move_on()


@app.task(acks_late=True, ignore_result=True)
def pin_audit_chain() -> None:
    """Log where the chain ends: a log that is kept elsewhere shows if its tail is cut off."""
    head = audit.head()
    logger.info("audit chain head", extra={"head": str(head)})


@app.task(acks_late=True, ignore_result=True)
def forget_answers() -> None:
    """Delete what is over: answers to requests, tokens, calls of EHRs, tables left unmapped."""
    logger.info("old answers forgotten", extra={"count": idempotency.forget_old()})
    logger.info("old tokens forgotten", extra={"count": access.forget_short_tokens()})
    logger.info("old calls forgotten", extra={"count": cds_clients.forget_calls()})
    logger.info("unmapped uploads given up", extra={"count": uploads.give_up_forgotten()})


@worker_ready.connect
def recover_at_start(**_: Any) -> None:  # noqa: ANN401 - Celery's own
    """A worker that starts may follow one that was killed, and there may be no scheduler.

    Once now, and once when the lease of whoever was killed a moment ago has surely run out.
    """
    recover.delay()
    recover.apply_async(countdown=settings.TRAINING_LEASE_SECONDS + 1)
