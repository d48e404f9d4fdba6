"""Recipes by name: those that ship, and those that searches made for a pathway."""

import re
from contextlib import suppress

from django.db import transaction
from django.utils.text import slugify

from recommender import models
from recommender.exceptions import BadInput, UnknownName
from recommender.ml.recipes import RECIPES, Recipe
from recommender.models.pathway import SLUG
from recommender.services import audit, pathways

MAX_NAME = 64


def of(pathway: str) -> dict[str, Recipe]:
    """What a training of this pathway may ask for by name.

    A recipe whose recommenders an older release had is left out; asked for, it says so.
    """
    found = dict(RECIPES)
    for stored in models.RecipeRecord.objects.filter(pathway__slug=pathway).order_by("name"):
        with suppress(BadInput):
            found[stored.name] = stored.to_value()
    return found


def every_name() -> list[str]:
    """The names that any pathway knows."""
    stored = models.RecipeRecord.objects.order_by("name").values_list("name", flat=True)
    return [*RECIPES, *stored.distinct()]


def find(name: str, *, pathway: str) -> Recipe | None:
    """The recipe of this name, if there is one."""
    if name in RECIPES:
        return RECIPES[name]
    stored = models.RecipeRecord.objects.filter(pathway__slug=pathway, name=name).first()
    return stored.to_value() if stored else None


def named(name: str, *, pathway: str) -> Recipe:
    """The recipe of this name; a wrong one is answered with those there are."""
    found = find(name, pathway=pathway)
    if found is None:
        pathways.named(pathway)
        raise UnknownName(
            f"There is no such recipe; there are {', '.join(of(pathway))}.", field="recipe"
        )
    return found


def free_name(base: str, *, pathway: models.Pathway) -> str:
    """A name for what is made of a base recipe that nobody has taken."""
    stem = f"{slugify(base)[: MAX_NAME - 10].strip('-_') or 'recipe'}-tuned"
    taken = _taken(pathway)
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(one for one in numbered if one not in taken)


def require_free(name: str, *, pathway: models.Pathway) -> None:
    """Refuse a name that isn't one, or is taken."""
    if len(name) > MAX_NAME or not re.fullmatch(SLUG.regex, name):
        raise BadInput(
            f"Give the new recipe a name of lower-case letters, digits and hyphens, up to "
            f"{MAX_NAME}.",
            field="name",
        )
    if name in RECIPES or name in _taken(pathway):
        raise BadInput(
            f"There is a recipe of this name already, or a search that will make one. "
            f"Choose another, such as {free_name(name, pathway=pathway)}.",
            field="name",
        )


@transaction.atomic
def store(
    *, search: models.ParameterSearch, recipe: Recipe, note: str, by: str
) -> models.RecipeRecord:
    """Keep what a search found under its name."""
    stored = models.RecipeRecord.objects.create(
        pathway=search.pathway,
        name=recipe.name,
        recipe=recipe.to_json(),
        note=note,
        search=search,
        created_by=by,
    )
    audit.record(action="recipe.created", target=str(stored), by=by, version=f"search {search.pk}")
    return stored


def _taken(pathway: models.Pathway) -> set[str]:
    """The names of a pathway's recipes, and of those that searches will make."""
    open_or_done = models.ParameterSearch.objects.filter(pathway=pathway).exclude(
        status__in=(
            models.ParameterSearch.Status.FAILED,
            models.ParameterSearch.Status.CANCELLED,
        )
    )
    return set(open_or_done.values_list("name", flat=True))
