"""What an answer says: scored, screened, ranked and explained, from the case alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray

from recommender.clinical.case import Case, TriedTherapy
from recommender.clinical.coding import Concept
from recommender.clinical.red_flags import RedFlag, RedFlagResult, evaluate, fired, is_urgent
from recommender.clinical.safety import RuleSet, Screening, screen
from recommender.clinical.snapshot import snapshot_of
from recommender.clinical.suggestion import (
    UNKNOWN_GROUP,
    AlreadyTried,
    GroupEstimate,
    Provenance,
    Reason,
    Status,
    Suggestion,
    SuggestionList,
    Withheld,
)
from recommender.clinical.suggestion_request import ConceptKey, SuggestionRequest
from recommender.ml.interactions import Floats
from recommender.ml.ranking import ABSTENTION_TEXTS, Place, Ranking
from recommender.ml.serving import Scored, ServingModel

REASONS_SHOWN = 2
ALL_KEPT_BACK = "Every therapy that this version knows is withheld or failed before."


@dataclass(frozen=True)
class Basis:
    """What answers rest on: a model version, where it comes from, safety rules and red flags."""

    provenance: Provenance
    model: ServingModel
    rules: RuleSet
    red_flags: tuple[RedFlag, ...] = ()

    @cached_property
    def concepts(self) -> Mapping[ConceptKey, Concept]:
        """The findings that the version knows."""
        return {(concept.kind, concept.code): concept for concept in self.model.concepts}

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each therapy stands in the version's arrays."""
        return {therapy.code: place for place, therapy in enumerate(self.model.therapies)}


@dataclass(frozen=True, slots=True)
class _Reading:
    """A case as a version reads it: its scores, what the rules say, and what failed before."""

    request: SuggestionRequest
    basis: Basis
    scored: Scored
    screening: Screening
    failed: Mapping[str, TriedTherapy]

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Which of the version's therapies may be ranked."""
        mask = np.zeros(len(self.basis.places), np.bool_)
        for therapy in self.screening.shown:
            if self.basis.model.repeat_failed or therapy.code not in self.failed:
                mask[self.basis.places[therapy.code]] = True
        return mask


def answer_to(
    request: SuggestionRequest, *, basis: Basis, list_id: UUID, created: datetime
) -> SuggestionList:
    """The whole answer; nothing is stored or read here."""
    case, model = request.case, basis.model
    reading = _Reading(
        request=request,
        basis=basis,
        scored=model.score(case),
        screening=screen(case, model.therapies, basis.rules.rules),
        failed={tried.therapy: tried for tried in case.tried if tried.failed},
    )
    allowed = reading.allowed
    ranking = model.order(reading.scored, allowed=allowed, limit=request.limit)
    reason = _why_nothing(ranking) if allowed.any() else ALL_KEPT_BACK
    red_flags = _raised(case, basis)
    return SuggestionList(
        id=list_id,
        status=_status(red_flags, reason),
        pathway=request.pathway,
        created=created,
        provenance=basis.provenance,
        safety_rules_version=basis.rules.version,
        reason=reason,
        red_flags=red_flags,
        suggestions=_suggestions(reading, ranking),
        withheld=tuple(
            Withheld(therapy, reading.screening.withheld[therapy.code])
            for therapy in model.therapies
            if therapy.code in reading.screening.withheld
        ),
        already_tried=_already_tried(reading),
        unrecognised=_unrecognised(reading),
    )


def _raised(case: Case, basis: Basis) -> tuple[RedFlagResult, ...]:
    """The red flags that are up."""
    if not basis.red_flags:
        return ()
    known = {therapy.code: therapy for therapy in basis.model.therapies}
    return fired(evaluate(basis.red_flags, snapshot_of(case, therapies=known)))


def _why_nothing(ranking: Ranking) -> str | None:
    return None if ranking.abstention is None else ABSTENTION_TEXTS[ranking.abstention]


def _status(red_flags: tuple[RedFlagResult, ...], reason: str | None) -> Status:
    if is_urgent(red_flags):
        return Status.URGENT
    return Status.INSUFFICIENT_EVIDENCE if reason else Status.SUGGESTED


def _suggestions(reading: _Reading, ranking: Ranking) -> tuple[Suggestion, ...]:
    if not ranking.places:
        return ()
    model = reading.basis.model
    baseline = _rounded(model.baseline(reading.scored)) if model.calibrated else None
    return tuple(
        _suggestion(reading, place, rank=rank, baseline=baseline)
        for rank, place in enumerate(ranking.places, start=1)
    )


def _suggestion(
    reading: _Reading, place: Place, *, rank: int, baseline: float | None
) -> Suggestion:
    model = reading.basis.model
    therapy = model.therapies[place.therapy]
    because, against = _reasons(reading, place.therapy)
    return Suggestion(
        id=uuid4(),
        rank=rank,
        therapy=therapy,
        group=_group(reading, place.therapy),
        baseline=baseline,
        tied_with=tuple(model.therapies[other].code for other in place.tied_with),
        because=because,
        against=against,
        cautions=reading.screening.cautions.get(therapy.code, ()),
        again=model.repeat_failed if therapy.code in reading.failed else None,
    )


def _group(reading: _Reading, therapy: int) -> GroupEstimate:
    """What can be counted; the shrunken numbers only from a version that may show them."""
    model = reading.basis.model
    group = model.group(reading.scored, therapy)
    if group is None:
        return UNKNOWN_GROUP
    if not model.calibrated:
        return GroupEstimate(cases=group.cases, responded=_rounded(group.responded))
    return GroupEstimate(
        probability=_rounded(group.probability),
        level=group.level,
        lower=_rounded(group.lower),
        upper=_rounded(group.upper),
        cases=group.cases,
        responded=_rounded(group.responded),
    )


def _reasons(reading: _Reading, therapy: int) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """What speaks for a therapy and what against it, the strongest first."""
    parts = reading.basis.model.contributions(reading.scored, therapy)
    shown = len(parts) if reading.request.explain_all else REASONS_SHOWN
    return _strongest(reading, parts, shown), _strongest(reading, -parts, shown, sign=-1)


def _strongest(reading: _Reading, parts: Floats, shown: int, sign: int = 1) -> tuple[Reason, ...]:
    findings = reading.scored.encoded.findings
    places = np.argsort(-parts, kind="stable")[:shown].tolist()
    return tuple(
        Reason(findings[place].kind.value, findings[place].code, round(sign * part, 6))
        for place in places
        if (part := float(parts[place])) > 0
    )


def _already_tried(reading: _Reading) -> tuple[AlreadyTried, ...]:
    """The version's therapies that failed before; those a rule withholds are listed there."""
    if reading.basis.model.repeat_failed:
        return ()
    return tuple(
        AlreadyTried(therapy, reading.failed[therapy.code])
        for therapy in reading.screening.shown
        if therapy.code in reading.failed
    )


def _unrecognised(reading: _Reading) -> tuple[tuple[str, str], ...]:
    findings = [(finding.kind.value, finding.code) for finding in reading.scored.unrecognised]
    therapies = [
        ("therapy", tried.therapy)
        for tried in reading.request.case.tried
        if tried.therapy not in reading.basis.places
    ]
    return (*findings, *dict.fromkeys(therapies))


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
