"""What an answer says: scored, screened, ranked and explained, from the case alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray

from recommender.clinical.case import Finding, TriedTherapy
from recommender.clinical.coding import Concept
from recommender.clinical.names import NO_NAMES, THERAPY, Names
from recommender.clinical.recorded_allergies import CODE as ALLERGY
from recommender.clinical.red_flags import (
    EffectKind,
    RedFlagResult,
    evaluate,
    in_order,
    is_urgent,
    list_effect,
    stop_something,
    stops,
)
from recommender.clinical.rule_set import RuleSet
from recommender.clinical.safety import Screening
from recommender.clinical.snapshot import allergies_of, snapshot_of
from recommender.clinical.suggestion import (
    UNKNOWN_GROUP,
    Acknowledged,
    AlreadyTried,
    GroupEstimate,
    Provenance,
    Reason,
    SetAside,
    Status,
    Suggestion,
    SuggestionList,
    Unrecognised,
    Withheld,
)
from recommender.clinical.suggestion_request import ConceptKey, SuggestionRequest
from recommender.clinical.therapy import Therapy
from recommender.formats.near_matches import near
from recommender.ml.features import EncodedCase
from recommender.ml.ranking import ABSTENTION_TEXTS, Place, Ranking
from recommender.ml.serving import Scored, ServingModel

_Reasons = tuple[tuple[Reason, ...], tuple[Reason, ...]]

REASONS_SHOWN = 2
STOPPED = "Suggestions are stopped at this site: "
BLOCKED = "A red flag stops this list: act on it first. Nothing is suggested while it is up."
HELD = (
    "A red flag holds this list: act on it, then acknowledge it on the review page, or ask again "
    "with its code under `acknowledged`."
)
ALL_KEPT_BACK = "Every therapy that this version knows is withheld, failed before or is set aside."


@dataclass(frozen=True)
class Basis:
    """What answers rest on: a model version, where it comes from, and the safety layer.

    `catalogue` is what every therapy is called and belongs to now, those of the version and those
    that a case may be on; the version learned from what `never_ranked` names too, and that says why
    it isn't suggested.
    """

    provenance: Provenance
    model: ServingModel
    rules: RuleSet
    catalogue: Mapping[str, Therapy] = field(default_factory=dict)
    never_ranked: Mapping[str, str] = field(default_factory=dict)
    catalogue_version: int | None = None

    @cached_property
    def therapies(self) -> Mapping[str, Therapy]:
        """Every therapy that anything is known of, by its code."""
        return {**self.catalogue, **{each.code: each for each in self.offered}}

    @cached_property
    def offered(self) -> tuple[Therapy, ...]:
        """The version's therapies in its order, as the catalogue describes them now."""
        return tuple(self.catalogue.get(each.code, each) for each in self.model.therapies)

    @cached_property
    def concepts(self) -> Mapping[ConceptKey, Concept]:
        """The findings that the version knows."""
        return {(concept.kind, concept.code): concept for concept in self.model.concepts}

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each therapy stands in the version's arrays."""
        return {therapy.code: place for place, therapy in enumerate(self.model.therapies)}


@dataclass(frozen=True)
class _Reading:
    """A case as a version reads it: its scores, what rules and flags say, what failed before."""

    request: SuggestionRequest
    basis: Basis
    scored: Scored
    screening: Screening
    failed: Mapping[str, TriedTherapy]
    flags: tuple[RedFlagResult, ...]
    stopped: Mapping[str, tuple[RedFlagResult, ...]]

    @cached_property
    def set_aside(self) -> Mapping[str, str]:
        """Why the catalogue or preferences leave out therapies that safety would show."""
        if not self.request.preferences and not self.basis.never_ranked:
            return {}
        return {
            therapy.code: reason
            for therapy in self.screening.shown
            if therapy.code not in self.stopped and (reason := self._reason_against(therapy))
        }

    @cached_property
    def kept_off(self) -> tuple[Therapy, ...]:
        """The version's therapies that rules or red flags keep off the list."""
        places = self.basis.places
        codes = self.screening.withheld.keys() | self.stopped.keys()
        return tuple(self.basis.offered[place] for place in sorted(places[code] for code in codes))

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """Which of the version's therapies may be ranked."""
        places = self.basis.places
        mask = np.ones(len(places), np.bool_)
        mask[[places[therapy.code] for therapy in self.kept_off]] = False
        mask[[places[code] for code in self.set_aside]] = False
        if not self.basis.model.repeat_failed:
            mask[[places[code] for code in self.failed if code in places]] = False
        return mask

    def _reason_against(self, therapy: Therapy) -> str | None:
        if why := self.basis.never_ranked.get(therapy.code):
            return why
        wishes = self.request.preferences
        return wishes.reason_against(therapy) if wishes else None


