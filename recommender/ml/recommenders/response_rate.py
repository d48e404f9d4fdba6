"""The shrunken response rate: the incumbent that every other recommender has to beat."""

from dataclasses import dataclass

import numpy as np

from recommender.ml.interactions import Floats
from recommender.ml.recommenders.base import Progress, Untuned
from recommender.ml.sample import Sample
from recommender.ml.shrinkage import Correlation, logistic, logit, prior_strength, shrunken_rate
from recommender.ml.table import Table

# A standard deviation of 0.2 on the logit. Small data alone can't tell how far therapies differ:
# their rates happen to agree or to stand far apart, and what comes first follows suit.
BETWEEN_THERAPIES = Correlation(expected=0.01, doubt=0.005, least=0.001)


@dataclass(frozen=True)
class ResponseRate(Untuned):
    """How many responded to each therapy, against what was expected at its sites.

    Where a site is a trial, therapies are comparable only inside it; a therapy is therefore
    judged by its surplus over its sites' rates, drawn to none when few cases have had it, or to
    what studies lead one to expect.
    """

    def fit(self, sample: Sample, *, seed: int, progress: Progress) -> Table:
        """Count the responses."""
        del seed
        overall = float(sample.responded.mean())
        expected = site_rates(sample)[sample.site]
        n = sample.tried
        responders = np.bincount(sample.therapy, sample.responded, sample.therapies).astype(float)
        by_site = np.bincount(sample.therapy, expected, sample.therapies)
        usual = np.divide(by_site, n, out=np.full(len(n), overall), where=n > 0)
        surplus = _surplus(sample, responders, usual)
        progress(1.0)
        return Table.same_for_all(logit(np.array(overall)) + surplus, sample.cases.shape[1])


def _surplus(sample: Sample, responders: Floats, usual: Floats) -> Floats:
    """How far each therapy's rate is above what's usual at its sites, in log odds."""
    n, prior = sample.tried, sample.prior
    if prior is None:
        strength = _strength(responders, n, usual)
        return logit(shrunken_rate(responders, n, usual, strength)) - logit(usual)
    ahead = prior.ahead(sample.therapy, sample.site, sample.sites)
    expected = logistic(logit(usual) + ahead)
    worth = prior.doubted(_strength(responders, n, expected), ahead, expected)
    rate = shrunken_rate(responders, n, expected, worth)
    away = logit(rate) - logit(expected)
    return ahead + prior.drawn_together(away, (n + worth) * rate * (1 - rate))


def _strength(responders: Floats, n: Floats, expected: Floats) -> float:
    """How many attempts it's worth that a therapy is expected to do like the others."""
    return 1 / BETWEEN_THERAPIES.after_rates(responders, n, expected) - 1


def site_rates(sample: Sample) -> Floats:
    """The response rate of each site, drawn to the overall rate."""
    n = np.bincount(sample.site, minlength=sample.sites).astype(float)
    responders = np.bincount(sample.site, sample.responded, sample.sites).astype(float)
    overall = np.full(sample.sites, float(sample.responded.mean()))
    return shrunken_rate(responders, n, overall, prior_strength(responders, n, overall))
