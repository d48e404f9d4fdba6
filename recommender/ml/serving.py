"""Serving: a trained version that scores, explains and orders one case with NumPy alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.clinical.case import Case, Finding
from recommender.clinical.coding import Concept, FindingKind, TherapyKind, ValueType
from recommender.clinical.therapy import Therapy
from recommender.exceptions import CorruptArtifact
from recommender.ml.artifacts import Artifact, unpack
from recommender.ml.features import CaseEncoder, EncodedCase
from recommender.ml.groups import Group, Groups
from recommender.ml.interactions import Floats
from recommender.ml.ranking import Evidence, Ranking, abstention, rank

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
    may be shown.
    """

    therapies: tuple[Therapy, ...]
    concepts: tuple[Concept, ...]
    personalised: bool
    calibrated: bool
    simulated: bool
    repeat_failed: str
    evidence: Evidence
    manifest: dict[str, Any]
    _encoder: CaseEncoder
    _intercept: Floats
    _weights: Floats
    _beyond_mean: Floats
    _groups: Groups
    _usual: Groups
    _mix: Floats

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
            evidence=Evidence(arrays["tried"], arrays["noise"]),  # type: ignore[arg-type]
            manifest=manifest,
            _encoder=CaseEncoder.from_json(manifest["encoder"]),
            _intercept=arrays["intercept"].astype(np.float64),
            _weights=weights,
            _beyond_mean=_beyond_mean(weights, personalised=manifest["personalised"]),
            _groups=_groups(artifact, "group"),
            _usual=_groups(artifact, "usual"),
            _mix=arrays["mix"].astype(np.float64),
        )

    def score(self, case: Case) -> Scored:
        """The logits of every therapy; the order is `order`'s alone to give."""
        encoded = self._encoder.encode(case)
        return Scored(encoded.values @ self._weights[encoded.columns] + self._intercept, encoded)

    def order(self, scored: Scored, *, allowed: NDArray[np.bool_], limit: int = 5) -> Ranking:
        """The first places among the allowed therapies, or why there are none."""
        places = rank(scored.logits, self.evidence, allowed=allowed, limit=limit)
        reason = abstention(scored.encoded, places)
        return Ranking((), reason) if reason else Ranking(places)

    def contributions(self, scored: Scored, therapy: int) -> Floats:
        """The part of each of the case's findings in this therapy's logit less the mean one's.

        In the order of `scored.encoded.findings`; together they are the whole difference.
        """
        encoded = scored.encoded
        parts = encoded.values * self._beyond_mean[encoded.columns, therapy]
        sums: Floats = np.bincount(encoded.source, parts, len(encoded.findings)).astype(np.float64)
        return sums

    def group(self, scored: Scored, therapy: int) -> Group | None:
        """What is known of similar cases who had this therapy; None when they are too few."""
        number = self._groups.of(therapy, float(scored.logits[therapy]))
        return None if number is None else self._groups.group(number)

    def baseline(self, scored: Scored) -> float | None:
        """The share that responded under usual care among cases with a similar outlook."""
        number = self._usual.of(0, float(scored.logits @ self._mix))
        return None if number is None else self._usual.group(number).probability


def _beyond_mean(weights: Floats, *, personalised: bool) -> Floats:
    if not personalised:
        return np.zeros_like(weights)
    beyond: Floats = weights - weights.mean(axis=1, keepdims=True)
    return beyond


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
