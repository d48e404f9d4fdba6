"""The contract of a recommender: it learns from attempts and only scores."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from recommender.ml.sample import Sample
from recommender.ml.table import Table

Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1; it may raise to stop the training."""


class Recommender(Protocol):
    """A frozen set of parameters; one left at None is chosen from the data by `tuned`."""

    def tuned(self, sample: Sample, *, seed: int, progress: Progress) -> "Recommender":
        """The same recommender with every parameter set, by held-out cases of the sample."""
        ...

    def fit(self, sample: Sample, *, seed: int, progress: Progress) -> Table:
        """Learn a table of logits."""
        ...


@dataclass(frozen=True)
class Untuned:
    """A recommender that needs no held-out cases to set itself."""

    def tuned(self, sample: Sample, *, seed: int, progress: Progress) -> "Recommender":
        """Itself."""
        del sample, seed
        progress(1.0)
        return self  # type: ignore[return-value]
