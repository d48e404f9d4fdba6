"""How a version does on data it wasn't made from: another clinic, a later year."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from recommender.clinical.case import Case, Finding
from recommender.exceptions import BadInput
from recommender.ml.bootstrap import Resampling
from recommender.ml.interactions import Floats, Ints, TrainingData
from recommender.ml.metrics import (
    Ordered,
    expected_calibration_error,
    log_losses,
    squared_errors,
)
from recommender.ml.serving import ServingModel
from recommender.ml.shrinkage import logistic

BINS = 10
FEWEST_ATTEMPTS = 20


def judge(model: ServingModel, data: TrainingData, *, seed: int) -> dict[str, Any]:
    """The version's forecasts beside the data's own response share and each therapy's.

    The two baselines know this data's outcomes and the version doesn't: they are hard to beat.
    """
    number = {therapy.code: place for place, therapy in enumerate(model.therapies)}
    known = np.array([number.get(therapy.code, -1) for therapy in data.therapies])
    attempts = data.attempts
    kept = np.flatnonzero(known[attempts.therapy] >= 0)
    responded = attempts.responded[kept].astype(float)
    if len(kept) < FEWEST_ATTEMPTS or len(np.unique(responded)) < 2:
        raise BadInput(
            "The data set has too few attempts with therapies of this version to judge it by: "
            f"it needs {FEWEST_ATTEMPTS}, and both responses."
        )

    case, therapy = attempts.case[kept], known[attempts.therapy[kept]]
    scores = np.stack([model.score(one).logits for one in cases_of(data)])
    draws = Resampling.of_cases(case, seed=seed)
    _, site = np.unique(data.site[case], return_inverse=True)
    columns = {
        "this version": scores[case, therapy],
        "response share of each therapy": _rates(responded, therapy, len(number)),
        "response share of all": _rates(responded, np.zeros_like(therapy), 1),
    }
    return {
        "cases": data.cases,
        "attempts": len(kept),
        "left_out": len(attempts) - len(kept),
        "unknown_therapies": sorted(
            one.code for one, place in zip(data.therapies, known, strict=True) if place < 0
        ),
        "recommenders": [
            _row(name, logits, responded, site, draws) for name, logits in columns.items()
        ],
    }


def cases_of(data: TrainingData) -> Iterator[Case]:
    """Every case as the clinic's value, its history left out, as on a first visit."""
    findings = data.findings
    order = np.argsort(findings.case, kind="stable")
    starts = np.searchsorted(findings.case[order], np.arange(data.cases + 1))
    for start, end in pairwise(starts.tolist()):
        yield Case(findings=tuple(_finding(data, one) for one in order[start:end].tolist()))


def _finding(data: TrainingData, entry: int) -> Finding:
    findings = data.findings
    concept = data.concepts[findings.concept[entry]]
    number, category = float(findings.number[entry]), int(findings.category[entry])
    value: float | str | None = None if np.isnan(number) else number
    if category >= 0:
        value = findings.categories[category]
    return Finding(concept.kind, concept.code, value)


def _rates(responded: Floats, group: Ints, groups: int) -> Floats:
    """Each attempt's logit by its group's share, drawn a little towards even."""
    n = np.bincount(group, minlength=groups) + 2.0
    share = (np.bincount(group, responded, groups) + 1.0) / n
    logits: Floats = np.log(share / (1 - share))[group]
    return logits


def _row(
    name: str, logits: Floats, responded: Floats, site: Ints, draws: Resampling
) -> dict[str, Any]:
    ordered = Ordered.by(responded, logits, site)
    return {
        "name": name,
        "log_loss": draws.interval_of_mean(log_losses(responded, logits)).to_json(),
        "auc": draws.interval(ordered.auc).to_json(),
        "brier": draws.interval_of_mean(squared_errors(responded, logits)).to_json(),
        "calibration_error": expected_calibration_error(responded, logistic(logits), BINS),
    }
