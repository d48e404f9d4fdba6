"""Codes and names no entry knows: counted as they come, mapped by somebody, known from then on."""

from collections import Counter
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from recommender import models
from recommender.clinical.names import NAME_OF, Missed
from recommender.exceptions import BadInput, UnknownName
from recommender.formats.near_matches import near
from recommender.formats.spelling import may_be_kept
from recommender.services import audit, names, prepared
from recommender.services.shipped_safety import shipped_safety

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
    prepared.rows(_COUNT, [timezone.localdate(), *map(list, zip(*rows, strict=True))])


def count_names(unknown: Iterable[tuple[str, str]], *, place: str) -> None:
    """Add names that came by kind and text; what could say who somebody is isn't kept."""
    found = Counter((kind, text) for kind, text in unknown if may_be_kept(text))
    count({(place, NAME_OF[kind], text): times for (kind, text), times in found.items()})


@transaction.atomic
def resolve(*, code: models.UnmappedCode, kind: str, entry: str, by: str) -> models.UnmappedCode:
    """Say what the code stands for; a wrong mapping is changed the same way."""
    check(kind=kind, entry=entry, named=code.named_kind)
    code.kind, code.entry, code.mapped_by = kind, entry, by
    code.save(update_fields=["kind", "entry", "mapped_by"])
    audit.record(action=MAPPED, target=f"{code} {kind}:{entry}", by=by)
    transaction.on_commit(names.forget)
    return code


def suggested(code: models.UnmappedCode) -> tuple[str, ...]:
    """Entries that a name comes close to, for whoever maps it; of a code of a terminology none."""
    if not code.named_kind:
        return ()
    return near(names.known_names(""), code.named_kind, code.code)


def check(*, kind: str, entry: str, named: str = "") -> None:
    """Refuse an entry that isn't there, or is of another kind than the name was given for."""
    if kind not in models.UnmappedCode.Kind.values:
        raise BadInput("Choose what kind of entry it is.", field="kind")
    if named and kind != named:
        raise BadInput(f"It was given as a {named}: choose that kind.", field="kind")
    if kind == THERAPY and entry in shipped_safety().outside:
        return
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
