"""What was tried and how it went: one to four courses a case, until it helps or care is left."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.ml.interactions import Floats, Ints
from recommender.ml.simulation.people_in_care import InCare
from recommender.ml.simulation.practice import choose

MOST_COURSES = 4
GOES_ON, RELAPSES = 0.65, 0.08
"""The share who try another therapy after one that failed, and after one that helped."""
DROP_OUT, DROP_OUT_BY_SEVERITY = -2.1, 0.3
LEAVES_WITH_DROP_OUT = 0.5
LOWEST_SCORE, HIGHEST_SCORE = 10, 27
"""PHQ-9 totals at entry: the pathway takes people from the usual cut-off for depression."""
REMISSION_BELOW = 5
"""PHQ-9: a total under 5 is the usual definition of remission (Kroenke, JGIM 2001)."""


@dataclass(frozen=True)
class Courses:
    """Attempts, one entry each; `responded` is as recorded and counts only where it's `known`.

    `before` and `after` are PHQ-9 totals, `after` -1 where nobody measured; `side_effects` says
    that these were the reason to stop.
    """

    person: Ints
    therapy: Ints
    sequence: Ints
    responded: NDArray[np.bool_]
    known: NDArray[np.bool_]
    before: Ints
    after: Ints
    side_effects: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.person)


def draw_courses(care: InCare, *, mislabelled: float, rng: np.random.Generator) -> Courses:
    """Follow everyone through care."""
    people = np.arange(len(care.people))
    score = _entry_scores(care.people.severity, rng)
    tried = np.zeros(care.chance.shape, dtype=bool)
    parts = []
    for sequence in range(1, MOST_COURSES + 1):
        wish = care.wish(people, failures=sequence - 1)
        wish[tried[people]] = -np.inf
        therapy = choose(wish, rng)
        tried[people, therapy] = True
        responded = rng.random(len(people)) < care.chance[people, therapy]
        logit = DROP_OUT + DROP_OUT_BY_SEVERITY * care.people.severity[people]
        known = rng.random(len(people)) >= 1 / (1 + np.exp(-logit))
        recorded = responded ^ (rng.random(len(people)) < mislabelled)
        after = np.where(known, _scores_after(score[people], recorded, rng), -1)
        parts.append(
            Courses(
                person=people,
                therapy=therapy,
                sequence=np.full(len(people), sequence),
                responded=recorded,
                known=known,
                before=score[people],
                after=after,
                side_effects=rng.random(len(people)) < np.where(known & responded, 0.02, 0.2),
            )
        )
        score[people] = np.where(known, np.maximum(after, LOWEST_SCORE), score[people])
        goes_on = rng.random(len(people)) < np.where(responded, RELAPSES, GOES_ON)
        goes_on &= known | (rng.random(len(people)) >= LEAVES_WITH_DROP_OUT)
        people = people[goes_on]
    return _joined(parts)


def _joined(parts: list[Courses]) -> Courses:
    """In the order of people, each person's courses in theirs."""
    names = Courses.__dataclass_fields__
    whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    order = np.lexsort((whole["sequence"], whole["person"]))
    return Courses(**{name: values[order] for name, values in whole.items()})


def _entry_scores(severity: Floats, rng: np.random.Generator) -> Ints:
    score = np.rint(16 + 3 * severity + 2.5 * rng.standard_normal(len(severity)))
    return np.clip(score, LOWEST_SCORE, HIGHEST_SCORE).astype(np.int64)


def _scores_after(before: Ints, responded: NDArray[np.bool_], rng: np.random.Generator) -> Ints:
    """At most seven tenths are left where it helped; where it didn't, nearly all or more."""
    left = np.where(
        responded, rng.uniform(0.1, 0.7, len(before)), rng.uniform(0.75, 1.2, len(before))
    )
    return np.minimum(np.rint(before * left), HIGHEST_SCORE).astype(np.int64)
