"""The codes of the catalogue and of `fixtures/fhir/` as one map, remembered for a minute."""

import time
from collections.abc import Iterator
from functools import cache

from django.conf import settings

from recommender import models
from recommender.clinical.coding import FindingKind
from recommender.formats.catalogue_folder import SYSTEMS
from recommender.formats.fhir import CodeMap, read_answers, read_codes
from recommender.formats.fhir.codes import THERAPY, Answer, Coding, Entry

KEPT_SECONDS = 60.0
# ICD-10-CM codes of symptoms are mostly residual classes, which say less than our entries.
EXACT_ICD = frozenset({FindingKind.TRIGGER.value})


def code_map() -> CodeMap:
    """Which codings stand for which entries now."""
    return _code_map(int(time.monotonic() / KEPT_SECONDS))


def forget() -> None:
    """Read the catalogue again at the next call."""
    _kept.clear()


@cache
def _shipped() -> tuple[tuple[Coding, Entry], ...]:
    return tuple(read_codes(_file("codes.csv")))


@cache
def _shipped_answers() -> tuple[tuple[tuple[Coding, Coding], Answer], ...]:
    return tuple(read_answers(_file("answers.csv")))


def _file(name: str) -> str:
    return (settings.FIXTURES_DIR / "fhir" / name).read_text(encoding="utf-8")


_kept: dict[int, CodeMap] = {}


def _code_map(minute: int) -> CodeMap:
    if minute not in _kept:
        fresh = CodeMap.of([*_shipped(), *_of_catalogue()], _shipped_answers())
        _kept.clear()
        _kept[minute] = fresh
    return _kept[minute]


def _of_catalogue() -> Iterator[tuple[Coding, Entry]]:
    for record in models.ConceptRecord.objects.filter(retired=False):
        for system, code in record.codes.items():
            if system != "icd10cm" or record.kind in EXACT_ICD:
                yield (SYSTEMS[system], code), (record.kind, record.code)
        if record.system and record.system_code and not record.codes:
            yield (record.system, record.system_code), (record.kind, record.code)
    for mapped in models.UnmappedCode.objects.exclude(entry=""):
        yield (mapped.system, mapped.code), (mapped.kind, mapped.entry)
    yield from _of_therapies()


def _of_therapies() -> Iterator[tuple[Coding, Entry]]:
    """What is retired may still be in use, unless its code has passed to another entry."""
    taken: set[Coding] = set()
    for therapy in models.TherapyRecord.objects.order_by("retired"):
        codings = {(SYSTEMS[system], code) for system, code in therapy.codes.items()}
        yield from ((coding, (THERAPY, therapy.code)) for coding in codings - taken)
        if not therapy.retired:
            taken |= codings
