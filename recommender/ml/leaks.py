"""Leaks: findings that tell the response because they follow from it; sure ones stop a version."""

import numpy as np

from recommender.ml.features import CaseEncoder
from recommender.ml.metrics import Ordered
from recommender.ml.sample import Sample

CERTAIN_AUC = 0.95
CERTAIN_SHARE = 0.98
SUSPICIOUS_AUC = 0.85
SUSPICIOUS_SHARE = 0.95
FEWEST_ATTEMPTS = 50
MOST_LOOKED_AT = 20_000

Concepts = list[dict[str, str]]


def tell_tales(sample: Sample, encoder: CaseEncoder, *, seed: int) -> tuple[Concepts, Concepts]:
    """Concepts one of whose columns decides the response: certainly, and suspiciously well."""
    draw = np.random.default_rng(seed)
    looked_at = np.sort(draw.permutation(len(sample))[:MOST_LOOKED_AT])
    rows = sample.rows[looked_at].tocsc()
    responded = sample.responded[looked_at]
    certain: dict[tuple[str, str], None] = {}
    suspicious: dict[tuple[str, str], None] = {}
    for column, concept in encoder.concept_of_columns.items():
        values = rows[:, [column]].toarray().ravel()
        share, area = _one_sided_share(values, responded), _area(values, responded)
        if share >= CERTAIN_SHARE or area >= CERTAIN_AUC:
            certain[concept] = None
        elif share >= SUSPICIOUS_SHARE or area >= SUSPICIOUS_AUC:
            suspicious[concept] = None
    return _named(certain), _named({one: None for one in suspicious if one not in certain})


def _one_sided_share(values: np.ndarray, responded: np.ndarray) -> float:
    """The share that goes one way among those who have a value, where neither way is rare."""
    level = responded.mean()
    having = responded[values != 0]
    if not FEWEST_ATTEMPTS <= len(having) < len(responded) or not 0.1 <= level <= 0.9:
        return 0.0
    share = float(having.mean())
    return max(share, 1 - share)


def _area(values: np.ndarray, responded: np.ndarray) -> float:
    """How well the values part those who responded from the rest, either way round."""
    if len(responded) < FEWEST_ATTEMPTS:
        return 0.5
    one_stratum = np.zeros(len(responded), np.int32)
    area = Ordered.by(responded, values, one_stratum).auc(np.ones(len(responded)))
    return max(area, 1 - area)


def _named(found: dict[tuple[str, str], None]) -> Concepts:
    return [{"kind": kind, "code": code} for kind, code in found]
