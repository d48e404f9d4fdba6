"""Evidence: published studies pooled, each arm against the control of its own study.

Random effects over studies, those not at low risk of bias counting half. How far active therapies
differ is taken from studies in which they met, never from one study against another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm
from statsmodels.stats.meta_analysis import combine_effects

from recommender.clinical.evidence import CONTROL, OddsRatio, TherapyEvidence, TrialArm
from recommender.ml.comparisons import (
    LOW_RISK_COUNTS,
    NOBODY,
    Compared,
    Study,
    compare,
    studies_of,
)
from recommender.ml.head_to_head import Differences, Meeting, differences
from recommender.ml.interactions import Floats

LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class Estimate:
    """A log odds ratio and its variance."""

    value: float
    variance: float

    @property
    def odds_ratio(self) -> OddsRatio:
        """The same as a ratio, with its interval."""
        half = float(norm.ppf((1 + LEVEL) / 2)) * self.variance**0.5
        value, lower, upper = np.exp([self.value, self.value - half, self.value + half]).tolist()
        return OddsRatio(value, lower, upper, LEVEL)


@dataclass(frozen=True, slots=True)
class Spread:
    """How far one therapy's studies differ beyond chance, by so many comparisons."""

    tau2: float
    i2: float
    comparisons: int


@dataclass(frozen=True)
class PooledTherapy:
    """One therapy's studies, pooled: alone, and drawn to the others as far as none shows more.

    `spread` is how far its studies differ beyond chance; None with a single one.
    """

    code: str
    alone: Estimate
    used: Estimate
    spread: Spread | None
    evidence: TherapyEvidence


@dataclass(frozen=True)
class PooledEvidence:
    """What all studies say: of the active therapies together, of each, and of their differences.

    `tau2` is the variance between studies of one therapy; None where no therapy has two, and then
    the studies can't say how far a clinic may be from them. `doubt` is how far therapies may yet
    differ, an entry a therapy (a variance).
    """

    therapies: tuple[PooledTherapy, ...]
    together: Estimate
    tau2: float | None
    differences: Differences
    doubt: tuple[float, ...]
    studies: int
    left_out: int

    @property
    def precisions(self) -> dict[str, float]:
        """How surely each therapy's effect is known for a clinic that is no study of these."""
        if self.tau2 is None:
            return {each.code: 0.0 for each in self.therapies}
        return {
            each.code: 1 / (each.alone.variance + doubt + self.tau2)
            for each, doubt in zip(self.therapies, self.doubt, strict=True)
        }

    def to_json(self) -> dict[str, Any]:
        """The evidence as it's stored with a version."""
        return {
            "studies": self.studies,
            "left_out": self.left_out,
            "together": self.together.odds_ratio.as_given(),
            "tau2": self.tau2,
            "between_therapies": {
                "variance": self.differences.between,
                "lower": self.differences.lower,
                "upper": _finite(self.differences.upper),
                "level": LEVEL,
                "studies": self.differences.meetings,
            },
            "therapies": [
                {
                    "code": each.code,
                    **each.evidence.as_given(),
                    "tau2": each.spread.tau2 if each.spread else None,
                    "i2": each.spread.i2 if each.spread else None,
                    "precision": self.precisions[each.code],
                }
                for each in self.therapies
            ],
        }


def pool(arms: Sequence[TrialArm]) -> PooledEvidence | None:
    """The studies pooled; None where no arm can be compared with its study's control."""
    studies = studies_of(arms)
    compared = compare(studies)
    if compared is None:
        return None
    codes = sorted(set(compared.therapy.tolist()))
    spreads = [_spread(compared.of(code)) for code in codes]
    tau2 = _shared_tau2(spreads)
    # Without a notion of how far studies differ by chance, nothing is beyond it.
    met = [] if tau2 is None else _meetings(studies, codes, tau2)
    found = differences(met, therapies=len(codes), level=LEVEL)
    together = _weighed(compared, tau2 or 0.0)
    used = [
        Estimate(together.value + away, together.variance + variance)
        for away, variance in zip(found.away.tolist(), found.variance.tolist(), strict=True)
    ]
    therapies = tuple(
        _Own(code, compared.of(code), studies, spread).pooled(tau2 or 0.0, its, found)
        for code, spread, its in zip(codes, spreads, used, strict=True)
    )
    return PooledEvidence(
        therapies=therapies,
        together=together,
        tau2=tau2,
        differences=found,
        doubt=tuple((found.doubt if met else _most_doubt(therapies)).tolist()),
        studies=len(np.unique(compared.study)),
        left_out=len(studies) - len(np.unique(compared.study)),
    )


