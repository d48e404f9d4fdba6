"""Suggestions: which therapies to put forward for review, stored before they leave."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from recommender import models
from recommender.clinical.case import Case
from recommender.clinical.names import THERAPY, Key, Names
from recommender.clinical.recorded_allergies import CODE as ALLERGY
from recommender.clinical.red_flags import fired
from recommender.clinical.renaming import ReadAs, in_our_codes
from recommender.clinical.suggestion import Provenance, SuggestionList
from recommender.clinical.suggestion_request import (
    SuggestionRequest,
    banded,
    refuse_unknown_words,
    refuse_unusable,
)
from recommender.exceptions import Refused, UnknownName
from recommender.formats.near_matches import near
from recommender.ml.serving import ServingModel
from recommender.services import (
    audit,
    catalogue_versions,
    registry,
    safety,
    side_effects,
    unmapped_codes,
    wording,
)
from recommender.services.names import bedside_names
from recommender.services.safety import StampedRules
from recommender.services.shipped_safety import shipped_safety
from recommender.services.suggestion_answers import Basis, answer_to
from recommender.services.suggestion_store import (
    NO_ORIGIN,
    Given,
    Origin,
    digest_of,
    seal_batch,
    store,
    store_batch,
)

RED_FLAG_ONLY = "red-flag-only"
RETIRED = "It is retired from the catalogue."
ONLY_BY_RED_FLAG = "A red flag calls for it; it never has a place in a ranking."
RULES_CHANGED = "The safety rules are being changed. Ask again in a moment."
_ATTEMPTS = 3
TRIED = "model_version.tried"
REQUEST = "request"

Deliver = Callable[[str, Given], None]


def suggest(
    *,
    request: SuggestionRequest,
    by: str,
    origin: Origin = NO_ORIGIN,
    beside_red_flags: Callable[[Given], object] | None = None,
) -> Given:
    """Answer from the pathway's live version; what comes back is stored and audited already.

    Where red flags are up, what `beside_red_flags` keeps is stored with the list or not at all.
    """
    version, model = registry.live_model(request.pathway)
    names = bedside_names(request.pathway)
    rules = safety.remembered_rules(request.pathway)
    for _ in range(_ATTEMPTS):
        given, used = _given(request, _basis(version, model, rules), names, by)
        beside = beside_red_flags if fired(given.answer.red_flags) else None
        with transaction.atomic() if beside else nullcontext():
            stored = store(
                given,
                request=used,
                pathway_id=version.pathway_id,
                rules_stamp=rules.stamp,
                by=by,
                origin=origin,
            )
            if stored and beside:
                beside(given)
        if stored:
            unmapped_codes.count_names(_nobody_knows(given, names), place=REQUEST)
            return given
        rules = safety.stamped_rules(request.pathway)
    raise Refused(RULES_CHANGED)


@transaction.atomic
def suggest_batch(
    *,
    version: models.ModelVersion,
    cases: Iterable[tuple[str, Case]],
    limit: int,
    deliver: Deliver,
    by: str,
) -> UUID:
    """Answer many cases by one version, all stored or none; answers the batch's id.

    `deliver` gets each case's id, which is never stored, with its list. What it was handed may be
    passed on only when this returns: until then nothing is stored.
    """
    slug = version.pathway.slug
    rules = safety.stamped_rules(slug)
    basis = _basis(version, registry.load_model(version), rules)
    names = bedside_names(slug)  # read before the lists are: nothing else may be asked meanwhile
    batch, seal = uuid4(), hashlib.sha256()
    unknown: list[Key] = []

    def lists() -> Iterator[tuple[SuggestionRequest, Given]]:
        for case_id, case in cases:
            given, used = _given(SuggestionRequest(slug, case, limit), basis, names, by)
            seal.update(digest_of(used).encode())
            deliver(case_id, given)
            unknown.extend(_nobody_knows(given, names))
            yield used, given

    store_batch(batch, lists(), pathway_id=version.pathway_id, by=by)
    if safety.rules_stamp() != rules.stamp:
        raise Refused(RULES_CHANGED)
    unmapped_codes.count_names(unknown, place=REQUEST)
    seal_batch(batch, version=version.pk, digest=seal.hexdigest(), by=by)
    return batch


def try_out(*, version: models.ModelVersion, request: SuggestionRequest, by: str) -> Given:
    """What any version, live or not, would answer; stored is only that it was tried."""
    rules = safety.stamped_rules(version.pathway.slug)
    basis = _basis(version, registry.load_model(version), rules)
    given, _ = _given(request, basis, bedside_names(version.pathway.slug), by)
    audit.record(action=TRIED, target=str(version), version=str(version.pk), by=by)
    return given


def try_all(
    *, version: models.ModelVersion, cases: Iterable[Case], by: str
) -> Iterator[SuggestionList]:
    """The first suggestion of any version to each case; stored is only that it was tried."""
    slug = version.pathway.slug
    basis = _basis(version, registry.load_model(version), safety.stamped_rules(slug))
    audit.record(action=TRIED, target=str(version), version=str(version.pk), by=by)
    for case in cases:
        request = banded(SuggestionRequest(slug, case, limit=1))
        yield answer_to(request, basis=basis, list_id=uuid4(), created=timezone.now(), by=by)


def given_before(*, list_id: UUID) -> models.SuggestionList:
    """A list as it was given, with its reviews at hand."""
    found = models.SuggestionList.objects.prefetch_related("reviews").filter(pk=list_id).first()
    if found is None:
        raise UnknownName("There is no suggestion list of this id.", field="id")
    return found


def _given(
    request: SuggestionRequest, basis: Basis, names: Names, by: str
) -> tuple[Given, SuggestionRequest]:
    """The answer, and the request as it was used; nothing is read from the database here."""
    request, read_as = _in_our_codes(request, basis, names)
    refuse_unusable(
        request, concepts=basis.concepts, therapies=basis.places, near=partial(near, names)
    )
    if request.case.said or request.acknowledged:
        flags = {flag.code for flag in basis.rules.red_flags}
        refuse_unknown_words(request, questions=basis.rules.questions, flags=flags)
    used = banded(request)
    if used.preferences:
        used = replace(used, preferences=used.preferences.of_known(basis.offered))
    answer = answer_to(
        used, basis=basis, list_id=uuid4(), created=timezone.now(), by=by, names=names
    )
    return Given.of(replace(answer, read_as=read_as) if read_as else answer), used


def _in_our_codes(
    request: SuggestionRequest, basis: Basis, names: Names
) -> tuple[SuggestionRequest, tuple[ReadAs, ...]]:
    """The request by our codes, whatever it calls findings and therapies."""
    case, read_as = in_our_codes(
        request.case, names, findings=basis.concepts, therapies=basis.places
    )
    wishes = request.preferences
    if wishes.not_offered:
        offered = (names.find(THERAPY, each) or each for each in wishes.not_offered)
        wishes = replace(wishes, not_offered=frozenset(offered))
    if wishes.avoid_effects:
        wishes = replace(wishes, avoid_effects=side_effects.listed_under(wishes.avoid_effects))
    return replace(request, case=case, preferences=wishes), read_as


def _nobody_knows(given: Given, names: Names) -> list[Key]:
    """What somebody should map; a version may merely not know an entry."""
    found = [
        (THERAPY if each.kind == ALLERGY else each.kind, each.code)
        for each in given.answer.unrecognised
    ]
    return [each for each in found if each not in names.exact]


# A basis derives look-up tables from a version, which must not be made anew for each request.
_bases: dict[tuple[UUID, UUID], Basis] = {}
_BASES_KEPT = 32


def _basis(version: models.ModelVersion, model: ServingModel, rules: StampedRules) -> Basis:
    key = (version.pk, rules.stamp)
    known = _bases.get(key)
    if known is None:
        if len(_bases) >= _BASES_KEPT:
            _bases.clear()
        known = _bases[key] = _read_basis(version, model, rules)
    return known


def _read_basis(version: models.ModelVersion, model: ServingModel, rules: StampedRules) -> Basis:
    known = wording.therapies_of(pathway_id=version.pathway_id)
    return Basis(
        provenance=_provenance(version),
        model=model,
        rules=rules.rules,
        catalogue={
            **shipped_safety().outside,
            **{code: record.to_value() for code, record in known.items()},
        },
        never_ranked={code: why for code, each in known.items() if (why := _why_never(each))},
        catalogue_version=catalogue_versions.live_number(),
    )


def _why_never(therapy: models.TherapyRecord) -> str | None:
    """Why a therapy that a version knows has no place in its lists."""
    if therapy.retired:
        return RETIRED
    return ONLY_BY_RED_FLAG if RED_FLAG_ONLY in therapy.to_value().classes else None


def _provenance(version: models.ModelVersion) -> Provenance:
    datasets = version.training_run.datasets.order_by("name", "version")
    return Provenance(
        version_id=version.pk,
        number=version.number,
        trained_on=tuple((dataset.name, str(dataset.version)) for dataset in datasets),
        personalised=version.personalised,
        calibrated=version.calibrated,
        simulated=version.simulated,
    )
