"""Serving: a trained version that scores, explains and orders one case with NumPy alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.clinical.case import Case, Finding
from recommender.clinical.coding import Concept, FindingKind, TherapyKind, ValueType
from recommender.clinical.evidence import TherapyEvidence
from recommender.clinical.therapy import Therapy
from recommender.exceptions import CorruptArtifact
from recommender.ml.artifacts import Artifact, unpack
from recommender.ml.features import CaseEncoder, EncodedCase
from recommender.ml.groups import Group, Groups
from recommender.ml.interactions import Floats
from recommender.ml.likeness import Likeness
from recommender.ml.ranking import (
    Abstention,
    Evidence,
    Place,
    Ranking,
    abstention,
    has_advantage,
    rank,
)

SIGN_WITHIN = 1.0
"""Standard deviations; what lies nearer to nothing may as well speak for the other side."""

GROUP_ARRAYS = ("start", "upto", "cases", "responders", "probability", "lower", "upper")


@dataclass(frozen=True, slots=True)
class Scored:
    """A case's logit for each therapy of the version, and how its findings were read."""

    logits: Floats
    encoded: EncodedCase

    @property
    def unrecognised(self) -> tuple[Finding, ...]:
        """The findings that played no part, because the version doesn't know them."""
        return self.encoded.unrecognised


@dataclass(frozen=True)
class ServingModel:
    """A version as it is served.

    `personalised` is false when everyone gets the same order, `calibrated` when no probability
    may be shown. `studies` is what published studies say, by therapy; it takes no part here.
    """

    therapies: tuple[Therapy, ...]
    concepts: tuple[Concept, ...]
    personalised: bool
    calibrated: bool
    simulated: bool
    repeat_failed: str
    evidence: Evidence
    studies: Mapping[str, TherapyEvidence]
    manifest: dict[str, Any]
    _encoder: CaseEncoder
    _intercept: Floats
    _weights: Floats
    _beyond_mean: Floats
    _groups: Groups
    _usual: Groups
    _mix: Floats
    _unsure: Floats
    _likeness: Likeness

    @classmethod
    def load(cls, payload: bytes, *, sha256: str) -> "ServingModel":
        """The version of an artifact, if its bytes are those that were registered."""
        artifact = unpack(payload, sha256=sha256)
        try:
            return cls._of(artifact)
        except (KeyError, TypeError, ValueError) as problem:
            raise CorruptArtifact("The artifact lacks a part: train again.") from problem

    @classmethod
    def _of(cls, artifact: Artifact) -> "ServingModel":
        manifest, arrays = dict[str, Any](artifact.manifest), artifact.arrays
        weights = arrays["weights"].astype(np.float64)
        return cls(
            therapies=tuple(_therapy(given) for given in manifest["therapies"]),
            concepts=tuple(_concept(given) for given in manifest["concepts"]),
            personalised=manifest["personalised"],
            calibrated=manifest["calibrated"],
            simulated=manifest["simulated"],
            repeat_failed=manifest["recipe"]["repeat_failed"],
            evidence=Evidence(
                arrays["tried"].astype(np.float64),
                arrays["shared_noise"].astype(np.float64),
                arrays["own_noise"].astype(np.float64),
            ),
            studies=_studies(manifest),
            manifest=manifest,
            _encoder=CaseEncoder.from_json(manifest["encoder"]),
            _intercept=arrays["intercept"].astype(np.float64),
            _weights=weights,
            _beyond_mean=_beyond_mean(weights, personalised=manifest["personalised"]),
            _groups=_groups(artifact, "group"),
            _usual=_groups(artifact, "usual"),
            _mix=arrays["mix"].astype(np.float64),
            _unsure=arrays["unsure"].astype(np.float64),
            _likeness=Likeness(
                arrays["column_centre"].astype(np.float64),
                arrays["column_spread"].astype(np.float64),
                float(manifest["farthest"]),
            ),
        )

    def score(self, case: Case) -> Scored:
        """The logits of every therapy; the order is `order`'s alone to give."""
        encoded = self._encoder.encode(case)
        return Scored(encoded.values @ self._weights[encoded.columns] + self._intercept, encoded)

    def order(self, scored: Scored, *, allowed: NDArray[np.bool_], limit: int = 5) -> Ranking:
        """The first places among the allowed therapies, or why there are none."""
        places = rank(scored.logits, self.evidence, allowed=allowed, limit=limit)
        reason = abstention(scored.encoded, places) or self._doubt(scored, places, allowed)
        return Ranking((), reason) if reason else Ranking(places)

    def _doubt(
        self, scored: Scored, places: tuple[Place, ...], allowed: NDArray[np.bool_]
    ) -> Abstention | None:
        """Why a place isn't to be believed for this case; everyone's order needs no such case."""
        if not self.personalised:
            return None
        if self._likeness.is_unlike(scored.encoded):
            return Abstention.UNLIKE
        better = has_advantage(
            scored.logits, self.evidence, places[0].therapy, allowed=allowed, mix=self._mix
        )
        return None if better else Abstention.NO_ADVANTAGE

    def most_helpful(self, scored: Scored, *, allowed: NDArray[np.bool_]) -> Concept | None:
        """The finding that, if it were recorded, would move the allowed therapies apart most.

        By the variance that knowing it adds to their logits, on average over cases.
        """
        if not self.personalised or not allowed.any():
            return None
        weights = self._beyond_mean[:, allowed]
        column = self._likeness.spread**2 * weights.var(axis=1)
        recorded = {(one.kind, one.code) for one in scored.encoded.findings}
        gains: dict[tuple[str, str], float] = {}
        for place, concept in self._encoder.concept_of_columns.items():
            if concept not in recorded:
                gains[concept] = gains.get(concept, 0.0) + float(column[place])
        if not gains:
            return None
        best = max(gains, key=lambda one: (gains[one], one))
        named = {(one.kind, one.code): one for one in self.concepts}
        return named.get((FindingKind(best[0]), best[1])) if gains[best] > 0 else None

    def contributions(self, scored: Scored, therapies: Sequence[int]) -> Floats:
        """The part of each of the case's findings in a therapy's logit less the mean one's.

        A row a therapy, in the order of `scored.encoded.findings`, then what two of them do
        together, in the order of `scored.encoded.together`; a row's sum is the whole difference.
        Without a finding, its own part goes and those of the pairs that it is in.
        """
        return _by_source(scored.encoded, scored.encoded.values, self._beyond_mean, therapies)

    def sure_contributions(self, scored: Scored, therapies: Sequence[int]) -> Floats:
        """The same, but nothing where the data don't bear out the sign.

        They do of what is farther from nothing than the trainings without a fold differ, on the
        whole.
        """
        encoded = scored.encoded
        parts = self.contributions(scored, therapies)
        unsure = _by_source(encoded, np.abs(encoded.values), self._unsure, therapies)
        return np.where(np.abs(parts) > SIGN_WITHIN * unsure, parts, 0.0)

    def group(self, scored: Scored, therapy: int) -> Group | None:
        """What is known of similar cases who had this therapy; None when they are too few."""
        number = self._groups.of(therapy, float(scored.logits[therapy]))
        return None if number is None else self._groups.group(number)

    def baseline(self, scored: Scored) -> float | None:
        """The share that responded under usual care among cases with a similar outlook."""
        number = self._usual.of(0, float(scored.logits @ self._mix))
        return None if number is None else self._usual.group(number).probability


