"""Leaks: findings that tell the response because they follow from it."""

import numpy as np

from recommender.ml.features import CaseEncoder
from recommender.ml.metrics import Ordered
from recommender.ml.sample import Sample

CERTAIN_AUC = 0.95
CERTAIN_SHARE = 0.98
FEWEST_ATTEMPTS = 50
MOST_LOOKED_AT = 20_000


def certain_leaks(sample: Sample, encoder: CaseEncoder, *, seed: int) -> list[dict[str, str]]:
    """Concepts one of whose columns all but decides the response, by kind and code."""
    draw = np.random.default_rng(seed)
    looked_at = np.sort(draw.permutation(len(sample))[:MOST_LOOKED_AT])
    rows = sample.rows[looked_at].tocsc()
    responded = sample.responded[looked_at]
    named = _concept_of_columns(encoder)
    found = dict.fromkeys(
        named[column]
        for column in range(encoder.width)
        if column in named and _decides(rows[:, [column]].toarray().ravel(), responded)
    )
    return [{"kind": kind, "code": code} for kind, code in found]


def _decides(values: np.ndarray, responded: np.ndarray) -> bool:
    """Whether the values part responders from the rest, or nearly all who have one go one way."""
    level = responded.mean()
    having = responded[values != 0]
    if FEWEST_ATTEMPTS <= len(having) < len(responded) and 0.1 <= level <= 0.9:
        share = having.mean()
        if max(share, 1 - share) >= CERTAIN_SHARE:
            return True
    if len(responded) < FEWEST_ATTEMPTS:
        return False
    one_stratum = np.zeros(len(responded), np.int32)
    auc = Ordered.by(responded, values, one_stratum).auc(np.ones(len(responded)))
    return bool(max(auc, 1 - auc) >= CERTAIN_AUC)


def _concept_of_columns(encoder: CaseEncoder) -> dict[int, tuple[str, str]]:
    named: dict[int, tuple[str, str]] = {}
    for concept in encoder.concepts:
        columns = [concept.present, concept.amount, *concept.bins]
        columns += [column for _, column in concept.categories]
        named.update((column, (concept.kind, concept.code)) for column in columns if column >= 0)
    return named