def answer_to(
    request: SuggestionRequest,
    *,
    basis: Basis,
    list_id: UUID,
    created: datetime,
    by: str,
    names: Names = NO_NAMES,
) -> SuggestionList:
    """The whole answer; nothing is stored or read here."""
    reading = _read(request, basis)
    ranking = _order(reading)
    while (more := _with_proposed(reading, ranking)) is not reading:
        reading, ranking = more, _order(more)
    effect = list_effect(reading.flags, acknowledged=request.acknowledged)
    is_empty = effect is EffectKind.BLOCK_LIST or basis.rules.halt is not None
    reason = _why_nothing(reading, ranking, effect)
    return SuggestionList(
        id=list_id,
        status=_status(reading.flags, reason),
        pathway=request.pathway,
        created=created,
        provenance=basis.provenance,
        safety_rules_version=basis.rules.version,
        catalogue_version=basis.catalogue_version,
        reason=reason,
        would_help=_would_help(reading, ranking),
        red_flags=reading.flags,
        acknowledged=_acknowledged(reading, by=by, at=created),
        protocol=basis.rules.protocol,
        explained=request.explain_all,
        held=effect is EffectKind.HOLD_LIST and not is_empty,
        suggestions=() if is_empty else _suggestions(reading, ranking),
        withheld=_withheld(reading),
        screened=len(basis.model.therapies),
        already_tried=_already_tried(reading),
        set_aside=tuple(
            SetAside(basis.therapies[code], why) for code, why in reading.set_aside.items()
        ),
        unrecognised=_unrecognised(reading, names),
    )


def _read(request: SuggestionRequest, basis: Basis) -> _Reading:
    case, model, rules = request.case, basis.model, basis.rules
    snapshot = snapshot_of(case, therapies=basis.therapies)
    flags = rules.panel.evaluate(snapshot)
    return _Reading(
        request=request,
        basis=basis,
        scored=model.score(case),
        screening=rules.screen(case, basis.offered, snapshot=snapshot, further=rules.halted),
        failed={tried.therapy: tried for tried in case.tried if tried.failed},
        flags=flags,
        stopped=_stopped(flags, basis),
    )


def _order(reading: _Reading) -> Ranking:
    return reading.basis.model.order(
        reading.scored, allowed=reading.allowed, limit=reading.request.limit
    )


def _with_proposed(reading: _Reading, ranking: Ranking) -> _Reading:
    """The case as it reads with these put forward; the very same where no further flag is up."""
    basis = reading.basis
    proposed = tuple(basis.offered[place.therapy] for place in ranking.places)
    if not basis.rules.panel.look_at(proposed):
        return reading
    up = {result.flag.code for result in reading.flags if result.fires}
    waiting = [flag for flag in basis.rules.panel.of_proposals if flag.code not in up]
    asked = snapshot_of(reading.request.case, therapies=basis.therapies, proposed=proposed)
    raised = {each.flag.code: each for each in evaluate(waiting, asked) if each.fires}
    if not raised:
        return reading
    flags = in_order(raised.get(each.flag.code, each) for each in reading.flags)
    return replace(reading, flags=flags, stopped=_stopped(flags, basis))


def _stopped(
    flags: tuple[RedFlagResult, ...], basis: Basis
) -> dict[str, tuple[RedFlagResult, ...]]:
    """The therapies that red flags keep off the list, with the flags that do."""
    up = stop_something(flags)
    if not up:
        return {}
    return {each.code: found for each in basis.offered if (found := stops(up, each))}


def _withheld(reading: _Reading) -> tuple[Withheld, ...]:
    by_rule, by_flag = reading.screening.withheld, reading.stopped
    return tuple(
        Withheld(therapy, by_rule.get(therapy.code, ()), by_flag.get(therapy.code, ()))
        for therapy in reading.kept_off
    )


def _acknowledged(reading: _Reading, *, by: str, at: datetime) -> tuple[Acknowledged, ...]:
    """The flags that are up and were acknowledged with this question."""
    named = set(reading.request.acknowledged)
    return tuple(
        Acknowledged(result.flag.code, by, at)
        for result in reading.flags
        if result.fires and result.flag.code in named
    )


def _why_nothing(reading: _Reading, ranking: Ranking, effect: EffectKind | None) -> str | None:
    if effect is EffectKind.BLOCK_LIST:
        return BLOCKED
    if reading.basis.rules.halt is not None:
        return STOPPED + reading.basis.rules.halt.reason
    if effect is EffectKind.HOLD_LIST:
        return HELD
    if not ranking.places and not reading.allowed.any():
        return ALL_KEPT_BACK
    if ranking.abstention is None:
        return None
    helpful = _would_help(reading, ranking)
    told = ABSTENTION_TEXTS[ranking.abstention]
    return f"{told} It would help most to record: {helpful.display}." if helpful else told


