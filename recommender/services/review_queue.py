"""The queue: which suggestion lists wait for a clinician, what is due, what was decided lately."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet, Value
from django.utils import timezone

from recommender import models
from recommender.exceptions import BadInput
from recommender.services import alerts, reviews

PAGE_SIZE = 25
ALERTS_SHOWN = 5
DECISIONS_SHOWN = 10
COUNTED_TO = 100
DECIDED_WITHIN = timedelta(days=30)
_Stage = models.SuggestionList.Stage
_UNKNOWN_PLACE = "Open the queue again: this page of it isn't known."


class Shelf(StrEnum):
    """Why a list is in the queue."""

    WAITING = "waiting"
    DUE = "due"
    SECOND = "second"
    WATCHING = "watching"


AGES: Mapping[str, timedelta] = {
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show of the queue: of one pathway or all, the newest first or the oldest."""

    shelf: Shelf = Shelf.WAITING
    pathway: models.Pathway | None = None
    urgent: bool = False
    older_than: str = ""
    oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some lists, and where the next page begins (empty: there is none)."""

    lists: tuple[models.SuggestionList, ...]
    next_after: str


def page_of(wanted: Wanted, *, after: str = "") -> QueuePage:
    """The lists of one page; those of batch files never wait for anybody."""
    field = "due_on" if wanted.shelf in (Shelf.DUE, Shelf.WATCHING) else "created"
    # What is due soonest comes first whatever was asked for.
    ascending = wanted.oldest_first or field == "due_on"
    found = _found(wanted)
    if after:
        found = found.filter(_beyond(after, field, ascending=ascending))
    sign = "" if ascending else "-"
    ordered = found.order_by(f"{sign}{field}", f"{sign}pk")
    lists = tuple(
        ordered.select_related("pathway")
        .prefetch_related("reviews")
        .defer("case", "answer")[: PAGE_SIZE + 1]
    )
    if len(lists) <= PAGE_SIZE:
        return QueuePage(lists, "")
    last = lists[PAGE_SIZE - 1]
    return QueuePage(lists[:PAGE_SIZE], f"{getattr(last, field).isoformat()}_{last.pk}")


def counts(wanted: Wanted) -> dict[Shelf, int]:
    """How many lists each shelf holds under the same filters, counted up to `COUNTED_TO`."""
    first, *others = (
        _found(replace(wanted, shelf=shelf))
        .order_by()
        .annotate(shelf=Value(shelf.value))
        .values_list("shelf", flat=True)[:COUNTED_TO]
        for shelf in Shelf
    )
    counted = Counter(first.union(*others, all=True))
    return {shelf: counted[shelf.value] for shelf in Shelf}


def open_alerts(*, pathway: models.Pathway | None) -> tuple[models.SuggestionList, ...]:
    """The newest alerts that nobody has taken up."""
    found = alerts.still_open(alerts.alerts())
    if pathway is not None:
        found = found.filter(pathway=pathway)
    return tuple(found[:ALERTS_SHOWN])


def recent_decisions(*, pathway: models.Pathway | None) -> tuple[models.Review, ...]:
    """The last decisions of the last weeks, on one pathway or all."""
    found = models.Review.objects.filter(created__gt=timezone.now() - DECIDED_WITHIN)
    if pathway is not None:
        found = found.filter(suggestion_list__pathway=pathway)
    return tuple(found.order_by("-created")[:DECISIONS_SHOWN])


def _found(wanted: Wanted) -> QuerySet[models.SuggestionList]:
    found = models.SuggestionList.objects.filter(batch__isnull=True)
    if wanted.pathway is not None:
        found = found.filter(pathway=wanted.pathway)
    if wanted.urgent:
        found = found.filter(status=models.SuggestionList.Status.URGENT)
    now = timezone.now()
    if wanted.shelf in (Shelf.DUE, Shelf.WATCHING):
        # A day to look again is kept even where the list expires before: somebody planned it.
        today = timezone.localdate()
        when = Q(due_on__lte=today) if wanted.shelf is Shelf.DUE else Q(due_on__gt=today)
        return found.filter(when, stage=_Stage.WATCHING)
    if wanted.older_than:
        found = found.filter(created__lt=now - _age(wanted.older_than))
    stage = _Stage.SECOND if wanted.shelf is Shelf.SECOND else _Stage.WAITING
    return found.filter(stage=stage, created__gt=now - reviews.lifetime())


def _age(name: str) -> timedelta:
    try:
        return AGES[name]
    except KeyError:
        raise BadInput(f"Choose an age of: {', '.join(AGES)}.", field="age") from None


def _beyond(after: str, field: str, *, ascending: bool) -> Q:
    """What comes after that place; the first condition is what an index can start from."""
    at, number = _place_of(after, field)
    way = "gt" if ascending else "lt"
    beyond = Q(**{f"{field}__{way}": at}) | Q(**{field: at, f"pk__{way}": number})
    return Q(**{f"{field}__{way}e": at}) & beyond


def _place_of(after: str, field: str) -> tuple[date, UUID]:
    at, _, number = after.partition("_")
    try:
        place = UUID(number)
        if field == "due_on":
            return date.fromisoformat(at), place
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise BadInput(_UNKNOWN_PLACE, field="after") from None
    if moment.tzinfo is None:
        raise BadInput(_UNKNOWN_PLACE, field="after")
    return moment, place
