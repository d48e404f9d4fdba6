"""The codes of the catalogue and of `fixtures/fhir/` as one map, remembered for a minute."""

from collections.abc import Iterator
from functools import cache

from django.conf import settings

from recommender import models
from recommender.clinical.coding import FindingKind
from recommender.formats.catalogue_folder import SYSTEMS
from recommender.formats.fhir import CodeMap, read_answers, read_codes
from recommender.formats.fhir.codes import THERAPY, Answer, Coding, Entry
from recommender.services.remembered import Remembered
from recommender.services.shipped_safety import shipped_safety

# ICD-10-CM codes of symptoms are mostly residual classes, which say less than our entries.
EXACT_ICD = frozenset({FindingKind.TRIGGER.value})


def code_map() -> CodeMap:
    """Which codings stand for which entries of the catalogue now: for data sets."""
    return _maps.of(None)[0]


def bedside_map() -> CodeMap:
    """The same, with what is in use and never suggested: retired, or beside the catalogue."""
    return _maps.of(None)[1]


def forget() -> None:
    """Read the catalogue again at the next call."""
    _maps.forget()


@cache
def _shipped() -> tuple[tuple[Coding, Entry], ...]:
    return tuple(read_codes(_file("codes.csv")))


@cache
def _shipped_answers() -> tuple[tuple[tuple[Coding, Coding], Answer], ...]:
    return tuple(read_answers(_file("answers.csv")))


def _file(name: str) -> str:
    return (settings.FIXTURES_DIR / "fhir" / name).read_text(encoding="utf-8")


def _read(_: None) -> tuple[CodeMap, CodeMap]:
    ours = [*_shipped(), *_of_findings(), *_of_therapies(retired=False)]
    known = {coding for coding, _ in ours}
    beside = [
        pair
        for pair in (*_of_therapies(retired=True), *_of_medicines())
        if pair[0] not in known  # a code that passed from a retired entry to another is the other's
    ]
    mapped = list(_mapped())
    outside = shipped_safety().outside
    own = [pair for pair in mapped if pair[1][0] != THERAPY or pair[1][1] not in outside]
    answers = _shipped_answers()
    return CodeMap.of([*ours, *own], answers), CodeMap.of([*ours, *beside, *mapped], answers)


_maps = Remembered(_read)


def _of_findings() -> Iterator[tuple[Coding, Entry]]:
    for record in models.ConceptRecord.objects.filter(retired=False):
        for system, code in record.codes.items():
            if system != "icd10cm" or record.kind in EXACT_ICD:
                yield (SYSTEMS[system], code), (record.kind, record.code)
        if record.system and record.system_code and not record.codes:
            yield (record.system, record.system_code), (record.kind, record.code)


def _mapped() -> Iterator[tuple[Coding, Entry]]:
    for each in models.UnmappedCode.objects.exclude(entry=""):
        yield (each.system, each.code), (each.kind, each.entry)


def _of_therapies(*, retired: bool) -> Iterator[tuple[Coding, Entry]]:
    for therapy in models.TherapyRecord.objects.filter(retired=retired):
        for system, code in therapy.codes.items():
            yield (SYSTEMS[system], code), (THERAPY, therapy.code)


def _of_medicines() -> Iterator[tuple[Coding, Entry]]:
    for medicine in shipped_safety().medicines:
        for system, code in medicine.codes.items():
            yield (SYSTEMS[system], code), (THERAPY, medicine.therapy.code)
