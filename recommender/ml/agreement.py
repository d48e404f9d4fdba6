"""Agreement of two orders of the same therapies for the same cases."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from recommender.clinical.case import Case
from recommender.ml.features import SMALLEST_CELL
from recommender.ml.interactions import Floats, Ints
from recommender.ml.serving import ServingModel

AMONG = 5


@dataclass(frozen=True)
class Places:
    """Cases by places: which therapy comes first, second and so on."""

    therapy: Ints

    @classmethod
    def by(cls, scores: Floats) -> "Places":
        """The first places by score; therapies that may not be shown have none (minus infinity)."""
        among = min(AMONG, int(np.isfinite(scores[0]).sum()) if len(scores) else 0)
        return cls(np.argsort(-scores, axis=1, kind="stable")[:, :among])


def agreement(one: Places, other: Places) -> dict[str, float] | None:
    """The share of cases with the same first place, and how much the first five overlap.

    None where either has no case or no therapy to show.
    """
    among = min(one.therapy.shape[1], other.therapy.shape[1])
    if not among or not len(one.therapy):
        return None
    mine, yours = one.therapy[:, :among], other.therapy[:, :among]
    shared = (mine[:, :, None] == yours[:, None, :]).any(axis=2).mean()
    return {"same_first": float((mine[:, 0] == yours[:, 0]).mean()), "overlap": float(shared)}


def between_versions(
    before: ServingModel, after: ServingModel, cases: Iterable[Case]
) -> dict[str, float] | None:
    """How far two versions order the therapies that both may show alike; None if there are few."""
    known = {one.code: place for place, one in enumerate(before.therapies)}
    pairs = [
        (known[one.code], place)
        for place, one in enumerate(after.therapies)
        if one.code in known
        and before.evidence.tried[known[one.code]] >= SMALLEST_CELL
        and after.evidence.tried[place] >= SMALLEST_CELL
    ]
    if len(pairs) < 2:
        return None
    olds, news = (np.array(places) for places in zip(*pairs, strict=True))
    scored = [(before.score(case).logits[olds], after.score(case).logits[news]) for case in cases]
    if not scored:
        return None
    first, second = (np.stack(logits) for logits in zip(*scored, strict=True))
    found = agreement(Places.by(first), Places.by(second))
    return found and {"cases": len(scored), "therapies": len(pairs), **found}