def _weighed(compared: Compared, tau2: float) -> Estimate:
    """Weighted by precision; of a discounted study's precision a part counts."""
    weight = compared.counts / (compared.variance + tau2)
    return Estimate(float(weight @ compared.effect / weight.sum()), float(1 / weight.sum()))


def _spread(compared: Compared) -> Spread | None:
    """The spread as Paule and Mandel estimate it; a single study has none."""
    count = len(compared.effect)
    if count < 2:
        return None
    with np.errstate(divide="ignore"):  # of I² where all studies agree; it is cut off at zero
        found = combine_effects(compared.effect, compared.variance, method_re="iterated")
    return Spread(float(found.tau2), max(float(found.i2), 0.0), count)


def _shared_tau2(spreads: Iterable[Spread | None]) -> float | None:
    """The variance between studies of a therapy, on average over therapies with two or more."""
    found = [spread for spread in spreads if spread]
    if not found:
        return None
    return float(
        np.average([each.tau2 for each in found], weights=[each.comparisons - 1 for each in found])
    )


def _meetings(studies: list[Study], codes: list[str], tau2: float) -> list[Meeting]:
    """The studies in which two therapies or more met; heterogeneity is of a difference of two."""
    place = {code: number for number, code in enumerate(codes)}
    found = []
    for study in studies:
        met = [therapy for therapy in study.active if therapy in place]
        if len(met) < 2:
            continue
        responders, n = np.array([study.arms[therapy] for therapy in met], float).T
        yes, no = responders + NOBODY, n - responders + NOBODY
        weight = study.counts / (1 / yes + 1 / no + tau2 / 2)
        found.append(Meeting(np.array([place[each] for each in met]), np.log(yes / no), weight))
    return found


def _most_doubt(therapies: Sequence[PooledTherapy]) -> Floats:
    """How far therapies that never met may differ: no more than their own pooled effects do.

    What sets their studies apart is in those as well, so they don't show that therapies differ.
    """
    if len(therapies) == 1:
        return np.zeros(1)
    effects = np.array([(each.alone.value, each.alone.variance) for each in therapies])
    everyone = Meeting(np.arange(len(therapies)), effects[:, 0], 1 / effects[:, 1])
    return differences([everyone], therapies=len(therapies), level=LEVEL).doubt


@dataclass(frozen=True)
class _Own:
    """One therapy's comparisons, and the studies they come from."""

    code: str
    compared: Compared
    studies: list[Study]
    spread: Spread | None

    def pooled(self, tau2: float, used: Estimate, found: Differences) -> PooledTherapy:
        """Its row: what was compared, alone and beside the others."""
        its = [self.studies[number] for number in self.compared.study.tolist()]
        alone = _weighed(self.compared, tau2)
        evidence = TherapyEvidence(
            studies=len(its),
            people=sum(study.arms[self.code][1] + study.arms[CONTROL][1] for study in its),
            not_low_risk=sum(study.counts < LOW_RISK_COUNTS for study in its),
            conditions=tuple(sorted({study.condition for study in its} - {""})),
            sources=tuple(dict.fromkeys(study.source for study in its if study.source)),
            alone=alone.odds_ratio,
            used=used.odds_ratio,
            differs=found.between > 0,
        )
        return PooledTherapy(self.code, alone, used, self.spread, evidence)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
