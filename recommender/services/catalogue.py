"""The shipped catalogue in the database: brought up to date, never deleted from."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Model, QuerySet

from recommender import models
from recommender.clinical.catalogue import ConceptEntry, TherapyEntry
from recommender.clinical.safety import SafetyRule
from recommender.formats.catalogue_folder import digest_of, read_catalogue
from recommender.services import audit

LOADED = "catalogue.loaded"
# Raise it when the same files would give other records, so that they're written again.
READING = 1
_LOCK = 7246020

Fields = dict[str, Any]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What a load did to one kind of record."""

    added: int
    changed: int
    retired: int
    total: int

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.retired)


@dataclass(frozen=True, slots=True)
class CatalogueLoad:
    """What a load did; `digest` says which catalogue is in the database now."""

    digest: str
    therapies: Change
    concepts: Change
    rules: Change


def load(*, folder: Path, by: str, force: bool = False) -> CatalogueLoad | None:
    """Bring the catalogue up to date with the folder, or None when it already is.

    An entry that vanished is retired (a rule: switched off) and stays readable; one that comes
    back is restored. `force` compares every record even if this very folder was loaded last.
    """
    digest = hashlib.sha256(f"{READING}:{digest_of(folder)}".encode()).hexdigest()
    if not force and _loaded_digest() == digest:
        return None
    catalogue = read_catalogue(folder)
    with transaction.atomic():
        _wait_for_another_load()
        therapies = _bring_up_to_date(
            models.TherapyRecord.objects.filter(pathway=None),
            {(each.therapy.code,): _therapy_fields(each) for each in catalogue.therapies},
            key=("code",),
            gone={"retired": True},
        )
        concepts = _bring_up_to_date(
            models.ConceptRecord.objects.filter(pathway=None),
            {(e.concept.kind, e.concept.code): _concept_fields(e) for e in catalogue.concepts},
            key=("kind", "code"),
            gone={"retired": True},
        )
        with _as_a_release():
            rules = _bring_up_to_date(
                models.SafetyRuleRecord.objects.filter(pathway=None),
                {(rule.code,): _rule_fields(rule) for rule in catalogue.rules},
                key=("code",),
                gone={"active": False},
            )
        # The event is also the note of what was loaded last, so a new digest always leaves one.
        if therapies or concepts or rules or _loaded_digest() != digest:
            audit.record(action=LOADED, target="catalogue", by=by, digest=digest)
    return CatalogueLoad(digest, therapies, concepts, rules)


def _loaded_digest() -> str | None:
    loads = models.AuditEvent.objects.filter(action=LOADED).order_by("-id")
    return loads.values_list("digest", flat=True).first()


def _wait_for_another_load() -> None:
    """Two processes that start together load one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@contextmanager
def _as_a_release() -> Iterator[None]:
    """Let this block, and nothing else, change the rules of the floor."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('recommender.release', 'on', true)")
        yield
        cursor.execute("SELECT set_config('recommender.release', '', true)")


def _bring_up_to_date(
    shipped: QuerySet[Any], wanted: Mapping[Key, Fields], *, key: tuple[str, ...], gone: Fields
) -> Change:
    """Write what's new or different among the shipped records of a kind; mark what is gone."""
    found = {tuple(getattr(row, name) for name in key): row for row in shipped.select_for_update()}
    added = [
        shipped.model(**dict(zip(key, code, strict=True)), **fields)
        for code, fields in wanted.items()
        if code not in found
    ]
    changed = [found[code] for code in wanted if code in found and _set(found[code], wanted[code])]
    retired = [row for code, row in found.items() if code not in wanted and _set(row, gone)]
    shipped.bulk_create(added)
    shipped.bulk_update([*changed, *retired], fields=[*next(iter(wanted.values()))])
    return Change(len(added), len(changed), len(retired), len(wanted))


def _set(row: Model, fields: Fields) -> bool:
    """Set the fields; whether any of them was different."""
    different = {name: value for name, value in fields.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)


def _therapy_fields(entry: TherapyEntry) -> Fields:
    return {
        "name": entry.therapy.name,
        "kind": entry.therapy.kind,
        "therapy_class": entry.therapy.therapy_class,
        "attributes": list(entry.therapy.attributes),
        "codes": dict(entry.codes),
        "indications": list(entry.indications),
        "evidence_grade": entry.evidence_grade,
        "evidence_source": entry.evidence_source,
        "source": entry.source,
        "retired": False,
    }


def _concept_fields(entry: ConceptEntry) -> Fields:
    return {
        "display": entry.concept.display,
        "value_type": entry.concept.value_type,
        "system": entry.concept.system,
        "system_code": entry.concept.system_code,
        "codes": dict(entry.codes),
        "source": entry.source,
        "retired": False,
    }


def _rule_fields(rule: SafetyRule) -> Fields:
    return {
        "therapy": rule.therapy,
        "therapy_class": rule.therapy_class,
        "kind": rule.kind,
        "finding": rule.finding,
        "min_value": rule.min_value,
        "severity": rule.severity,
        "reason": rule.reason,
        "source": rule.source,
        "verification": rule.verification,
        "floor": rule.floor,
        "active": True,
    }
