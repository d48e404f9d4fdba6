"""Where suggestion lists are kept: stored with their audit event before they leave."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from recommender.clinical.case import Assessment, Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind
from recommender.clinical.record_gaps import NO_GAPS, Gaps
from recommender.clinical.suggestion import SuggestionList
from recommender.clinical.suggestion_request import Preferences, SuggestionRequest
from recommender.services import audit, prepared

BATCH_GIVEN = "suggestion_batch.given"

_RECORD = "SELECT suggestion_record(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_COPY = """
COPY recommender_suggestionlist (
    id, pathway_id, model_version_id, safety_rules_version, status, "case", answer, requested_by,
    created, batch
) FROM STDIN
"""


@dataclass(frozen=True, slots=True)
class Given:
    """A list as it was answered: the value, and the bytes that are stored and sent."""

    answer: SuggestionList
    body: bytes

    @classmethod
    def of(cls, answer: SuggestionList) -> "Given":
        """The list with its bytes."""
        return cls(answer, orjson.dumps(answer.as_given()))


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose list it is where an EHR asked: a patient's pseudonym, and what the record left open."""

    subject: str = ""
    gaps: Gaps = NO_GAPS


NO_ORIGIN = Origin()


def store(
    given: Given,
    *,
    request: SuggestionRequest,
    pathway_id: int,
    rules_stamp: UUID,
    by: str,
    origin: Origin = NO_ORIGIN,
) -> bool:
    """Store a list and its audit event in one round trip; False when a safety rule changed since.

    Outside a transaction the commit is part of it, so a True means that the list is durable.
    """
    answer = given.answer
    case = _case_of(request)
    row = (
        answer.id,
        pathway_id,
        answer.provenance.version_id,
        answer.safety_rules_version,
        answer.status.value,
        _used(request, case).decode(),
        given.body.decode(),
        by,
        answer.created,
        _digest(request, case),
        rules_stamp,
        origin.subject,
        orjson.dumps(gaps).decode() if (gaps := origin.gaps.as_stored()) else None,
    )
    # The list's id is the key, so a second try can't store it twice.
    ((number,),) = prepared.rows(_RECORD, row)
    return number is not None


def store_batch(
    batch: UUID,
    lists: Iterable[tuple[SuggestionRequest, Given]],
    *,
    pathway_id: int,
    by: str,
) -> int:
    """Copy the lists of a batch in, in the caller's transaction; answers how many."""
    count = 0
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for request, given in lists:
            answer = given.answer
            copy.write_row(
                (
                    answer.id,
                    pathway_id,
                    answer.provenance.version_id,
                    answer.safety_rules_version,
                    answer.status.value,
                    used_of(request).decode(),
                    given.body.decode(),
                    by,
                    answer.created,
                    batch,
                )
            )
            count += 1
    return count


def seal_batch(batch: UUID, *, version: UUID, digest: str, by: str) -> None:
    """The one audit event of a batch; its lists carry the batch's id."""
    audit.record(action=BATCH_GIVEN, target=str(batch), version=str(version), digest=digest, by=by)


def used_of(request: SuggestionRequest) -> bytes:
    """The case as it was used."""
    return _used(request, _case_of(request))


def _used(request: SuggestionRequest, case: dict[str, Any]) -> bytes:
    if request.preferences:
        return orjson.dumps({**case, "preferences": _preferences_of(request.preferences)})
    return orjson.dumps(case)


def case_from(document: Mapping[str, Any]) -> Case:
    """The case as it was stored with a list; the way back from `used_of`."""
    return Case(
        findings=tuple(
            Finding(FindingKind(each["kind"]), each["code"], each["value"])
            for each in document["findings"]
        ),
        tried=tuple(TriedTherapy(**each) for each in document["responses"]),
        assessments=tuple(
            Assessment(each["instrument"], place, each["answers"], each["total"])
            for place, each in enumerate(document.get("instruments", ()), start=1)
        ),
        said=document.get("clinician_says", {}),
        all_tried_known=document.get("all_therapies_known", False),
        allergies=None if (known := document.get("allergies")) is None else tuple(known),
    )


def digest_of(request: SuggestionRequest) -> str:
    """SHA-256 of the request in one spelling: equal questions have equal digests."""
    return _digest(request, _case_of(request))


def _digest(request: SuggestionRequest, case: dict[str, Any]) -> str:
    findings = sorted(case["findings"], key=lambda finding: (finding["kind"], finding["code"]))
    canonical: dict[str, Any] = {
        "pathway": request.pathway,
        "limit": request.limit,
        "explain": "all" if request.explain_all else "",
        "case": {**case, "findings": findings},
    }
    if request.preferences:
        canonical["preferences"] = _preferences_of(request.preferences)
    if request.acknowledged:
        canonical["acknowledged"] = sorted(request.acknowledged)
    return hashlib.sha256(orjson.dumps(canonical, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _preferences_of(wishes: Preferences) -> dict[str, list[str]]:
    effects = {"avoid_effects": sorted(wishes.avoid_effects)} if wishes.avoid_effects else {}
    return {
        **effects,
        "avoid_kinds": sorted(wishes.avoid_kinds),
        "avoid_classes": sorted(wishes.avoid_classes),
        "not_offered": sorted(wishes.not_offered),
    }


def _case_of(request: SuggestionRequest) -> dict[str, Any]:
    case = request.case
    document: dict[str, Any] = {
        "findings": [
            {"kind": finding.kind.value, "code": finding.code, "value": finding.value}
            for finding in case.findings
        ],
        "responses": [_tried(tried) for tried in case.tried],
    }
    if case.assessments:
        document["instruments"] = [
            {"instrument": each.instrument, "answers": dict(each.answers), "total": each.total}
            for each in case.assessments
        ]
    if case.said:
        document["clinician_says"] = dict(case.said)
    if case.allergies is not None:
        document["allergies"] = sorted(set(case.allergies))
    if case.all_tried_known:
        document["all_therapies_known"] = True
    return document


def _tried(tried: TriedTherapy) -> dict[str, Any]:
    document: dict[str, Any] = {
        "therapy": tried.therapy,
        "response": tried.response,
        "stopped": tried.stopped,
    }
    if tried.in_use is not None:
        document["in_use"] = tried.in_use
    if tried.days_since_stop is not None:
        document["days_since_stop"] = tried.days_since_stop
    return document
