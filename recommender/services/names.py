"""Every name that a pathway's entries go by, remembered for a minute."""

import time
from collections.abc import Iterator
from functools import cache

from django.conf import settings
from django.db.models import Q

from recommender import models
from recommender.clinical.coding import TherapyKind
from recommender.clinical.names import NAME_OF, THERAPY, Coding, Key, Named, Names
from recommender.formats.alias_file import FILE, read_aliases
from recommender.formats.catalogue_folder import SYSTEMS
from recommender.services import fhir_codes

KEPT_SECONDS = 60.0
# Codes of these say by their look what system they are of.
BARE = {"atc", "hpo"}
_SHORT = {address: name for name, address in SYSTEMS.items()}

_kept: dict[tuple[str, int], Names] = {}


def known_names(pathway: str) -> Names:
    """The names of the shipped entries and of the pathway's own."""
    key = (pathway, int(time.monotonic() / KEPT_SECONDS))
    found = _kept.get(key)
    if found is None:
        found = Names.of(_entries(pathway), _codings())
        for old in [each for each in _kept if each[1] != key[1]]:
            _kept.pop(old, None)
        _kept[key] = found
    return found


def forget() -> None:
    """Read the names again at the next call."""
    _kept.clear()


@cache
def _aliases() -> dict[str, tuple[str, ...]]:
    text = (settings.FIXTURES_DIR / FILE).read_text(encoding="utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for alias, therapy in read_aliases(text):
        found[therapy] = (*found.get(therapy, ()), alias)
    return found


def _entries(pathway: str) -> Iterator[Named]:
    mapped: dict[Key, tuple[str, ...]] = {}
    for one in models.UnmappedCode.objects.filter(system__in=NAME_OF.values(), kind__gt=""):
        mapped[one.kind, one.entry] = (*mapped.get((one.kind, one.entry), ()), one.code)
    here = Q(pathway=None) | Q(pathway__slug=pathway)
    for therapy in models.TherapyRecord.objects.filter(here, retired=False):
        texts = (*_displays(therapy.name), *_aliases().get(therapy.code, ()))
        yield Named(
            THERAPY,
            therapy.code,
            (*texts, *mapped.get((THERAPY, therapy.code), ())),
            therapy.kind == TherapyKind.MEDICATION,
        )
    for concept in models.ConceptRecord.objects.filter(here, retired=False):
        own = mapped.get((concept.kind, concept.code), ())
        yield Named(concept.kind, concept.code, (*_displays(concept.display), *own))


def _displays(text: str) -> tuple[str, ...]:
    """A display as it stands, and without what it says in brackets."""
    return tuple(dict.fromkeys((text, text.partition("(")[0].strip())))


def _codings() -> dict[Coding, Key]:
    """The codes of other systems, by the system's address and by its short name."""
    found: dict[Coding, Key] = {}
    for (address, code), entry in fhir_codes.code_map().entries.items():
        found[address.lower(), code.upper()] = entry
        short = _SHORT.get(address)
        if short:
            found[short, code.upper()] = entry
        if short in BARE:
            found["", code.upper()] = entry
            system, _, bare = code.lower().rpartition(":")
            found[system, bare.upper()] = entry
    return found
