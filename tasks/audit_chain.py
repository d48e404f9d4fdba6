"""Checks of the audit chain by workers, for a person who asks and for the clock."""

from django.db import transaction
from kombu.exceptions import OperationalError

from recommender import models
from recommender.exceptions import OutOfReach
from recommender.services import chain_checks
from tasks.celery import app


@transaction.atomic
def start(*, by: str) -> models.ChainCheck:
    """Ask for a check and have a worker make it."""
    check = chain_checks.ask(by=by)
    transaction.on_commit(_send)
    return check


def _send() -> None:
    try:
        check_audit_chain.delay()
    except OperationalError as error:
        raise OutOfReach("The queue is out of reach; the clock checks within the hour.") from error


@app.task(acks_late=True, ignore_result=True)
def check_audit_chain() -> None:
    """Walk the chain and keep what was found. Safe to deliver twice."""
    chain_checks.carry_out(check_id=chain_checks.ask().pk)
