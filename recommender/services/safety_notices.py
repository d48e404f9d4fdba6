"""Safety notices: what was said to an EHR beside a ranking is kept, and what came of it."""

import hashlib
from collections.abc import Iterable
from uuid import UUID

import orjson
from django.db import transaction
from django.utils import timezone

from recommender import models
from recommender.clinical.red_flags import RedFlagResult
from recommender.clinical.review import Decision, Outcome, check
from recommender.exceptions import BadInput
from recommender.services import audit

REVIEWED = "safety_notice.reviewed"


def beside_list(
    *, notice_id: UUID, list_id: UUID, red_flags: Iterable[RedFlagResult], by: str
) -> models.SafetyNotice:
    """Keep which red flags a list's own notice named."""
    given = models.SuggestionList.objects.get(pk=list_id)
    return models.SafetyNotice.objects.create(
        id=notice_id,
        pathway_id=given.pathway_id,
        suggestion_list=given,
        red_flags=[result.flag.code for result in red_flags],
        safety_rules_version=given.safety_rules_version,
        given_to=by,
    )


@transaction.atomic
def review(
    *, notice: models.SafetyNotice, decision: Decision, by: str
) -> models.SafetyNoticeReview | None:
    """Keep that a clinician went on in spite of it, and why; None where that is known already."""
    if decision.outcome is not Outcome.OVERRIDDEN:
        raise BadInput("This card has no suggestion to accept.", field="outcome")
    check(decision, suggested=(), withheld=(), today=timezone.localdate())
    kept, is_new = models.SafetyNoticeReview.objects.get_or_create(
        notice=notice,
        reason_code=decision.reason_code,
        comment=decision.comment,
        reviewed_by=by,
    )
    if not is_new:
        return None
    audit.record(
        action=REVIEWED,
        target=str(notice.pk),
        version=notice.safety_rules_version,
        digest=hashlib.sha256(orjson.dumps(decision, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        by=by,
    )
    return kept
