"""Calibration: whether what is said of groups holds on cases that weren't counted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from recommender.ml.crossfit import CrossFit
from recommender.ml.group_counting import count_groups, first_of_each
from recommender.ml.groups import LEVEL
from recommender.ml.interactions import Floats
from recommender.ml.metrics import expected_calibration_error

MOST_BINS = 10
ATTEMPTS_A_BIN = 50
BANDS = 5


@dataclass(frozen=True)
class Calibration:
    """The error over bins, whether chance explains it, and how often group intervals hold."""

    bins: tuple[dict[str, float], ...]
    error: float
    chance: float
    group_coverage: float
    coverage: tuple[dict[str, float], ...]

    def to_json(self) -> dict[str, object]:
        """The calibration as it is stored."""
        return {
            "bins": list(self.bins),
            "error": self.error,
            "chance": self.chance,
            "group_coverage": self.group_coverage,
            "group_level": LEVEL,
            "coverage": list(self.coverage),
        }


@dataclass(frozen=True)
class Unseen:
    """What groups say of attempts that weren't counted in them, and what came of those.

    For each group that met such attempts: what it expected, whether its interval held, and of how
    many attempts.
    """

    said: Floats
    responded: Floats
    expected: Floats
    holds: NDArray[np.bool_]
    attempts: Floats

    def covered(self, chosen: NDArray[np.bool_]) -> float:
        """The share of attempts in these groups whose group's interval held."""
        total = float(self.attempts[chosen].sum())
        return float(self.attempts[chosen & self.holds].sum()) / total if total else 0.0


def calibrate(crossed: CrossFit, logits: Floats) -> Calibration | None:
    """Compare what would be shown with what came; None where no group is large enough."""
    unseen = say_unseen(crossed, logits)
    if not len(unseen.said):
        return None
    count = int(np.clip(len(unseen.said) // ATTEMPTS_A_BIN, 2, MOST_BINS))
    bins = tuple(_bins(unseen, count))
    off = sum(
        one["attempts"]
        * (one["observed"] - one["predicted"]) ** 2
        / max(one["predicted"] * (1 - one["predicted"]), 1e-9)
        for one in bins
    )
    return Calibration(
        bins=bins,
        error=expected_calibration_error(unseen.responded, unseen.said, count),
        chance=float(stats.chi2.sf(off, len(bins))),
        group_coverage=unseen.covered(np.ones(len(unseen.expected), np.bool_)),
        coverage=tuple(_coverage(unseen)),
    )


def say_unseen(crossed: CrossFit, logits: Floats) -> Unseen:
    """Count groups on the other folds and let them speak of each fold's attempts.

    An unseen rate has a chance error of its own; an interval is widened by it, no more.
    """
    sample, own = crossed.sample, crossed.fold_of_attempts
    said: list[Floats] = []
    responded: list[Floats] = []
    coverage: list[tuple[Floats, NDArray[np.bool_], Floats]] = []
    for number in range(len(crossed.parts)):
        counted = np.flatnonzero(own != number)
        groups = count_groups(sample.where(counted), logits[counted])
        unseen = np.flatnonzero(own == number)
        unseen = unseen[first_of_each(sample.where(unseen))]
        group = groups.of_many(sample.therapy[unseen], logits[unseen])
        known = group >= 0
        group, came = group[known], sample.responded[unseen][known]
        said.append(groups.probability[group])
        responded.append(came)
        n = np.bincount(group, minlength=len(groups.cases))
        met = n > 0
        rate = np.bincount(group, came, len(groups.cases))[met] / n[met]
        expected = groups.probability[met]
        half = (groups.upper[met] - groups.lower[met]) / 2
        chance = stats.norm.isf((1 - LEVEL) / 2) * np.sqrt(expected * (1 - expected) / n[met])
        holds = np.abs(rate - expected) <= np.hypot(half, chance)
        coverage.append((expected, holds, n[met].astype(np.float64)))
    return Unseen(
        np.concatenate(said),
        np.concatenate(responded),
        *(np.concatenate(column) for column in zip(*coverage, strict=True)),
    )


def _coverage(unseen: Unseen) -> list[dict[str, float]]:
    """How often intervals held among groups that expect little, middling and much."""
    edges = np.quantile(unseen.expected, np.arange(1, BANDS) / BANDS)
    band = np.searchsorted(edges, unseen.expected)
    found = []
    for number in np.unique(band).tolist():
        inside = band == number
        found.append(
            {
                "lowest": float(unseen.expected[inside].min()),
                "highest": float(unseen.expected[inside].max()),
                "groups": int(inside.sum()),
                "attempts": float(unseen.attempts[inside].sum()),
                "held": unseen.covered(inside),
            }
        )
    return found


def _bins(unseen: Unseen, count: int) -> list[dict[str, float]]:
    order = np.argsort(unseen.said, kind="stable")
    tail = (1 - LEVEL) / 2
    found = []
    for part in np.array_split(order, count):
        good = float(unseen.responded[part].sum())
        bad = len(part) - good
        lower, upper = stats.beta.ppf([tail, 1 - tail], good + 0.5, bad + 0.5)
        found.append(
            {
                "predicted": float(unseen.said[part].mean()),
                "observed": good / len(part),
                "lower": float(lower),
                "upper": float(upper),
                "attempts": len(part),
            }
        )
    return found
