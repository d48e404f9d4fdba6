"""Stacking: how much of each recommender stays, decided on cases that it hadn't seen."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from recommender.ml.interactions import Floats, Ints
from recommender.ml.shrinkage import logistic, logit
from recommender.ml.table import Parts, Table, add

STRENGTH = 4.0
"""How many attempts' worth of doubt each weight meets; keeps small data near its prior."""


@dataclass(frozen=True)
class Head:
    """Weights, none negative, of each recommender's parts; the rest of the logit is `level`."""

    level: float
    prognosis: tuple[float, ...]
    average: tuple[float, ...]
    fit: tuple[float, ...]

    def combine(self, parts: list[Parts]) -> Table:
        """One table of all recommenders."""
        weighted = [(w, one.prognosis) for w, one in zip(self.prognosis, parts, strict=True)]
        weighted += [(w, one.average) for w, one in zip(self.average, parts, strict=True)]
        weighted += [(w, one.fit) for w, one in zip(self.fit, parts, strict=True)]
        return add(weighted, self.level)

    def to_json(self) -> dict[str, object]:
        """The weights as they're reported."""
        return {
            "level": self.level,
            "prognosis": list(self.prognosis),
            "average": list(self.average),
            "fit": list(self.fit),
        }


@dataclass(frozen=True)
class Seen:
    """The parts' logits of attempts whose case wasn't learned from: attempts × recommenders."""

    prognosis: Floats
    average: Floats
    fit: Floats
    responded: Floats
    site: Ints

    def where(self, chosen: Ints) -> "Seen":
        """Some of the attempts."""
        return Seen(
            self.prognosis[chosen],
            self.average[chosen],
            self.fit[chosen],
            self.responded[chosen],
            self.site[chosen],
        )


def fit_head(seen: Seen, *, with_fit: bool) -> Head:
    """Non-negative logistic weights; sites have their own level so that none stands for another.

    `with_fit=False` leaves out everything that would let the order depend on the case.
    """
    count = seen.prognosis.shape[1]
    columns = np.hstack([seen.prognosis, seen.average, seen.fit * float(with_fit)])
    prior = np.concatenate([np.full(2 * count, 1 / count), np.zeros(count)])
    sites = int(seen.site.max()) + 1
    level = float(logit(np.array(seen.responded.mean())))
    sign = 2 * seen.responded - 1

    def loss(weights: Floats) -> tuple[float, Floats]:
        own, free, by_site = weights[: 3 * count], weights[3 * count], weights[3 * count + 1 :]
        logits = columns @ own + free + by_site[seen.site]
        away = own - prior
        value = np.logaddexp(0, -sign * logits).sum()
        value += 0.5 * STRENGTH * (away @ away + by_site @ by_site)
        residual = logistic(logits) - seen.responded
        of_site = np.bincount(seen.site, residual, sites) + STRENGTH * by_site
        return float(value), np.concatenate(
            [columns.T @ residual + STRENGTH * away, [residual.sum()], of_site]
        )

    bounds = [(0.0, None)] * (3 * count) + [(None, None)] * (1 + sites)
    start = np.concatenate([prior, [level], np.zeros(sites)])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    own = found.x[: 3 * count]
    # A served case has no site: it meets the mean of them.
    at_mean = float(found.x[3 * count] + found.x[3 * count + 1 :][seen.site].mean())
    return Head(
        level=at_mean,
        prognosis=tuple(own[:count].tolist()),
        average=tuple(own[count : 2 * count].tolist()),
        fit=tuple(own[2 * count :].tolist()) if with_fit else (0.0,) * count,
    )
