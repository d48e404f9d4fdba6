"""The side effects that a request may ask to avoid."""

from collections.abc import Collection
from functools import cache

from django.conf import settings

from recommender.exceptions import BadInput
from recommender.formats.side_effect_file import FILE, read_side_effects


def listed_under(effects: Collection[str]) -> dict[str, frozenset[str]]:
    """The therapies that the release lists under each of these; an unknown one is refused."""
    known = _side_effects()
    if not known.keys() >= set(effects):
        raise BadInput(
            f"There's no such side effect: use {', '.join(sorted(known))}.",
            field="preferences.avoid_effects",
        )
    return {effect: known[effect] for effect in effects}


@cache
def _side_effects() -> dict[str, frozenset[str]]:
    return read_side_effects((settings.FIXTURES_DIR / FILE).read_text(encoding="utf-8"))
