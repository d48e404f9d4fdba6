"""Evaluation: what a version is worth on cases it hadn't seen, beside every baseline, as data."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.clinical.safety import SafetyRule
from recommender.ml.assembly import Assembly
from recommender.ml.bootstrap import Resampling
from recommender.ml.calibration import calibrate
from recommender.ml.crossfit import CrossFit
from recommender.ml.features import CaseEncoder
from recommender.ml.interactions import Floats, Ints, TrainingData
from recommender.ml.leaks import tell_tales
from recommender.ml.metrics import (
    Ordered,
    concentration,
    coverage,
    discounted_gain,
    diversity,
    effective_number,
    expected_calibration_error,
    hit_rate,
    log_losses,
    squared_errors,
)
from recommender.ml.recipes import Recipe
from recommender.ml.rivals import INCUMBENT, USUAL_THERAPY, VERSION, Rival, rivals
from recommender.ml.screening import withheld_cases
from recommender.ml.shrinkage import logistic
from recommender.ml.subgroups import subgroups
from recommender.ml.suspicions import suspicions

Truths = NDArray[np.bool_]

STRATA = 10
AMONG = 5
FEWEST_FOLLOWED = 10
FIRST_PLACES_SHOWN = 15
MOST_GIVEN = 0.2


def evaluate(
    data: TrainingData,
    crossed: CrossFit,
    assembly: Assembly,
    *,
    recipe: Recipe,
    encoder: CaseEncoder,
    rules: tuple[SafetyRule, ...],
    seed: int,
    tell: Callable[[float], None],
) -> dict[str, Any]:
    """Every figure is of cases whose own responses weren't learned from."""
    draws = Resampling.of_cases(crossed.sample.case, seed=seed)
    everyone = rivals(crossed, assembly, recipe, tell=lambda done: tell(0.4 * done))
    strata = _strata(crossed, assembly)
    rows = []
    for number, rival in enumerate(everyone.values()):
        rows.append(_row(rival, data, crossed, strata, draws))
        tell(0.4 + 0.5 * (number + 1) / len(everyone))
    responded = crossed.sample.responded
    incumbent = log_losses(responded, everyone[INCUMBENT].logits)
    gain = incumbent - log_losses(responded, assembly.seen)
    calibration = calibrate(crossed, assembly.seen)
    leaks, suspicious = tell_tales(crossed.sample, encoder, seed=seed)
    evaluation: dict[str, Any] = {
        "personalised": assembly.personalised,
        "training": _training(data, crossed),
        "recommenders": rows,
        "paired": {
            "log_loss_gain_from_fit": assembly.gain_from_fit.to_json(),
            "log_loss_gain_over_incumbent": draws.interval_of_mean(gain).to_json(),
        },
        "followed": _followed(everyone, crossed, assembly, draws),
        "stack": {
            "recommenders": [one.name for one in assembly.tried if one.stays],
            "tried": [one.to_json() for one in assembly.tried],
            **assembly.head.to_json(),
        },
        "calibration": calibration.to_json() if calibration else None,
        "safety": _safety(data, everyone, rules),
        "first_place_is_usual": bool(
            np.array_equal(everyone[VERSION].first, everyone[USUAL_THERAPY].first)
        ),
        "first_places": _first_places(data, everyone, crossed),
        "spread": _spread(data, everyone, crossed),
        "subgroups": [one.to_json() for one in subgroups(data, crossed.sample.case, gain)],
        "leaks": leaks,
        "suspicions": [one.to_json() for one in suspicions(data, suspicious)],
    }
    tell(1.0)
    return evaluation


def _strata(crossed: CrossFit, assembly: Assembly) -> Ints:
    """Attempts of one site and of a like outlook; inside one, only the therapy's fit matters."""
    edges = np.quantile(assembly.outlook, np.arange(1, STRATA) / STRATA)
    outlook = np.searchsorted(edges, assembly.outlook)
    strata: Ints = crossed.sample.site * STRATA + outlook
    return strata


def _row(
    rival: Rival, data: TrainingData, crossed: CrossFit, strata: Ints, draws: Resampling
) -> dict[str, Any]:
    responded, site = crossed.sample.responded, crossed.sample.site
    within = Ordered.by(responded, rival.logits, strata)
    overall = Ordered.by(responded, rival.logits, site)
    helped_first = (data.attempts.sequence == 1) & (responded > 0)
    therapies = crossed.sample.therapies
    return {
        "name": rival.name,
        "log_loss": draws.interval_of_mean(log_losses(responded, rival.logits)).to_json(),
        "auc": draws.interval(overall.auc).to_json(),
        "auc_within_strata": draws.interval(within.auc).to_json(),
        "brier": draws.interval_of_mean(squared_errors(responded, rival.logits)).to_json(),
        "calibration_error": expected_calibration_error(responded, logistic(rival.logits), 10),
        "helped_among_first_five": hit_rate(rival.place[helped_first], AMONG),
        "ndcg": discounted_gain(rival.place[helped_first], AMONG),
        "coverage": coverage(rival.first, therapies),
        "effective_first_places": diversity(rival.first, therapies),
    }


