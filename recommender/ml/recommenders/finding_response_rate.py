"""Response rates of each finding with each therapy, added up as if findings didn't overlap."""

from dataclasses import dataclass

import numpy as np

from recommender.ml.recommenders.base import Progress, Untuned
from recommender.ml.recommenders.response_rate import ResponseRate
from recommender.ml.sample import Sample
from recommender.ml.shrinkage import logit, prior_strength, shrunken_rate
from recommender.ml.table import Table


@dataclass(frozen=True)
class FindingResponseRate(Untuned):
    """A simple baseline that looks at findings: the mean of their surplus log odds."""

    def fit(self, sample: Sample, *, seed: int, progress: Progress) -> Table:
        """Count the responses of each therapy among the cases with each finding."""
        rates = ResponseRate().fit(sample, seed=seed, progress=lambda _: None)
        present = sample.rows.copy()
        present.data = (present.data > 0).astype(float)
        shape = (sample.cases.shape[1], sample.therapies)
        n, responders = np.zeros(shape), np.zeros(shape)
        for therapy in range(sample.therapies):
            own = np.flatnonzero(sample.therapy == therapy)
            n[:, therapy] = present[own].sum(axis=0)
            responders[:, therapy] = present[own].T @ sample.responded[own]
            progress((therapy + 1) / sample.therapies)
        usual = np.broadcast_to(1 / (1 + np.exp(-rates.intercept)), shape)
        strength = prior_strength(responders.ravel(), n.ravel(), usual.ravel())
        surplus = logit(shrunken_rate(responders, n, usual, strength)) - logit(usual)
        findings_a_case = max(float(present.sum(axis=1).mean()), 1.0)
        return Table(rates.intercept, surplus / findings_a_case)
