"""Pathways by their names."""

from recommender import models
from recommender.exceptions import UnknownName


def named(slug: str) -> models.Pathway:
    """The pathway of this name; a wrong one is answered with those there are."""
    pathway = models.Pathway.objects.filter(slug=slug).first()
    if pathway is None:
        known = ", ".join(models.Pathway.objects.values_list("slug", flat=True)) or "none yet"
        raise UnknownName(
            f"There is no such pathway. There are: {known}. An import makes one.", field="pathway"
        )
    return pathway
