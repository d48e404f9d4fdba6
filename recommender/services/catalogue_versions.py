"""Which version of the catalogue is live, and what every published one changed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max, QuerySet
from django.utils import timezone

from recommender import models
from recommender.clinical.catalogue_changes import EntryKind
from recommender.services.catalogue_entries import Fields

RELEASED = "Loaded from the release."
_LOCK = 7246020

Status = models.CatalogueVersion.Status


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One entry as it was, if it was, and as it is now."""

    kind: EntryKind
    code: str
    before: Fields | None
    after: Fields


def live_number() -> int | None:
    """The number of the version that holds now; None before the catalogue was ever loaded."""
    published = models.CatalogueVersion.objects.filter(status=Status.PUBLISHED)
    number: int | None = published.aggregate(newest=Max("number"))["newest"]
    return number


def next_number() -> int:
    """The number of the version that is being published, under the lock."""
    return (live_number() or 0) + 1


def published_here() -> QuerySet[models.CatalogueChange]:
    """What this site changed by published drafts, the oldest first."""
    return models.CatalogueChange.objects.filter(
        version__status=Status.PUBLISHED, version__origin=models.CatalogueVersion.Origin.SITE
    ).order_by("version__number", "pk")


def record_release(
    changes: Iterable[EntryChange], *, digest: str, by: str
) -> models.CatalogueVersion:
    """The version that the loading of a release makes."""
    version = models.CatalogueVersion.objects.create(
        number=next_number(),
        origin=models.CatalogueVersion.Origin.RELEASE,
        status=Status.PUBLISHED,
        reason=RELEASED,
        authors=[by],
        digest=digest,
        created_by=by,
        ended_at=timezone.now(),
        ended_by=by,
    )
    models.CatalogueChange.objects.bulk_create(
        models.CatalogueChange(
            version=version,
            kind=each.kind,
            code=each.code,
            before=each.before,
            after=each.after,
            changed_by=by,
        )
        for each in changes
    )
    return version


def wait_for_another_change() -> None:
    """Two that change the catalogue do so one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@contextmanager
def as_a_release() -> Iterator[None]:
    """Let this block, and nothing else, change the rules of the floor and publish unsigned."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('recommender.release', 'on', true)")
        yield
        cursor.execute("SELECT set_config('recommender.release', '', true)")
