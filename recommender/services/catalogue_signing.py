"""Signing a draft of the catalogue by two people, and publishing it: from then on it holds."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from recommender import models
from recommender.clinical.catalogue_changes import EntryKind
from recommender.exceptions import Refused
from recommender.services import (
    audit,
    catalogue_checks,
    catalogue_entries,
    catalogue_versions,
    names,
)
from recommender.services.catalogue_drafts import digest_of, locked_draft

SIGNED, PUBLISHED = "catalogue_draft.signed", "catalogue.published"
SIGNERS = 2


@transaction.atomic
def sign(*, draft: models.CatalogueVersion, digest: str, by: str) -> models.CatalogueSignature:
    """Stand for the draft as it was read, which `digest` says."""
    locked = locked_draft(draft)
    person = _person(by)
    if digest != digest_of(locked):
        raise Refused("The draft was changed since you read it. Read it again, then sign.")
    _refuse_problems(locked)
    if locked.signatures.filter(signer=person).exists():
        raise Refused("You have signed this already; somebody else has to.")
    signature = models.CatalogueSignature.objects.create(
        version=locked, signer=person, digest=digest
    )
    audit.record(action=SIGNED, target=str(locked), by=by, digest=digest)
    return signature


def missing_signature(draft: models.CatalogueVersion) -> str:
    """Whose signature is still missing, or nothing."""
    names = [each.signer.username for each in draft.signatures.select_related("signer")]
    if len(names) < SIGNERS:
        have = f"{names[0]} has signed. " if names else ""
        return f"{have}{SIGNERS - len(names)} more to sign: two different people have to."
    if not set(names) - set(draft.authors):
        return "All who signed wrote part of it. Somebody who wrote none of it has to sign, too."
    return ""


@transaction.atomic
def publish(*, draft: models.CatalogueVersion, by: str) -> models.CatalogueVersion:
    """Make the draft the catalogue that holds, in every process, from the next answer on."""
    catalogue_versions.wait_for_another_change()
    locked = locked_draft(draft)
    _refuse_problems(locked)
    if missing := missing_signature(locked):
        raise Refused(missing)

    for change in locked.changes.all():
        kind = EntryKind(change.kind)
        catalogue_entries.as_record(kind, change.code, change.after).save()
    locked.digest = digest_of(locked)
    locked.number = catalogue_versions.next_number()
    locked.status = models.CatalogueVersion.Status.PUBLISHED
    locked.ended_at, locked.ended_by = timezone.now(), by
    locked.save()
    audit.record(
        action=PUBLISHED,
        target=str(locked),
        version=str(locked.number),
        digest=locked.digest,
        by=by,
    )
    transaction.on_commit(names.forget)
    return locked


def _refuse_problems(draft: models.CatalogueVersion) -> None:
    if found := catalogue_checks.problems(draft):
        raise Refused(" ".join(found[:3]))


def _person(username: str) -> User:
    """A program has no password, and a signature is somebody's."""
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None or not person.has_usable_password():
        raise Refused("A person signs, not a program: log in, or use a token of your own.")
    return person
