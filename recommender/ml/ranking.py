"""Ranking: the order of therapies, their ties, and when no order may be given; once, for all."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from recommender.ml.features import SMALLEST_CELL, EncodedCase
from recommender.ml.interactions import Floats, Ints

TIED_WITHIN = 2.132
"""Two therapies are tied when their difference is inside its 90 % interval: Student's t with the
four degrees of freedom that five folds leave."""

MOST_UNKNOWN = 0.5
"""With a larger share of findings that the version doesn't know, it has no basis for an order."""

SMALLEST_ADVANTAGE = 0.5
"""Of its spread: with less, what comes first isn't known to be better than the usual mix."""


class Abstention(StrEnum):
    """Why there is no order for this case."""

    NO_KNOWN_FINDING = "no-known-finding"
    UNKNOWN_FINDINGS = "unknown-findings"
    UNLIKE = "unlike"
    TOO_FEW_RECORDS = "too-few-records"
    NO_ADVANTAGE = "no-advantage"


ABSTENTION_TEXTS: dict[Abstention, str] = {
    Abstention.NO_KNOWN_FINDING: (
        "None of the case's findings is known to this version. Record findings of its vocabulary."
    ),
    Abstention.UNKNOWN_FINDINGS: (
        "Most of the case's findings are unknown to this version. Check their codes."
    ),
    Abstention.UNLIKE: (
        "The case is unlike every case that this version learned from. Check its values."
    ),
    Abstention.TOO_FEW_RECORDS: (
        "No therapy that may be shown has enough recorded responses to be put in order."
    ),
    Abstention.NO_ADVANTAGE: (
        "For this case the data can't tell the best therapy from the usual mix of those that may "
        "be shown."
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
    """What a version knows of each therapy: attempts, and how far its logit is off by chance.

    What chance does to several therapies alike is in the rows of `shared` (therapies × causes),
    the rest in `own` (a variance). A difference is off by where they part, not by what both share.
    """

    tried: Floats
    shared: Floats
    own: Floats

    def spread_of_differences(self, therapies: Ints) -> Floats:
        """How far the difference of each two of these is off by chance: a standard deviation."""
        shared = self.shared[therapies]
        apart = shared[:, None, :] - shared[None, :, :]
        own = self.own[therapies]
        spread: Floats = np.sqrt((apart**2).sum(axis=2) + own[:, None] + own[None, :])
        return spread

    def spread_to_mix(self, therapy: int, mix: Floats) -> float:
        """How far its difference to a mix of therapies is off by chance."""
        apart = self.shared[therapy] - mix @ self.shared
        away = -mix
        away[therapy] += 1
        return float(np.sqrt((apart**2).sum() + (away**2 * self.own).sum()))


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
    tied = apart <= TIED_WITHIN * evidence.spread_of_differences(first)
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


def has_advantage(
    logits: Floats, evidence: Evidence, first: int, *, allowed: NDArray[np.bool_], mix: Floats
) -> bool:
    """Whether what comes first is better than the usual mix of what is allowed, beyond chance."""
    given = np.where(allowed & (evidence.tried >= SMALLEST_CELL), mix, 0.0)
    if np.count_nonzero(given) < 2:
        return True
    given = given / given.sum()
    advantage = float(logits[first] - logits @ given)
    return advantage > SMALLEST_ADVANTAGE * evidence.spread_to_mix(first, given)
