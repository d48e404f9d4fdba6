"""Drafts of the catalogue: begun, changed entry by entry, or dropped; nothing of it holds yet."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from recommender import models
from recommender.clinical.catalogue_changes import EntryKind, merged
from recommender.exceptions import BadInput, Refused, UnknownName
from recommender.services import audit, catalogue_checks, catalogue_entries, catalogue_versions
from recommender.services.catalogue_entries import FORMS, Fields

BEGUN, CHANGED, DISCARDED = (
    "catalogue_draft.begun",
    "catalogue_draft.changed",
    "catalogue_draft.discarded",
)
NONE_OPEN = "There is no draft of the catalogue. Begin one first."

Status = models.CatalogueVersion.Status


def current() -> models.CatalogueVersion | None:
    """The draft that is being worked on; there is one at a time."""
    return models.CatalogueVersion.objects.filter(status=Status.DRAFT).first()


@transaction.atomic
def begin(*, reason: str, by: str) -> models.CatalogueVersion:
    """Begin a draft and say what for."""
    said = reason.strip()
    if not said:
        raise BadInput("Say what is to be changed, and why.", field="reason")
    if len(said) > 500:
        raise BadInput("Say it in 500 characters.", field="reason")
    catalogue_versions.wait_for_another_change()
    refuse_second_draft()
    draft = models.CatalogueVersion.objects.create(reason=said, authors=[by], created_by=by)
    audit.record(action=BEGUN, target=str(draft), by=by)
    return draft


def refuse_second_draft() -> None:
    """Two drafts could each be signed without the other in sight."""
    if (other := current()) is not None:
        raise Refused(
            f"{other.created_by} began a draft already: {other.reason} Work on that one, or "
            "discard it first."
        )


def drafted(*, draft: models.CatalogueVersion, kind: EntryKind, code: str) -> Fields:
    """An entry's fields as the draft has them, on top of what is live; of a new one, empty."""
    earlier = draft.changes.filter(kind=kind, code=code).first()
    return _as_drafted(kind, catalogue_entries.live(kind, code), earlier)


@transaction.atomic
def change(
    *,
    draft: models.CatalogueVersion,
    kind: EntryKind,
    code: str,
    fields: Mapping[str, Any],
    by: str,
) -> models.CatalogueChange | None:
    """Give an entry these fields in the draft, or add it; None where that leaves it as it is live.

    Whoever signed the draft has to sign it again.
    """
    unknown = sorted(fields.keys() - set(FORMS[kind].fields))
    if unknown:
        known = ", ".join(FORMS[kind].fields)
        raise BadInput(f"A {kind} has no such field. It has: {known}.", field=unknown[0])
    locked = locked_draft(draft)
    before = catalogue_entries.live(kind, code)
    earlier = locked.changes.filter(kind=kind, code=code).first()
    wanted = {**_as_drafted(kind, before, earlier), **fields}
    after = catalogue_checks.usable(kind, code, before, wanted, draft=locked)
    if after == before:
        if earlier is not None:
            earlier.delete()
        return None
    made, _ = locked.changes.update_or_create(
        kind=kind, code=code, defaults={"before": before, "after": after, "changed_by": by}
    )
    if by not in locked.authors:
        locked.authors = [*locked.authors, by]
        locked.save(update_fields=["authors"])
    audit.record(
        action=CHANGED, target=f"{locked} {made}", by=by, digest=_sha256([kind, code, after])
    )
    return made


@transaction.atomic
def take_out(*, draft: models.CatalogueVersion, kind: EntryKind, code: str, by: str) -> None:
    """Leave an entry as it is live after all."""
    locked = locked_draft(draft)
    change = locked.changes.filter(kind=kind, code=code).first()
    if change is None:
        raise UnknownName("The draft doesn't change this entry.", field="code")
    change.delete()
    audit.record(action=CHANGED, target=f"{locked} {change} taken out", by=by)


@transaction.atomic
def discard(*, draft: models.CatalogueVersion, by: str) -> models.CatalogueVersion:
    """Drop the draft; it stays readable."""
    locked = locked_draft(draft)
    locked.status, locked.ended_at, locked.ended_by = Status.DISCARDED, timezone.now(), by
    locked.save(update_fields=["status", "ended_at", "ended_by"])
    audit.record(action=DISCARDED, target=str(draft), by=by)
    return locked


def locked_draft(draft: models.CatalogueVersion) -> models.CatalogueVersion:
    """The draft, for this transaction alone; refused when it was published or dropped."""
    locked = models.CatalogueVersion.objects.select_for_update().get(pk=draft.pk)
    if not locked.is_draft:
        raise Refused(f"This was {locked.status} by {locked.ended_by}. Begin a new draft.")
    return locked


def digest_of(version: models.CatalogueVersion) -> str:
    """SHA-256 of what a version says: who signs, signs this."""
    rows = version.changes.order_by("kind", "code").values_list("kind", "code", "before", "after")
    return _sha256([version.reason, *(list(row) for row in rows)])


def _as_drafted(
    kind: EntryKind, before: Fields | None, earlier: models.CatalogueChange | None
) -> Fields:
    """What the entry's fields are before this change of the draft, on top of what is live now."""
    if earlier is None:
        return before if before is not None else _blank(kind)
    if before is None or earlier.before == before:
        return dict(earlier.after)
    return dict(merged(before, earlier.before or {}, earlier.after))


def _blank(kind: EntryKind) -> Fields:
    return FORMS[kind].document(FORMS[kind].record())


def _sha256(content: object) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