def _followed(
    everyone: dict[str, Rival], crossed: CrossFit, assembly: Assembly, draws: Resampling
) -> list[dict[str, Any]]:
    """How those did who happened to be given what each rival puts first, on equal outlook.

    A comparison with the usual therapy, never a forecast: levels found this way are too high.
    """
    sample = crossed.sample
    surplus = _surplus(crossed, assembly)
    usual = everyone[USUAL_THERAPY].first[sample.case] == sample.therapy
    level = float(sample.responded.mean())
    found = []
    for rival in everyone.values():
        own = rival.first[sample.case] == sample.therapy
        row: dict[str, Any] = {"name": rival.name, "attempts": int(own.sum())}
        if min(own.sum(), usual.sum()) >= FEWEST_FOLLOWED:
            difference = draws.interval(partial(_difference, surplus, own, usual))
            row["responded"] = float(np.clip(level + surplus[own].mean(), 0, 1))
            row["usual"] = float(np.clip(level + surplus[usual].mean(), 0, 1))
            row["difference"] = difference.to_json()
        found.append(row)
    return found


def _surplus(crossed: CrossFit, assembly: Assembly) -> Floats:
    """How much better an attempt went than its case's outlook and its site let expect."""
    sample = crossed.sample
    surplus = sample.responded - logistic(assembly.outlook)
    by_site = np.bincount(sample.site, surplus, sample.sites)
    n = np.maximum(np.bincount(sample.site, minlength=sample.sites), 1)
    at_site: Floats = surplus - (by_site / n)[sample.site]
    return at_site


def _difference(surplus: Floats, own: Truths, usual: Truths, weight: Floats) -> float:
    if not weight[own].sum() or not weight[usual].sum():
        return float("nan")
    mine = float(np.average(surplus[own], weights=weight[own]))
    return mine - float(np.average(surplus[usual], weights=weight[usual]))


def _training(data: TrainingData, crossed: CrossFit) -> dict[str, Any]:
    responses = np.bincount(data.attempts.therapy, data.attempts.responded, len(data.therapies))
    order = np.argsort(-crossed.sample.tried, kind="stable")
    return {
        "cases": data.cases,
        "attempts": len(data.attempts),
        "responded": float(data.attempts.responded.mean()),
        "findings": len(data.findings.case),
        "columns": int(crossed.sample.cases.shape[1]),
        "sites": len(data.sites),
        "folds": len(crossed.parts),
        "therapies": [
            {
                "code": data.therapies[k].code,
                "attempts": int(crossed.sample.tried[k]),
                "responded": float(responses[k] / crossed.sample.tried[k]),
            }
            for k in order.tolist()
            if crossed.sample.tried[k] > 0
        ],
    }


def _safety(
    data: TrainingData, everyone: dict[str, Rival], rules: tuple[SafetyRule, ...]
) -> dict[str, float]:
    """How often a rule would withhold what comes first; the rules act after every score."""
    withheld = withheld_cases(data, rules)
    cases = np.arange(data.cases)
    return {
        "first_withheld": float(withheld[cases, everyone[VERSION].first].mean()),
        "usual_withheld": float(withheld[cases, everyone[USUAL_THERAPY].first].mean()),
    }


def _first_places(
    data: TrainingData, everyone: dict[str, Rival], crossed: CrossFit
) -> list[dict[str, Any]]:
    """Who comes first how often, beside how often it is given."""
    shares = np.bincount(everyone[VERSION].first, minlength=len(data.therapies)) / data.cases
    given = crossed.sample.tried / len(crossed.sample)
    order = np.argsort(-(shares + given), kind="stable")[:FIRST_PLACES_SHOWN]
    return [
        {
            "code": data.therapies[k].code,
            "name": data.therapies[k].name,
            "first": float(shares[k]),
            "given": float(given[k]),
        }
        for k in order.tolist()
    ]


def _spread(
    data: TrainingData, everyone: dict[str, Rival], crossed: CrossFit
) -> dict[str, dict[str, float]]:
    """How varied first places are beside what is given, and whether they follow what is common."""
    count = len(data.therapies)
    first = np.bincount(everyone[VERSION].first, minlength=count) / data.cases
    given: Floats = crossed.sample.tried / len(crossed.sample)
    kinds = sorted({therapy.kind for therapy in data.therapies})
    kind = np.array([kinds.index(therapy.kind) for therapy in data.therapies])
    by_kind = {"first": _per(kind, first), "given": _per(kind, given)}
    shares = {"first": first, "given": given}
    return {
        "therapies": {name: effective_number(share) for name, share in shares.items()},
        "kinds": {name: effective_number(share) for name, share in by_kind.items()},
        "most_given_fifth": {
            name: concentration(share, given, MOST_GIVEN) for name, share in shares.items()
        },
    }


def _per(group: Ints, share: Floats) -> Floats:
    summed: Floats = np.bincount(group, share).astype(np.float64)
    return summed
