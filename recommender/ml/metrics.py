"""Metrics, each one short function; `weight` lets a bootstrap draw attempts again."""

from dataclasses import dataclass

import numpy as np

from recommender.ml.interactions import Floats, Ints
from recommender.ml.shrinkage import logistic


def log_losses(responded: Floats, logits: Floats) -> Floats:
    """The negative log-likelihood of what happened, of each attempt."""
    losses: Floats = np.logaddexp(0, -(2 * responded - 1) * logits)
    return losses


def squared_errors(responded: Floats, logits: Floats) -> Floats:
    """The squared error of each attempt's probability; their mean is the Brier score."""
    errors: Floats = (logistic(logits) - responded) ** 2
    return errors


@dataclass(frozen=True)
class Ordered:
    """Attempts in order of score, ready for the area under the curve of many draws."""

    responded: Floats
    order: Ints
    last_of_equal: Ints
    stratum: Ints

    @classmethod
    def by(cls, responded: Floats, score: Floats, stratum: Ints) -> "Ordered":
        """Sort once; attempts are compared inside their stratum only."""
        order = np.lexsort((score, stratum))
        ordered, inside = score[order], stratum[order]
        new = (np.diff(ordered) != 0) | (np.diff(inside) != 0)
        ends = np.flatnonzero(np.append(new, True))
        number = np.unique(inside[ends], return_inverse=True)[1]
        return cls(responded[order], order, ends, number)

    def auc(self, weight: Floats) -> float:
        """How often one who responded scores above one who didn't; equal scores count half."""
        drawn = weight[self.order]
        both = np.cumsum(drawn)[self.last_of_equal]
        responded = np.cumsum(drawn * self.responded)[self.last_of_equal]
        good, bad = np.diff(responded, prepend=0.0), np.diff(both - responded, prepend=0.0)
        strata = self.stratum
        good_in, bad_in = np.bincount(strata, good), np.bincount(strata, bad)
        before = np.cumsum(bad) - bad - (np.cumsum(bad_in) - bad_in)[strata]
        pairs = float((good_in * bad_in).sum())
        if pairs == 0:
            return float("nan")
        return float((good * (before + bad / 2)).sum() / pairs)


def expected_calibration_error(responded: Floats, share: Floats, bins: int) -> float:
    """The mean distance of forecast and outcome over bins of equal size."""
    order = np.argsort(share, kind="stable")
    away = [
        len(part) * abs(share[part].mean() - responded[part].mean())
        for part in np.array_split(order, bins)
        if len(part)
    ]
    return float(np.sum(away) / len(order))


def hit_rate(place: Ints, among: int) -> float | None:
    """How often the therapy was among the first places; None where there is none to look at."""
    return float((place <= among).mean()) if len(place) else None


def discounted_gain(place: Ints, among: int) -> float | None:
    """NDCG with a single relevant therapy: the sooner it comes, the nearer to one."""
    gain = np.where(place <= among, 1 / np.log2(place + 1), 0.0)
    return float(gain.mean()) if len(place) else None


def coverage(first: Ints, therapies: int) -> float:
    """The share of therapies that come first for someone."""
    return len(np.unique(first)) / therapies


def diversity(first: Ints, therapies: int) -> float:
    """The effective number of first places: exp of their entropy."""
    return effective_number(np.bincount(first, minlength=therapies) / max(len(first), 1))


def effective_number(share: Floats) -> float:
    """The effective number of what shares are of: exp of their entropy."""
    present = share[share > 0]
    return float(np.exp(-(present * np.log(present)).sum()))


def concentration(share: Floats, given: Floats, most: float) -> float:
    """The share that goes to those therapies that are given most; `most` is their part of all."""
    count = max(1, round(most * int((given > 0).sum())))
    return float(share[np.argsort(-given, kind="stable")[:count]].sum())
