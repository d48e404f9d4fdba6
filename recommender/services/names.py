"""Every name that a pathway's entries go by, remembered for a minute."""

from collections.abc import Iterator
from functools import cache

from django.conf import settings
from django.db.models import Q

from recommender import models
from recommender.clinical.coding import TherapyKind
from recommender.clinical.names import NAME_OF, THERAPY, Coding, Key, Named, Names
from recommender.formats.alias_file import FILE, read_aliases
from recommender.formats.catalogue_folder import SYSTEMS
from recommender.formats.fhir.codes import CodeMap
from recommender.services import fhir_codes, wording
from recommender.services.remembered import Remembered
from recommender.services.shipped_safety import shipped_safety

# Codes of these say by their look what system they are of.
BARE = {"atc", "hpo"}
_SHORT = {address: name for name, address in SYSTEMS.items()}


def known_names(pathway: str) -> Names:
    """The names of the shipped entries and of the pathway's own: for data sets."""
    return _kept.of((pathway, False))


def bedside_names(pathway: str) -> Names:
    """The same, with what is in use and never suggested: retired, or beside the catalogue."""
    return _kept.of((pathway, True))


def _read(key: tuple[str, bool]) -> Names:
    pathway, at_the_bedside = key
    ours = list(_entries(pathway, retired=False))
    if not at_the_bedside:
        return Names.of(ours, _codings(fhir_codes.code_map()))
    known = {(each.kind, each.code) for each in ours}
    beside = [*_entries(pathway, retired=True), *_medicines()]
    others = [each for each in beside if (each.kind, each.code) not in known]
    return Names.of([*ours, *others], _codings(fhir_codes.bedside_map()))


_kept = Remembered(_read)


def forget() -> None:
    """Read the names, and the codes and words that they stand beside, again at the next call."""
    fhir_codes.forget()
    wording.forget()
    _kept.forget()


@cache
def _aliases() -> dict[str, tuple[str, ...]]:
    text = (settings.FIXTURES_DIR / FILE).read_text(encoding="utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for alias, therapy in read_aliases(text):
        found[therapy] = (*found.get(therapy, ()), alias)
    return found


def _medicines() -> Iterator[Named]:
    """Medicines beside the catalogue, which rules speak of."""
    for code, therapy in shipped_safety().outside.items():
        yield Named(THERAPY, code, _displays(therapy.name), is_medicine=True)


def _entries(pathway: str, *, retired: bool) -> Iterator[Named]:
    mapped: dict[Key, tuple[str, ...]] = {}
    for one in models.UnmappedCode.objects.filter(system__in=NAME_OF.values(), kind__gt=""):
        mapped[one.kind, one.entry] = (*mapped.get((one.kind, one.entry), ()), one.code)
    here = Q(pathway=None) | Q(pathway__slug=pathway)
    for therapy in models.TherapyRecord.objects.filter(here, retired=retired):
        texts = (*_displays(therapy.name), *_aliases().get(therapy.code, ()))
        yield Named(
            THERAPY,
            therapy.code,
            (*texts, *mapped.get((THERAPY, therapy.code), ())),
            therapy.kind == TherapyKind.MEDICATION,
        )
    for concept in models.ConceptRecord.objects.filter(here, retired=retired):
        own = mapped.get((concept.kind, concept.code), ())
        yield Named(concept.kind, concept.code, (*_displays(concept.display), *own))


def _displays(text: str) -> tuple[str, ...]:
    """A display as it stands, and without what it says in brackets."""
    return tuple(dict.fromkeys((text, text.partition("(")[0].strip())))


def _codings(codes: CodeMap) -> dict[Coding, Key]:
    """The codes of other systems, by the system's address and by its short name."""
    found: dict[Coding, Key] = {}
    for (address, code), entry in codes.entries.items():
        found[address.lower(), code.upper()] = entry
        short = _SHORT.get(address)
        if short:
            found[short, code.upper()] = entry
        if short in BARE:
            found["", code.upper()] = entry
            system, _, bare = code.lower().rpartition(":")
            found[system, bare.upper()] = entry
    return found
