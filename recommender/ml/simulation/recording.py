"""What reaches the record of what people have: much of it, not all, and less at some sites."""

from dataclasses import dataclass

import numpy as np

from recommender.clinical.coding import FindingKind
from recommender.ml.interactions import Floats, Ints
from recommender.ml.simulation.population import People, Population

SEEN_SYMPTOM, SEEN_TRIGGER, SEEN_BACKGROUND = 0.90, 0.85, 0.93
"""The share of what's there that is written down at a site of the middle."""
RULED_OUT_SYMPTOM, RULED_OUT_TRIGGER, RULED_OUT_BACKGROUND = 0.35, 0.08, 0.06
"""The share of what isn't there that is written down as absent."""
DEMOGRAPHIC = 0.985
SITE_SPREAD = 0.5
"""How much sites differ in care to write things down (logits)."""
WITHOUT_SEVERITY = 0.07
DEMOGRAPHIC_STARTS = ("age_", "sex_")


@dataclass(frozen=True)
class Recorded:
    """Recorded findings, one entry each; `level` -1 is present without a value."""

    person: Ints
    finding: Ints
    level: Ints


@dataclass(frozen=True)
class Recording:
    """How likely each finding is written down, by site, where it's there and where it isn't."""

    present: Floats
    absent: Floats
    symptom: np.ndarray

    def record(self, people: People, rng: np.random.Generator) -> Recorded:
        """Write down what these people show."""
        likely = np.where(people.levels > 0, self.present[people.site], self.absent[people.site])
        person, finding = np.nonzero(rng.random(likely.shape) < likely)
        level = people.levels[person, finding].astype(np.int64)
        unvalued = (rng.random(len(level)) < WITHOUT_SEVERITY) & self.symptom[finding] & (level > 0)
        flags = ~self.symptom[finding] & (level > 0)
        level[unvalued | flags] = -1
        return Recorded(person, finding, level)


def draw_recording(population: Population, *, sites: int, rng: np.random.Generator) -> Recording:
    """Draw how careful each site is."""
    seen, ruled_out = [], []
    for kind, code in population.findings:
        if code.startswith(DEMOGRAPHIC_STARTS):
            seen.append(DEMOGRAPHIC)
            ruled_out.append(0.0)
        elif kind is FindingKind.SYMPTOM:
            seen.append(SEEN_SYMPTOM)
            ruled_out.append(RULED_OUT_SYMPTOM)
        elif kind is FindingKind.TRIGGER:
            seen.append(SEEN_TRIGGER)
            ruled_out.append(RULED_OUT_TRIGGER)
        else:
            seen.append(SEEN_BACKGROUND)
            ruled_out.append(RULED_OUT_BACKGROUND)
    care = SITE_SPREAD * rng.standard_normal((sites, 1))
    return Recording(
        present=_shifted(np.array(seen), care),
        absent=_shifted(np.array(ruled_out), care),
        symptom=np.array([kind is FindingKind.SYMPTOM for kind, _ in population.findings]),
    )


def _shifted(share: Floats, care: Floats) -> Floats:
    """Shares moved on the logit; what is never written down stays so."""
    with np.errstate(divide="ignore"):
        odds = share / (1 - share) * np.exp(care)
    shifted: Floats = odds / (1 + odds)
    return shifted
