"""Codes that no entry knows: counted as they come, mapped by somebody, known from then on."""

from collections.abc import Mapping

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from recommender import models
from recommender.exceptions import BadInput, UnknownName
from recommender.formats.fhir.gathered import Missed
from recommender.services import audit, fhir_codes

MAPPED = "code.mapped"
THERAPY = models.UnmappedCode.Kind.THERAPY

_COUNT = """
INSERT INTO recommender_unmappedcode AS known
    (resource, system, code, seen, last_seen, kind, entry, mapped_by)
SELECT resource, system, code, seen, %s, '', '', ''
FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS given(resource, system, code, seen)
ON CONFLICT (system, code)
DO UPDATE SET seen = known.seen + EXCLUDED.seen, last_seen = EXCLUDED.last_seen
"""


def count(missed: Mapping[Missed, int]) -> None:
    """Add what one reading missed; in one order, so that two calls never wait for each other."""
    once: dict[tuple[str, str], tuple[str, int]] = {}
    for (resource, system, code), times in missed.items():
        first, before = once.get((system, code), (resource, 0))
        once[system, code] = (first, before + times)
    if not once:
        return
    rows = [(resource, *key, times) for key, (resource, times) in sorted(once.items())]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [timezone.localdate(), *map(list, zip(*rows, strict=True))])


@transaction.atomic
def resolve(*, code: models.UnmappedCode, kind: str, entry: str, by: str) -> models.UnmappedCode:
    """Say what the code stands for; a wrong mapping is changed the same way."""
    check(kind=kind, entry=entry)
    code.kind, code.entry, code.mapped_by = kind, entry, by
    code.save(update_fields=["kind", "entry", "mapped_by"])
    audit.record(action=MAPPED, target=f"{code} {kind}:{entry}", by=by)
    transaction.on_commit(fhir_codes.forget)
    return code


def check(*, kind: str, entry: str) -> None:
    """Refuse an entry that isn't there."""
    if kind not in models.UnmappedCode.Kind.values:
        raise BadInput("Choose what kind of entry it is.", field="kind")
    known = Q(code=entry, retired=False)
    found = (
        models.TherapyRecord.objects.filter(known)
        if kind == THERAPY
        else models.ConceptRecord.objects.filter(known, kind=kind)
    )
    if not found.exists():
        raise UnknownName(f"There is no {kind} of this code.", field="entry")


def waiting() -> int:
    """How many codes nobody has mapped."""
    return models.UnmappedCode.objects.filter(entry="").count()
