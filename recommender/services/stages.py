"""Where the review of a list stands, kept beside its reviews so that the queue opens fast."""

from recommender import models
from recommender.clinical.review import Outcome

Stage = models.SuggestionList.Stage


def lock(suggestion_list: models.SuggestionList) -> None:
    """Let one review of the list be made after the other, in the caller's transaction."""
    models.SuggestionList.objects.select_for_update().only("pk").get(pk=suggestion_list.pk)


def follow(suggestion_list: models.SuggestionList, review: models.Review) -> None:
    """Move the list to where its last review leaves it."""
    suggestion_list.stage = _stage_after(suggestion_list, review)
    watched = suggestion_list.stage == Stage.WATCHING
    suggestion_list.due_on = review.review_on if watched else None
    suggestion_list.save(update_fields=["stage", "due_on"])


def _stage_after(
    suggestion_list: models.SuggestionList, review: models.Review
) -> models.SuggestionList.Stage:
    """A deferral without a day leaves the list waiting, unless it was decided before."""
    if review.waits_for_second:
        return Stage.SECOND
    if review.review_on is not None:
        return Stage.WATCHING
    made = suggestion_list.reviews.exclude(outcome=Outcome.DEFERRED)
    return Stage.DECIDED if any(each.counts for each in made) else Stage.WAITING
