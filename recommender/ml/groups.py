"""Groups: what can be counted of similar cases who had a therapy, in place of a single forecast.

Similar means: near in the recommender's own score for that therapy, on cases it hadn't seen.
"""

from dataclasses import dataclass

import numpy as np

from recommender.ml.interactions import Floats, Ints

LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class Group:
    """Of `cases` similar cases who had the therapy, the share `responded`.

    `probability` is that share, shrunken; the interval is of the group's rate at 90 %.
    """

    cases: int
    responded: float
    probability: float
    lower: float
    upper: float
    level: float = LEVEL


@dataclass(frozen=True)
class Groups:
    """The groups of every therapy, in order of score; therapy k has `start[k]:start[k + 1]`."""

    start: Ints
    upto: Floats
    cases: Ints
    responders: Ints
    probability: Floats
    lower: Floats
    upper: Floats

    def of(self, therapy: int, logit: float) -> int | None:
        """The number of the group that a score falls in; None when too few had the therapy."""
        first, stop = int(self.start[therapy]), int(self.start[therapy + 1])
        if first == stop:
            return None
        return first + int(np.searchsorted(self.upto[first : stop - 1], logit, side="left"))

    def of_many(self, therapy: Ints, logits: Floats) -> Ints:
        """The same for many attempts; -1 where too few had the therapy."""
        found = np.full(len(therapy), -1, np.int32)
        for one in np.unique(therapy).tolist():
            first, stop = int(self.start[one]), int(self.start[one + 1])
            if first == stop:
                continue
            chosen = therapy == one
            found[chosen] = first + np.searchsorted(self.upto[first : stop - 1], logits[chosen])
        return found

    def group(self, number: int) -> Group:
        """What can be said of a group."""
        cases = int(self.cases[number])
        return Group(
            cases=cases,
            responded=int(self.responders[number]) / cases,
            probability=float(self.probability[number]),
            lower=float(self.lower[number]),
            upper=float(self.upper[number]),
        )
