"""Checks of the audit chain that are kept: each also looks for the end that the last one saw."""

from django.db import transaction
from django.utils import timezone

from recommender import models
from recommender.services import audit
from recommender.services.audit import ChainHead


@transaction.atomic
def ask(*, by: str = "") -> models.ChainCheck:
    """Ask for a walk along the chain; one that is waiting already is answered."""
    check, created = models.ChainCheck.objects.get_or_create(
        finished=None, defaults={"asked_by": by}
    )
    if created and by:
        audit.record(action="audit_chain.check_asked", target="audit chain", by=by)
    return check


def carry_out(*, check_id: int) -> models.ChainCheck:
    """Walk the chain and keep what was found. Safe to call twice: a finished check stays."""
    check = models.ChainCheck.objects.get(pk=check_id)
    if check.finished is None:
        state = audit.verify(expected=_last_head())
        check.events, check.head_hash = state.events, state.head.hash
        check.broken_at, check.problem = state.broken_at, state.problem
        check.finished = timezone.now()
        check.save()
    return check


def newest() -> models.ChainCheck | None:
    """The last check that was carried out."""
    return models.ChainCheck.objects.exclude(finished=None).first()


def waiting() -> models.ChainCheck | None:
    """The check that is asked for or under way."""
    return models.ChainCheck.objects.filter(finished=None).first()


def _last_head() -> ChainHead | None:
    """Where the chain ended when it was last whole: an end cut off since then is missed."""
    intact = models.ChainCheck.objects.exclude(finished=None).filter(broken_at=None).first()
    return ChainHead(intact.events, intact.head_hash) if intact else None
