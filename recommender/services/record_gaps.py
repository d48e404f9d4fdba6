"""What an EHR's record left open is kept beside the list that was made of it."""

from uuid import UUID

from recommender import models
from recommender.clinical.record_gaps import Gaps


def gaps_of(suggestion_list: models.SuggestionList) -> Gaps:
    """What the list had to do without; nothing where the case was given by hand."""
    return Gaps.from_stored(suggestion_list.record_gaps)


def carry_over(*, to: UUID, earlier: models.SuggestionList) -> None:
    """A list of the same case, asked for again, has to do without the same."""
    if earlier.record_gaps:
        models.SuggestionList.objects.filter(pk=to).update(record_gaps=earlier.record_gaps)
