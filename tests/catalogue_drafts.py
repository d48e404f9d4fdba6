"""People who draft and sign, and a rule with its two examples."""

from django.contrib.auth.models import User

from recommender.clinical.catalogue_changes import EntryKind
from recommender.services import access, catalogue_drafts, catalogue_signing
from recommender.services.access import Role

EXAMPLES = [
    {"therapy": "mirtazapine", "findings": "symptom:insomnia", "tried": "", "does": "withhold"},
    {"therapy": "mirtazapine", "findings": "symptom:insomnia=0", "tried": "", "does": ""},
]
RULE = {
    "therapy": "mirtazapine",
    "kind": "symptom",
    "finding": "insomnia",
    "severity": "withhold",
    "reason": "Made up for a test.",
    "source": "made up for a test, unverified",
    "examples": EXAMPLES,
}


def a_person(name: str) -> str:
    """Somebody with a password who manages the catalogue."""
    person = User.objects.create_user(name, password="a long enough password", is_staff=True)
    access.grant_roles(user=person, roles=frozenset({Role.DATASET_ADMIN}), by="test")
    return name


def a_draft_with_a_rule(*, by: str, code: str = "SITE-1", **fields):
    """A draft that adds a rule."""
    draft = catalogue_drafts.current() or catalogue_drafts.begin(reason="A new rule.", by=by)
    catalogue_drafts.change(
        draft=draft, kind=EntryKind.RULE, code=code, fields={**RULE, **fields}, by=by
    )
    return draft


def signed_and_published(draft, *signers: str):
    """Signed by these, published by the first."""
    for signer in signers:
        digest = catalogue_drafts.digest_of(draft)
        catalogue_signing.sign(draft=draft, digest=digest, by=signer)
    return catalogue_signing.publish(draft=draft, by=signers[0])
