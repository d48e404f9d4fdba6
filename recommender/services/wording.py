"""Words for codes: what the vocabulary and the catalogue call what a list speaks of."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from recommender import models
from recommender.services.remembered import Remembered

ConceptKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """The concepts and therapies that a page names, by their codes."""

    concepts: dict[ConceptKey, models.ConceptRecord]
    therapies: dict[str, models.TherapyRecord]


def words_of(*, pathway_id: int, concepts: Collection[str], therapies: Collection[str]) -> Words:
    """The words for these codes; a pathway's own go before the shipped ones."""
    return Words(
        {
            (record.kind, record.code): record
            for record in _concepts(pathway_id).filter(code__in=concepts)
        },
        {record.code: record for record in _therapies(pathway_id).filter(code__in=therapies)},
    )


def remembered_words(*, pathway_id: int) -> Words:
    """Everything that a list of this pathway may name, retired or not, at most a minute old."""
    return _kept.of(pathway_id)


def forget() -> None:
    """Read the words again at the next call."""
    _kept.forget()


def all_words(*, pathway_id: int) -> Words:
    """Everything that may be named on this pathway and isn't retired."""
    return Words(
        {
            (record.kind, record.code): record
            for record in _concepts(pathway_id).filter(retired=False)
        },
        {record.code: record for record in _therapies(pathway_id).filter(retired=False)},
    )


def _read(pathway_id: int) -> Words:
    return Words(
        {(record.kind, record.code): record for record in _concepts(pathway_id)},
        therapies_of(pathway_id=pathway_id),
    )


_kept = Remembered(_read)


def therapies_of(*, pathway_id: int) -> dict[str, models.TherapyRecord]:
    """Every therapy that a case of this pathway may name, retired or not."""
    return {record.code: record for record in _therapies(pathway_id)}


# The shipped records come first, so that the pathway's own replace them in a dictionary.
def _concepts(pathway_id: int) -> QuerySet[models.ConceptRecord]:
    found = models.ConceptRecord.objects.filter(Q(pathway=None) | Q(pathway_id=pathway_id))
    return found.order_by(F("pathway_id").asc(nulls_first=True), "kind", "display")


def _therapies(pathway_id: int) -> QuerySet[models.TherapyRecord]:
    found = models.TherapyRecord.objects.filter(Q(pathway=None) | Q(pathway_id=pathway_id))
    return found.order_by(F("pathway_id").asc(nulls_first=True), "name")


def therapy_names(codes: Collection[str]) -> dict[str, str]:
    """What the catalogue calls these therapies, the shipped name before a pathway's own."""
    found = models.TherapyRecord.objects.filter(code__in=codes)
    ordered = found.order_by(F("pathway_id").desc(nulls_last=True))
    return dict(ordered.values_list("code", "name"))
