"""Pathways: found by their names, added, given another title or other limits for the gates."""

from django.db import transaction

from recommender import models
from recommender.exceptions import Refused, UnknownName
from recommender.ml.gates import Limits
from recommender.services import audit


def named(slug: str) -> models.Pathway:
    """The pathway of this name; a wrong one is answered with those there are."""
    pathway = models.Pathway.objects.filter(slug=slug).first()
    if pathway is None:
        known = ", ".join(models.Pathway.objects.values_list("slug", flat=True)) or "none yet"
        raise UnknownName(
            f"There is no such pathway. There are: {known}. An import makes one.", field="pathway"
        )
    return pathway


@transaction.atomic
def create(*, slug: str, title: str, by: str) -> models.Pathway:
    """Add a pathway; the slug must be a valid one."""
    pathway, created = models.Pathway.objects.get_or_create(slug=slug, defaults={"title": title})
    if not created:
        raise Refused("There is a pathway of this slug already.")
    audit.record(action="pathway.created", target=slug, by=by)
    return pathway


@transaction.atomic
def retitle(*, pathway: models.Pathway, title: str, by: str) -> models.Pathway:
    """Give the pathway another title. Its slug stays: other systems know it."""
    pathway.title = title
    pathway.save(update_fields=["title"])
    audit.record(action="pathway.retitled", target=pathway.slug, by=by)
    return pathway


@transaction.atomic
def set_gate_limits(
    *, pathway: models.Pathway, limits: dict[str, float], by: str
) -> models.Pathway:
    """Ask more or less of the pathway's next versions; those that are decided stay decided."""
    Limits.from_json(limits)
    pathway.gate_limits = limits
    pathway.save(update_fields=["gate_limits"])
    audit.record(
        action="pathway.gate_limits_set",
        target=pathway.slug,
        by=by,
        version=", ".join(f"{name}={value}" for name, value in sorted(limits.items()))[:100],
    )
    return pathway


def check_promotion_by_two(pathway: models.Pathway, *, by_two: bool, is_superuser: bool) -> None:
    """One person alone can't do away with the second."""
    if pathway.promotion_by_two and not by_two and not is_superuser:
        raise Refused("Only a superuser lets one person decide again.")


@transaction.atomic
def set_promotion_by_two(
    *, pathway: models.Pathway, by_two: bool, by: str, is_superuser: bool = False
) -> models.Pathway:
    """Ask for a second person when a version goes live, or no longer."""
    row = models.Pathway.objects.select_for_update().get(pk=pathway.pk)
    check_promotion_by_two(row, by_two=by_two, is_superuser=is_superuser)
    row.promotion_by_two = by_two
    row.save(update_fields=["promotion_by_two"])
    audit.record(
        action="pathway.promotion_by_two_set",
        target=row.slug,
        by=by,
        version="two people" if by_two else "one person",
    )
    return row
