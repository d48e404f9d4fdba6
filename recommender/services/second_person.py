"""The second person: a choice against a safety rule of the floor counts once another agrees."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from recommender import models
from recommender.exceptions import Refused, UnknownName
from recommender.services import audit, reviews

AGREED, DISAGREED = "review.second_person_agreed", "review.second_person_disagreed"


@transaction.atomic
def answer(*, review_id: UUID, agrees: bool, by: str) -> models.Review:
    """Record whether another clinician stands behind the choice; the first answer stays."""
    review = models.Review.objects.select_related("suggestion_list").filter(pk=review_id).first()
    if review is None:
        raise UnknownName("There is no review of this id.", field="id")
    suggestion_list = review.suggestion_list
    reviews.lock(suggestion_list)
    state = reviews.state_of(suggestion_list)
    if state.waiting is None or state.waiting.pk != review.pk:
        raise Refused("This decision doesn't wait for a second person.")
    if by == review.reviewed_by:
        raise Refused("Whoever decided can't be the second person: ask a colleague.")
    if state.is_expired:
        raise Refused("This list has expired. Ask again with the case as it is now.")

    review.second_person, review.second_agrees = by, agrees
    review.second_at = timezone.now()
    review.save(update_fields=["second_person", "second_agrees", "second_at"])
    audit.record(
        action=AGREED if agrees else DISAGREED,
        target=str(suggestion_list.pk),
        version=str(suggestion_list.model_version_id),
        by=by,
    )
    return review
