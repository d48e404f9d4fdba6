"""The prior of therapies' averages: what studies lead one to expect of them at a clinic.

Studies say how far therapies stand from control and so from each other; on what level they stand
at this clinic is for its own attempts to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.clinical.evidence import CONTROL, TrialArm
from recommender.clinical.therapy import Therapy
from recommender.ml.evidence import pool
from recommender.ml.interactions import Floats, Ints


@dataclass(frozen=True)
class AveragePrior:
    """An entry a therapy: its log odds against control, and the precision of that at a clinic.

    Where studies say nothing the precision is zero. `control` is the place of a control among the
    therapies, None when there's none.
    """

    effect: Floats
    precision: Floats
    control: int | None

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which therapies studies place against each other."""
        known: NDArray[np.bool_] = self.precision > 0
        if self.control is not None:
            known[self.control] = True
        return known

    def ahead(self, therapy: Ints, site: Ints, sites: int) -> Floats:
        """How far each therapy is expected ahead of the known ones that were given at its sites."""
        known = self.known[therapy]
        effect = np.where(known, self.effect[therapy], 0.0)
        count = np.maximum(np.bincount(site, known, sites), 1.0)
        beyond = np.where(known, effect - (np.bincount(site, effect, sites) / count)[site], 0.0)
        size = len(self.effect)
        tried = np.maximum(np.bincount(therapy, minlength=size), 1)
        ahead: Floats = np.bincount(therapy, beyond, size) / tried
        return ahead

    def doubted(self, strength: float, ahead: Floats, expected: Floats) -> Floats:
        """How many attempts an expectation is worth that rests on studies in part.

        It may be off by as much as the studies are unsure, or by the whole of what they add.
        """
        unsure = np.divide(1.0, self.precision, out=ahead**2, where=self.precision > 0)
        doubt = np.minimum(unsure, ahead**2)
        worth: Floats = strength / (1 + strength * expected * (1 - expected) * doubt)
        return worth

    def drawn_together(self, away: Floats, precision: Floats) -> Floats:
        """How far therapies are from what was expected, drawn to where the others known are.

        The best estimate from own attempts (`away`, with its `precision`) and from studies, which
        hold every known therapy to the level of control with theirs. With no control among the
        therapies that level is unknown, and only how they differ counts.
        """
        size = len(away)
        places = np.flatnonzero((self.precision > 0) & (np.arange(size) != self.control))
        if not len(places):
            return away
        level = size if self.control is None else self.control
        own = np.append(precision, 0.0)
        tied = np.diag(own)
        held = self.precision[places]
        tied[places, places] += held
        tied[places, level] -= held
        tied[level, places] -= held
        tied[level, level] += held.sum()
        asked = size + (self.control is None)
        found: Floats = np.linalg.solve(
            tied[:asked, :asked], own[:asked] * np.append(away, 0.0)[:asked]
        )
        return found[:size]


def average_prior(arms: Sequence[TrialArm], therapies: Sequence[Therapy]) -> AveragePrior | None:
    """The prior that studies give; None where they say nothing of these therapies."""
    pooled = pool(arms)
    if pooled is None:
        return None
    by_code = {each.code: each for each in pooled.therapies}
    found = [by_code.get(therapy.code) for therapy in therapies]
    places = {therapy.code: place for place, therapy in enumerate(therapies)}
    prior = AveragePrior(
        effect=np.array([each.used.value if each else 0.0 for each in found]),
        precision=np.array([pooled.precisions.get(each.code, 0.0) for each in therapies]),
        control=places.get(CONTROL),
    )
    return prior if (prior.precision > 0).any() else None
