"""Popularity: what is tried most comes first. A baseline; it knows nothing of responses."""

from dataclasses import dataclass

import numpy as np

from recommender.ml.recommenders.base import Progress, Untuned
from recommender.ml.sample import Sample
from recommender.ml.table import Table


@dataclass(frozen=True)
class Popularity(Untuned):
    """The log share of attempts, with one attempt added to each therapy."""

    def fit(self, sample: Sample, *, seed: int, progress: Progress) -> Table:
        """Count the attempts."""
        del seed
        share = (sample.tried + 1) / (len(sample) + sample.therapies)
        progress(1.0)
        return Table.same_for_all(np.log(share), sample.cases.shape[1])
