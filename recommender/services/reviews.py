"""Reviews: what a clinician decided on a suggestion list, recorded beside it."""

import hashlib

import orjson
from django.db import transaction

from recommender import models
from recommender.clinical.review import Decision, check
from recommender.services import audit

RECORDED = "suggestion_list.reviewed"


@transaction.atomic
def record(*, suggestion_list: models.SuggestionList, decision: Decision, by: str) -> models.Review:
    """Record the decision; a later one on the same list stands beside it."""
    answer = suggestion_list.answer
    check(
        decision,
        suggested=[suggestion["therapy"]["code"] for suggestion in answer["suggestions"]],
        withheld=[withheld["therapy"]["code"] for withheld in answer["withheld"]],
    )

    review = models.Review.objects.create(
        suggestion_list=suggestion_list,
        outcome=decision.outcome.value,
        therapy=decision.therapy,
        reason_code=decision.reason_code,
        comment=decision.comment,
        reviewed_by=by,
    )
    audit.record(
        action=RECORDED,
        target=str(suggestion_list.pk),
        version=str(suggestion_list.model_version_id),
        by=by,
        digest=_digest_of(decision),
    )
    return review


def _digest_of(decision: Decision) -> str:
    """SHA-256 of the decision in one spelling."""
    return hashlib.sha256(orjson.dumps(decision, option=orjson.OPT_SORT_KEYS)).hexdigest()
