"""Head to head: how far active therapies differ, by the studies in which they met.

Whatever sets one study apart from another (whom it took in, what its control was, how it was run)
is the same for all of its arms. Therapies are therefore compared inside a study only, and what
several studies say is put together as in a network meta-analysis.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

from recommender.ml.interactions import Floats, Ints

SMALLEST_SHARE = 1e-9
MOST_VARIANCE = 1e9


@dataclass(frozen=True)
class Meeting:
    """Therapies (by number) that met in a study: each one's log odds and how sure they are."""

    therapy: Ints
    log_odds: Floats
    weight: Floats


@dataclass(frozen=True)
class Differences:
    """How far each therapy is from the common effect, and how unsure that is.

    `between` is the variance between therapies beyond chance, from `lower` to `upper`; with
    `lower` at zero the studies show none, and `away` is zero throughout. `doubt` is the variance
    with which therapies may differ even so: if they differed as much as `upper`.
    """

    away: Floats
    variance: Floats
    doubt: Floats
    between: float
    lower: float
    upper: float
    meetings: int


def differences(meetings: Iterable[Meeting], *, therapies: int, level: float) -> Differences:
    """Best predictions of therapies' differences; none where the variance may be none.

    The interval is the Q-profile (Viechtbauer 2007, Statistics in Medicine 26:37-52), over the
    directions in which the meetings tell therapies apart.
    """
    weights, sums, count = np.zeros((therapies, therapies)), np.zeros(therapies), 0
    for met in meetings:
        inside = np.diag(met.weight) - np.outer(met.weight, met.weight) / met.weight.sum()
        weights[np.ix_(met.therapy, met.therapy)] += inside
        sums[met.therapy] += inside @ met.log_odds
        count += 1
    none = np.zeros(therapies)
    if not count:
        return Differences(none, none, none + np.inf, 0.0, 0.0, np.inf, 0)
    information, directions = np.linalg.eigh(weights)
    told = information > SMALLEST_SHARE * information.max()
    apart = (directions.T @ sums)[told] / information[told]
    profile = _Profile(apart, 1 / information[told])
    lower, upper = profile.where((1 + level) / 2), profile.where((1 - level) / 2)
    doubt: Floats = np.diag(_posterior(weights, upper)).copy()
    if lower == 0.0:
        return Differences(none, none, doubt, 0.0, 0.0, upper, count)
    between = profile.expected
    posterior = _posterior(weights, between)
    away: Floats = posterior @ sums
    return Differences(away, np.diag(posterior).copy(), doubt, between, lower, upper, count)


def _posterior(information: Floats, between: float) -> Floats:
    """How unsure therapies' differences are after the meetings, if they vary so much."""
    before = np.diag(np.full(len(information), between))
    found = np.linalg.solve(np.eye(len(information)) + before @ information, before)
    return np.asarray(found, np.float64)


@dataclass(frozen=True)
class _Profile:
    """Independent differences that are none on average, and the variance chance gives each."""

    apart: Floats
    chance: Floats

    def where(self, share: float) -> float:
        """The variance between therapies at which so large a spread has this probability."""
        return self._solve(float(chi2.ppf(share, len(self.apart))))

    @property
    def expected(self) -> float:
        """The variance at which the spread is what one expects (Paule and Mandel)."""
        return self._solve(float(len(self.apart)))

    def _solve(self, target: float) -> float:
        def excess(between: float) -> float:
            return float((self.apart**2 / (self.chance + between)).sum()) - target

        if excess(0.0) <= 0:
            return 0.0
        return float(brentq(excess, 0.0, MOST_VARIANCE))