def _would_help(reading: _Reading, ranking: Ranking) -> Concept | None:
    """The finding to record where the data leave the order open."""
    if ranking.abstention is None:
        return None
    return reading.basis.model.most_helpful(reading.scored, allowed=reading.allowed)


def _status(red_flags: tuple[RedFlagResult, ...], reason: str | None) -> Status:
    if is_urgent(red_flags):
        return Status.URGENT
    return Status.INSUFFICIENT_EVIDENCE if reason else Status.SUGGESTED


def _suggestions(reading: _Reading, ranking: Ranking) -> tuple[Suggestion, ...]:
    if not ranking.places:
        return ()
    model = reading.basis.model
    baseline = _rounded(model.baseline(reading.scored)) if model.calibrated else None
    reasons = _reasons(reading, [place.therapy for place in ranking.places])
    return tuple(
        _suggestion(reading, place, own, rank=rank, baseline=baseline)
        for rank, (place, own) in enumerate(zip(ranking.places, reasons, strict=True), start=1)
    )


def _suggestion(
    reading: _Reading, place: Place, reasons: _Reasons, *, rank: int, baseline: float | None
) -> Suggestion:
    model = reading.basis.model
    therapy = reading.basis.offered[place.therapy]
    because, against = reasons
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
        evidence=model.studies.get(therapy.code),
    )


def _group(reading: _Reading, therapy: int) -> GroupEstimate:
    """What can be counted; any share only from a version whose shares held on unseen cases."""
    model = reading.basis.model
    group = model.group(reading.scored, therapy)
    if group is None:
        return UNKNOWN_GROUP
    if not model.calibrated:
        return GroupEstimate(cases=group.cases)
    return GroupEstimate(
        probability=_rounded(group.probability),
        level=group.level,
        lower=_rounded(group.lower),
        upper=_rounded(group.upper),
        cases=group.cases,
        responded=_rounded(group.responded),
    )


def _reasons(reading: _Reading, therapies: list[int]) -> list[_Reasons]:
    """What speaks for each therapy and what against it, the strongest first."""
    scored, model = reading.scored, reading.basis.model
    if reading.request.explain_all:
        parts, shown = model.contributions(scored, therapies), scored.encoded.sources
    else:
        parts, shown = model.sure_contributions(scored, therapies), REASONS_SHOWN
    most, least = (np.argsort(each, axis=1, kind="stable")[:, :shown] for each in (-parts, parts))
    rows = zip(parts.tolist(), most.tolist(), least.tolist(), strict=True)
    return [
        (
            tuple(_reason(scored.encoded, one, own[one]) for one in first if own[one] > 0),
            tuple(_reason(scored.encoded, one, own[one]) for one in last if own[one] < 0),
        )
        for own, first, last in rows
    ]


def _reason(encoded: EncodedCase, source: int, contribution: float) -> Reason:
    """What one finding adds, or two of them together."""
    alone, rounded = len(encoded.findings), round(contribution, 6)
    if source < alone:
        return Reason(*_key_of(encoded.findings[source]), rounded)
    first, second = (encoded.findings[place] for place in encoded.together[source - alone])
    return Reason(*_key_of(first), rounded, together_with=_key_of(second))


def _key_of(finding: Finding) -> tuple[str, str]:
    return finding.kind.value, finding.code


def _already_tried(reading: _Reading) -> tuple[AlreadyTried, ...]:
    """The version's therapies that failed before; those a rule withholds are listed there."""
    if reading.basis.model.repeat_failed or not reading.failed:
        return ()
    return tuple(
        AlreadyTried(therapy, reading.failed[therapy.code])
        for therapy in reading.screening.shown
        if therapy.code in reading.failed and therapy.code not in reading.stopped
    )


def _unrecognised(reading: _Reading, names: Names) -> tuple[Unrecognised, ...]:
    """What the version doesn't know; of what nobody knows also the entries that are close."""
    findings = [(finding.kind.value, finding.code) for finding in reading.scored.unrecognised]
    therapies = [
        (THERAPY, tried.therapy)
        for tried in reading.request.case.tried
        if tried.therapy not in reading.basis.places
    ]
    allergies = allergies_of(reading.request.case, therapies=reading.basis.therapies) or ()
    unknown = [(ALLERGY, each.code) for each in allergies if not each.is_of_something]
    return tuple(
        Unrecognised(kind, code, _near(names, kind, code))
        for kind, code in (*findings, *dict.fromkeys(therapies), *unknown)
    )


def _near(names: Names, kind: str, code: str) -> tuple[str, ...]:
    of = THERAPY if kind == ALLERGY else kind
    return () if (of, code) in names.exact else near(names, of, code)


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
