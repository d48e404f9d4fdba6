"""A version of the catalogue to be read: the diff, worked cases, signatures, what is missing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from recommender import models
from recommender.clinical.catalogue_changes import EntryKind, FieldChange, differences
from recommender.services import (
    catalogue_checks,
    catalogue_drafts,
    catalogue_entries,
    catalogue_signing,
)
from recommender.services.catalogue_checks import ExampleRun, Prospect
from recommender.services.catalogue_entries import FORMS

FOUND = 30


@dataclass(frozen=True, slots=True)
class ReadChange:
    """One entry of a version: what was done to it, field by field."""

    change: models.CatalogueChange
    fields: tuple[FieldChange, ...]

    @property
    def done(self) -> str:
        """What was done, in a word or two."""
        if self.change.before is None:
            return "added"
        gone = FORMS[EntryKind(self.change.kind)].gone
        for each in self.fields:
            if each.field in gone:
                is_gone = each.after == gone[each.field]
                if each.field == "active":
                    return "switched off" if is_gone else "switched on"
                return "retired" if is_gone else "brought back"
        return "changed"


@dataclass(frozen=True, slots=True)
class ReadVersion:
    """A version as somebody reads it who has to decide on it."""

    version: models.CatalogueVersion
    changes: tuple[ReadChange, ...]
    signatures: tuple[models.CatalogueSignature, ...]
    examples: tuple[ExampleRun, ...]
    problems: tuple[str, ...]
    missing_signature: str
    digest: str


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry that a search came upon."""

    kind: EntryKind
    code: str
    words: str
    is_gone: bool


def read(version: models.CatalogueVersion) -> ReadVersion:
    """Everything of the version; of a draft also what is in its way."""
    changes = tuple(_read(change, is_draft=version.is_draft) for change in version.changes.all())
    signatures = tuple(version.signatures.select_related("signer"))
    if not version.is_draft:
        return ReadVersion(version, changes, signatures, (), (), "", version.digest)
    return ReadVersion(
        version,
        changes,
        signatures,
        examples=tuple(_examples(version)),
        problems=tuple(catalogue_checks.problems(version)),
        missing_signature=catalogue_signing.missing_signature(version),
        digest=catalogue_drafts.digest_of(version),
    )


def search(text: str) -> list[FoundEntry]:
    """Shipped entries by part of their code, their name or what they say."""
    return [
        *_found(EntryKind.THERAPY, text, "name"),
        *_found(EntryKind.FINDING, text, "display"),
        *_found(EntryKind.CONDITION, text, "display"),
        *_found(EntryKind.RULE, text, "reason", "therapy", "therapy_class", "finding"),
    ]


def _read(change: models.CatalogueChange, *, is_draft: bool) -> ReadChange:
    kind = EntryKind(change.kind)
    before = catalogue_entries.live(kind, change.code) if is_draft else change.before
    ordered = {name: change.after[name] for name in FORMS[kind].fields if name in change.after}
    return ReadChange(change, differences(before, ordered))


def _examples(draft: models.CatalogueVersion) -> Iterator[ExampleRun]:
    prospect = Prospect.of(draft)
    changed = [each.code for each in prospect.changes if each.kind == EntryKind.RULE]
    yield from prospect.examples(code for code in changed if code in prospect.active)


def _found(kind: EntryKind, text: str, name: str, *others: str) -> Iterable[FoundEntry]:
    form = FORMS[kind]
    asked = Q(code__icontains=text)
    for field in (name, *others):
        asked |= Q(**{f"{field}__icontains": text})
    (gone, when) = next(iter(form.gone.items()))
    for row in form.shipped.filter(asked)[:FOUND]:
        key: Any = tuple(getattr(row, part) for part in form.key)
        yield FoundEntry(
            kind,
            catalogue_entries.code_of(key),
            str(getattr(row, name)),
            is_gone=getattr(row, gone) == when,
        )
