"""Ranking: the order of therapies, their ties, and when no order may be given; once, for all."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from recommender.ml.features import SMALLEST_CELL, EncodedCase
from recommender.ml.interactions import Floats

TIED_WITHIN = 1.645
"""Two therapies are tied when their difference is inside its 90 % interval."""

MOST_UNKNOWN = 0.5
"""With a larger share of findings that the version doesn't know, it has no basis for an order."""


class Abstention(StrEnum):
    """Why there is no order for this case."""

    NO_KNOWN_FINDING = "no-known-finding"
    UNKNOWN_FINDINGS = "unknown-findings"
    TOO_FEW_RECORDS = "too-few-records"


ABSTENTION_TEXTS: dict[Abstention, str] = {
    Abstention.NO_KNOWN_FINDING: (
        "None of the case's findings is known to this version. Record findings of its vocabulary."
    ),
    Abstention.UNKNOWN_FINDINGS: (
        "Most of the case's findings are unknown to this version. Check their codes."
    ),
    Abstention.TOO_FEW_RECORDS: (
        "No therapy that may be shown has enough recorded responses to be put in order."
    ),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A therapy's place; `tied_with` are therapies that the data can't tell it apart from."""

    therapy: int
    score: float
    tied_with: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first places, best first, or the reason why there are none."""

    places: tuple[Place, ...]
    abstention: Abstention | None = None


@dataclass(frozen=True)
class Evidence:
    """What a version knows of each therapy: attempts, and how far its logit is off by chance."""

    tried: Floats
    noise: Floats


def rank(
    logits: Floats, evidence: Evidence, *, allowed: NDArray[np.bool_], limit: int
) -> tuple[Place, ...]:
    """The best allowed therapies by logit; equal ones by their number.

    Logits are shrunken already, the more the fewer the records, so that luck with few doesn't take
    first place. A penalty on top only favours what is common.
    """
    shown = np.flatnonzero(allowed & (evidence.tried >= SMALLEST_CELL))
    first = shown[np.argsort(-logits[shown], kind="stable")[:limit]]
    apart = np.abs(logits[first][:, None] - logits[first][None, :])
    off = np.hypot(evidence.noise[first][:, None], evidence.noise[first][None, :])
    tied = apart <= TIED_WITHIN * off
    np.fill_diagonal(tied, val=False)
    return tuple(
        Place(int(therapy), float(logits[therapy]), tuple(first[tied[number]].tolist()))
        for number, therapy in enumerate(first)
    )


def abstention(encoded: EncodedCase, places: tuple[Place, ...]) -> Abstention | None:
    """Why no order may be given for this case, or None."""
    unknown, all_findings = len(encoded.unrecognised), len(encoded.findings)
    if unknown == all_findings:
        return Abstention.NO_KNOWN_FINDING
    if unknown > MOST_UNKNOWN * all_findings:
        return Abstention.UNKNOWN_FINDINGS
    return None if places else Abstention.TOO_FEW_RECORDS
