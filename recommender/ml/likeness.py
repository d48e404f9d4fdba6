"""Likeness: whether a case is like those that a version learned from, in the columns it fills."""

from dataclasses import dataclass

import numpy as np

from recommender.ml.features import EncodedCase
from recommender.ml.interactions import Floats

SMALLEST_SPREAD = 0.1
"""A column that hardly anybody fills would make everybody who does unlike all others."""
FARTHER_BY = 1.25
"""Unlike is a case this much farther off than the farthest that was learned from."""


@dataclass(frozen=True)
class Likeness:
    """The middle and the spread of each column, and how far off the farthest case was.

    Distances are squared, in spreads, summed over the columns.
    """

    centre: Floats
    spread: Floats
    farthest: float

    @classmethod
    def of(cls, mean: Floats, mean_square: Floats) -> "Likeness":
        """From the columns' moments; the farthest case is still to be found."""
        spread = np.sqrt(np.maximum(mean_square - mean**2, 0))
        return cls(mean, np.maximum(spread, SMALLEST_SPREAD), 0.0)

    @property
    def of_nothing(self) -> float:
        """How far off a case is that fills no column."""
        return float(((self.centre / self.spread) ** 2).sum())

    def beyond_nothing(self, columns: np.ndarray, values: Floats) -> Floats:
        """What each filled column adds to that."""
        added: Floats = (values**2 - 2 * values * self.centre[columns]) / self.spread[columns] ** 2
        return added

    def is_unlike(self, case: EncodedCase) -> bool:
        """Whether a case is farther off than any that was learned from."""
        distance = self.of_nothing + float(self.beyond_nothing(case.columns, case.values).sum())
        return distance > FARTHER_BY * self.farthest
