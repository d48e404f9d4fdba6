"""The queue: which suggestion lists wait for a clinician, and what was decided lately."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from recommender import models
from recommender.exceptions import BadInput
from recommender.services import reviews

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some lists, the newest first, and where the next page begins (empty: there is none)."""

    lists: tuple[models.SuggestionList, ...]
    next_before: str


def waiting(*, pathway: models.Pathway, before: str = "", urgent: bool = False) -> QueuePage:
    """Lists that nobody has reviewed and that haven't expired; never those of batch files."""
    unreviewed = ~Exists(models.Review.objects.filter(suggestion_list=OuterRef("pk")))
    found = models.SuggestionList.objects.filter(
        unreviewed,
        pathway=pathway,
        batch__isnull=True,
        created__gt=timezone.now() - reviews.lifetime(),
    )
    if urgent:
        found = found.filter(status=models.SuggestionList.Status.URGENT)
    return _page(found, before)


def recent_decisions(*, pathway: models.Pathway) -> tuple[models.Review, ...]:
    """The last decisions on lists of the pathway."""
    found = models.Review.objects.filter(suggestion_list__pathway=pathway).order_by("-created")
    return tuple(found[:PAGE_SIZE])


def _page(found: QuerySet[models.SuggestionList], before: str) -> QueuePage:
    if before:
        created, number = _place_of(before)
        # The first condition is what the index can start from.
        found = found.filter(
            Q(created__lt=created) | Q(created=created, pk__lt=number), created__lte=created
        )
    ordered = found.defer("case", "answer").order_by("-created", "-pk")
    lists = tuple(ordered[: PAGE_SIZE + 1])
    if len(lists) <= PAGE_SIZE:
        return QueuePage(lists, "")
    last = lists[PAGE_SIZE - 1]
    return QueuePage(lists[:PAGE_SIZE], f"{last.created.isoformat()}_{last.pk}")


def _place_of(before: str) -> tuple[datetime, UUID]:
    created, _, number = before.partition("_")
    try:
        at = datetime.fromisoformat(created)
        place = UUID(number)
    except ValueError:
        raise BadInput(
            "Open the queue again: this page of it isn't known.", field="before"
        ) from None
    if at.tzinfo is None:
        raise BadInput("Open the queue again: this page of it isn't known.", field="before")
    return at, place
