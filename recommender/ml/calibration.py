"""Calibration: whether what is said of groups holds on cases that weren't counted."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from recommender.ml.crossfit import CrossFit
from recommender.ml.group_counting import count_groups, first_of_each
from recommender.ml.interactions import Floats
from recommender.ml.metrics import expected_calibration_error
from recommender.ml.shrinkage import logistic

BINS = 10
WORST_ERROR = 0.03
DOUBT = 0.01


@dataclass(frozen=True)
class Calibration:
    """The error over bins, whether chance explains it, and how often group intervals hold."""

    bins: tuple[dict[str, float], ...]
    error: float
    chance: float
    group_coverage: float | None

    @property
    def passed(self) -> bool:
        """Only an error that is both large and no chance takes the probabilities away."""
        return self.error <= WORST_ERROR or self.chance >= DOUBT

    def to_json(self) -> dict[str, object]:
        """The calibration as it is stored."""
        return {
            "bins": list(self.bins),
            "error": self.error,
            "chance": self.chance,
            "group_coverage": self.group_coverage,
            "group_level": 0.9,
            "passed": self.passed,
        }


def calibrate(crossed: CrossFit, logits: Floats) -> Calibration:
    """Compare forecasts with outcomes; `logits` never saw their cases."""
    responded = crossed.sample.responded
    bins = tuple(_bins(responded, logits))
    off = sum(
        one["attempts"]
        * (one["observed"] - one["predicted"]) ** 2
        / max(one["predicted"] * (1 - one["predicted"]), 1e-9)
        for one in bins
    )
    return Calibration(
        bins=bins,
        error=expected_calibration_error(responded, logits, BINS),
        chance=float(stats.chi2.sf(off, len(bins))),
        group_coverage=group_coverage(crossed, logits),
    )


def _bins(responded: Floats, logits: Floats) -> list[dict[str, float]]:
    order = np.argsort(logits, kind="stable")
    found = []
    for part in np.array_split(order, BINS):
        if not len(part):
            continue
        good = float(responded[part].sum())
        lower, upper = stats.beta.ppf([0.05, 0.95], good + 0.5, len(part) - good + 0.5)
        found.append(
            {
                "predicted": float(logistic(logits[part]).mean()),
                "observed": good / len(part),
                "lower": float(lower),
                "upper": float(upper),
                "attempts": len(part),
            }
        )
    return found


def group_coverage(crossed: CrossFit, logits: Floats) -> float | None:
    """How often a fold's group rates fall in the intervals that the other folds gave.

    An unseen rate has its own chance error; the interval is widened by it, no more.
    """
    sample, own = crossed.sample, crossed.fold_of_attempts
    inside = total = 0.0
    for number in range(len(crossed.parts)):
        counted = np.flatnonzero(own != number)
        groups = count_groups(sample.where(counted), logits[counted])
        unseen = np.flatnonzero(own == number)
        unseen = unseen[first_of_each(sample.where(unseen))]
        group = groups.of_many(sample.therapy[unseen], logits[unseen])
        known = group >= 0
        n = np.bincount(group[known], minlength=len(groups.cases))
        responders = np.bincount(
            group[known], sample.responded[unseen][known], minlength=len(groups.cases)
        )
        met = n > 0
        rate, expected = responders[met] / n[met], groups.probability[met]
        half = (groups.upper[met] - groups.lower[met]) / 2
        chance = 1.645 * np.sqrt(expected * (1 - expected) / n[met])
        holds = np.abs(rate - expected) <= np.hypot(half, chance)
        inside += float((holds * n[met]).sum())
        total += float(n[met].sum())
    return inside / total if total else None
