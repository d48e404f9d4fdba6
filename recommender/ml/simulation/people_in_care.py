"""People on a simulated pathway with all that decides what they're given and how it goes."""

from dataclasses import dataclass

import numpy as np

from recommender.ml.interactions import Floats, Ints
from recommender.ml.simulation.population import People, chosen
from recommender.ml.simulation.practice import Mask, Practice, shares


@dataclass(frozen=True)
class InCare:
    """n people; `chance`, `safety`, `sensed` and `withheld` are people by therapies."""

    people: People
    practice: Practice
    chance: Floats
    safety: Floats
    sensed: Floats
    withheld: Mask

    def wish(self, rows: Ints, *, failures: int) -> Floats:
        """How much each therapy is wished for these people after so many failures."""
        return self.practice.wish(
            chosen(self.people, rows),
            safety=self.safety[rows],
            sensed=self.sensed[rows],
            failures=failures,
        )

    def usual_care(self) -> Floats:
        """Each person's chance to respond to what a clinician here would give first."""
        given = shares(self.wish(np.arange(len(self.people)), failures=0))
        usual: Floats = (given * self.chance).sum(axis=1)
        return usual
