"""Stacking: how much of each recommender stays, decided on cases that it hadn't seen."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from recommender.ml.interactions import Floats, Ints
from recommender.ml.shrinkage import logistic, logit

STRENGTH = 4.0
"""How many attempts' worth of doubt each weight meets; keeps small data near its prior."""


@dataclass(frozen=True)
class Head:
    """Weights, none negative, of each recommender's parts; the rest of the logit is `level`.

    `by_site` is how far each site's level is from that; a served case has no site.
    """

    level: float
    prognosis: tuple[float, ...]
    average: tuple[float, ...]
    fit: tuple[float, ...]
    by_site: tuple[float, ...]

    def logits(self, seen: "Seen") -> Floats:
        """What the weights make of attempts, each at the level of its site."""
        logits: Floats = (
            seen.prognosis @ np.array(self.prognosis)
            + seen.average @ np.array(self.average)
            + seen.fit @ np.array(self.fit)
            + self.level
            + np.array(self.by_site)[seen.site]
        )
        return logits

    def with_fit_times(self, share: float) -> "Head":
        """The same, its order depending on the case by this share of what it did."""
        return replace(self, fit=tuple(share * weight for weight in self.fit))

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
    """The parts' logits of attempts whose case wasn't learned from: attempts × recommenders.

    `outlook` is the case's prognosis under the mix of all sites, `prognosis` that of its own.
    """

    outlook: Floats
    prognosis: Floats
    average: Floats
    fit: Floats
    responded: Floats
    site: Ints
    sites: int

    def of_parts(self, parts: list[int]) -> "Seen":
        """The same attempts by some of the recommenders."""
        names = ("outlook", "prognosis", "average", "fit")
        return replace(self, **{name: getattr(self, name)[:, parts] for name in names})

    def where(self, chosen: Ints) -> "Seen":
        """Some of the attempts."""
        return Seen(
            self.outlook[chosen],
            self.prognosis[chosen],
            self.average[chosen],
            self.fit[chosen],
            self.responded[chosen],
            self.site[chosen],
            self.sites,
        )


def fit_head(seen: Seen, *, with_fit: bool) -> Head:
    """Non-negative logistic weights; sites have their own level so that none stands for another.

    `with_fit=False` leaves out everything that would let the order depend on the case.
    """
    count = seen.prognosis.shape[1]
    columns = np.hstack([seen.prognosis, seen.average, seen.fit * float(with_fit)])
    prior = np.concatenate([np.full(2 * count, 1 / count), np.zeros(count)])
    sites = seen.sites
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
    own, by_site = found.x[: 3 * count], found.x[3 * count + 1 :]
    middle = float(by_site[seen.site].mean())
    return Head(
        level=float(found.x[3 * count]) + middle,
        prognosis=tuple(own[:count].tolist()),
        average=tuple(own[count : 2 * count].tolist()),
        fit=tuple(own[2 * count :].tolist()) if with_fit else (0.0,) * count,
        by_site=tuple((by_site - middle).tolist()),
    )


def fit_outlook(outlook: Floats, order: Floats, responded: Floats) -> tuple[float, Floats]:
    """The level and the weights of the outlooks beside an order that stands (its logits).

    What is shown of a case knows no site, so the outlook has to tell the sites' levels as well.
    """
    count = outlook.shape[1]
    prior = np.full(count, 1 / count)
    sign = 2 * responded - 1

    def loss(weights: Floats) -> tuple[float, Floats]:
        logits = outlook @ weights[:count] + weights[count] + order
        away = weights[:count] - prior
        value = np.logaddexp(0, -sign * logits).sum() + 0.5 * STRENGTH * (away @ away)
        residual = logistic(logits) - responded
        slope = outlook.T @ residual + STRENGTH * away
        return float(value), np.append(slope, residual.sum())

    start = np.append(prior, logit(np.array(responded.mean())))
    bounds = [(0.0, None)] * count + [(None, None)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.x[count]), found.x[:count]