def _by_source(
    encoded: EncodedCase, values: Floats, weights: Floats, therapies: Sequence[int]
) -> Floats:
    """What each source adds to each therapy: a sum of its values by their weights."""
    size = len(therapies), encoded.sources
    parts = values * weights[encoded.columns[None, :], np.asarray(therapies, np.intp)[:, None]]
    places = np.array(encoded.source, np.intp) + np.arange(size[0])[:, None] * size[1]
    sums = np.bincount(places.ravel(), parts.ravel(), size[0] * size[1])
    return sums.astype(np.float64).reshape(size)


def _beyond_mean(weights: Floats, *, personalised: bool) -> Floats:
    if not personalised:
        return np.zeros_like(weights)
    beyond: Floats = weights - weights.mean(axis=1, keepdims=True)
    return beyond


def _studies(manifest: Mapping[str, Any]) -> dict[str, TherapyEvidence]:
    """What published studies say, by therapy; nothing in versions from before there was any."""
    found = manifest.get("studies")
    if not found:
        return {}
    return {each["code"]: TherapyEvidence.from_given(each) for each in found["therapies"]}


def _therapy(given: dict[str, Any]) -> Therapy:
    return Therapy(
        given["code"],
        given["name"],
        TherapyKind(given["kind"]),
        given["therapy_class"],
        tuple(given["attributes"]),
    )


def _concept(given: dict[str, Any]) -> Concept:
    return Concept(
        FindingKind(given["kind"]), given["code"], given["display"], ValueType(given["value_type"])
    )


def _groups(artifact: Artifact, prefix: str) -> Groups:
    return Groups(*(artifact.arrays[f"{prefix}_{name}"] for name in GROUP_ARRAYS))  # type: ignore[arg-type]
