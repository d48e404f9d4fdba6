"""The shipped catalogue in the database: brought up to date, never deleted from."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Model

from recommender import models
from recommender.clinical.catalogue import Catalogue, ConceptEntry, ConditionEntry, TherapyEntry
from recommender.clinical.catalogue_changes import EntryKind, merged
from recommender.clinical.floor import Floor
from recommender.clinical.safety import SafetyRule
from recommender.formats.catalogue_folder import digest_of, read_catalogue
from recommender.services import audit, catalogue_versions, names
from recommender.services.catalogue_entries import FORMS, Fields, Form, Key, code_of, key_of
from recommender.services.catalogue_versions import EntryChange
from recommender.services.shipped_safety import shipped_safety

LOADED = "catalogue.loaded"
# Raise it when the same files would give other records, so that they're written again.
READING = 3

Wanted = dict[EntryKind, dict[Key, Fields]]


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
    conditions: Change
    rules: Change


def load(*, folder: Path, by: str, force: bool = False) -> CatalogueLoad | None:
    """Bring the catalogue up to date with the folder, or None when it already is.

    An entry that vanished is retired (a rule: switched off) and stays readable; one that comes
    back is restored. What this site published stays laid over the release's entries, but for
    what the floor rests on. `force` compares every record even if this very folder was loaded
    last.
    """
    digest = hashlib.sha256(f"{READING}:{digest_of(folder)}".encode()).hexdigest()
    if not force and _loaded_digest() == digest:
        return None
    catalogue = read_catalogue(folder)
    with transaction.atomic():
        catalogue_versions.wait_for_another_change()
        wanted = _with_what_the_site_published(_entries_of(catalogue), catalogue)
        with catalogue_versions.as_a_release():
            done = {kind: _bring_up_to_date(kind, entries) for kind, entries in wanted.items()}
            changes = [one for _, made in done.values() for one in made]
            if changes:
                catalogue_versions.record_release(changes, digest=digest, by=by)
        # The event is also the note of what was loaded last, so a new digest always leaves one.
        if changes or _loaded_digest() != digest:
            audit.record(action=LOADED, target="catalogue", by=by, digest=digest)
        transaction.on_commit(names.forget)
    return CatalogueLoad(digest, *(done[kind][0] for kind in EntryKind))


def _loaded_digest() -> str | None:
    loads = models.AuditEvent.objects.filter(action=LOADED).order_by("-id")
    return loads.values_list("digest", flat=True).first()


def _entries_of(catalogue: Catalogue) -> Wanted:
    return {
        EntryKind.THERAPY: {
            (each.therapy.code,): _therapy_fields(each) for each in catalogue.therapies
        },
        EntryKind.FINDING: {
            (each.concept.kind, each.concept.code): _concept_fields(each)
            for each in catalogue.concepts
        },
        EntryKind.CONDITION: {
            (each.code,): _condition_fields(each) for each in catalogue.conditions
        },
        EntryKind.RULE: {
            (rule.code,): _rule_fields(rule, catalogue.examples.get(rule.code, ()))
            for rule in catalogue.rules
        },
    }


def _with_what_the_site_published(wanted: Wanted, catalogue: Catalogue) -> Wanted:
    """The release's entries with the site's own changes over them, the oldest first.

    Where the floor would lose by it, and where a release brings a code that the site had made up,
    the release's entry stands as it is.
    """
    shipped = shipped_safety()
    floor = Floor.of(catalogue.rules, shipped.combinations, shipped.red_flags)
    laid = {kind: dict(entries) for kind, entries in wanted.items()}
    for change in catalogue_versions.published_here():
        kind = EntryKind(change.kind)
        key, entries = key_of(kind, change.code), laid[kind]
        entry = entries.get(key)
        if entry is None and change.before is None:
            entries[key] = change.after
        elif entry is not None and change.before is not None:
            changed = dict(merged(entry, change.before, change.after))
            if not floor.objection(kind, change.code, wanted[kind].get(key, entry), changed):
                entries[key] = changed
    return laid


def _bring_up_to_date(
    kind: EntryKind, wanted: Mapping[Key, Fields]
) -> tuple[Change, list[EntryChange]]:
    """Write what's new or different among the shipped records of a kind; mark what is gone."""
    form = FORMS[kind]
    found = {_key(form, row): row for row in form.shipped.select_for_update()}
    before = {key: form.document(row) for key, row in found.items()}
    added = [
        form.record(**dict(zip(form.key, key, strict=True)), **fields)
        for key, fields in wanted.items()
        if key not in found
    ]
    changed = [found[key] for key in wanted if key in found and _set(found[key], wanted[key])]
    retired = [row for key, row in found.items() if key not in wanted and _set(row, form.gone)]
    form.shipped.bulk_create(added)
    form.shipped.bulk_update([*changed, *retired], fields=form.fields)
    changes = [
        EntryChange(kind, code_of(key), before.get(key), form.document(row))
        for row in (*added, *changed, *retired)
        for key in [_key(form, row)]
    ]
    return Change(len(added), len(changed), len(retired), len(wanted)), changes


def _key(form: Form, row: Model) -> Key:
    return tuple(getattr(row, name) for name in form.key)


def _set(row: Model, fields: Mapping[str, object]) -> bool:
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
        "note": entry.note,
        "evidence_grade": entry.evidence_grade,
        "evidence_source": entry.evidence_source,
        "source": entry.source,
        "retired": False,
    }


def _concept_fields(entry: ConceptEntry) -> Fields:
    return {
        "display": entry.concept.display,
        "group": entry.group,
        "value_type": entry.concept.value_type,
        "system": entry.concept.system,
        "system_code": entry.concept.system_code,
        "codes": dict(entry.codes),
        "source": entry.source,
        "retired": False,
    }


def _condition_fields(entry: ConditionEntry) -> Fields:
    return {
        "display": entry.display,
        "codes": dict(entry.codes),
        "source": entry.source,
        "retired": False,
    }


def _rule_fields(rule: SafetyRule, examples: Iterable[Mapping[str, str]]) -> Fields:
    return {
        "therapy": rule.therapy,
        "therapy_class": rule.therapy_class,
        "kind": rule.kind,
        "finding": rule.finding,
        "min_value": rule.min_value,
        "condition": None,
        "has_to_be_known": True,
        "severity": rule.severity,
        "reason": rule.reason,
        "source": rule.source,
        "verification": rule.verification,
        "floor": rule.floor,
        "active": True,
        "examples": [dict(each) for each in examples],
    }
