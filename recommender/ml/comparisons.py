"""Comparisons: the arms of published studies, each against the control of its own study."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.meta_analysis import effectsize_2proportions

from recommender.clinical.evidence import CONTROL, TrialArm
from recommender.ml.interactions import Floats, Ints

LOW_RISK_COUNTS, OTHER_COUNTS = 1.0, 0.5
"""How much a study counts, by its risk of bias; one that doesn't say isn't at low risk."""

NOBODY = 0.5
"""Added to every count of a comparison in which nobody, or everybody, responded in an arm."""


@dataclass(frozen=True, slots=True)
class Study:
    """The arms of one study: responders and people by therapy."""

    arms: Mapping[str, tuple[int, int]]
    counts: float
    condition: str
    source: str

    @property
    def active(self) -> tuple[str, ...]:
        """Its therapies without the control."""
        return tuple(therapy for therapy in sorted(self.arms) if therapy != CONTROL)


@dataclass(frozen=True)
class Compared:
    """Therapies against their study's control, as log odds ratios: an entry a study and therapy."""

    therapy: NDArray[np.str_]
    study: Ints
    effect: Floats
    variance: Floats
    counts: Floats

    def of(self, therapy: str) -> "Compared":
        """One therapy's comparisons."""
        own = self.therapy == therapy
        return Compared(
            self.therapy[own],
            self.study[own],
            self.effect[own],
            self.variance[own],
            self.counts[own],
        )


def studies_of(arms: Iterable[TrialArm]) -> list[Study]:
    """Arms by study and condition, those of one therapy put together.

    A study that two data sets bring is taken from the first.
    """
    grouped: dict[tuple[str, str], list[TrialArm]] = {}
    for arm in arms:
        own = grouped.setdefault((arm.study, arm.condition), [])
        if not own or own[0].source == arm.source:
            own.append(arm)
    return [_study(own) for own in grouped.values()]


def compare(studies: list[Study]) -> Compared | None:
    """Every therapy against its own control; a control with several is shared out among them.

    Where everybody responded, or nobody, in both arms, the two say nothing of each other.
    """
    pairs, cells = [], []
    for number, study in enumerate(studies):
        if CONTROL not in study.arms or not study.active:
            continue
        control, of_control = (count / len(study.active) for count in study.arms[CONTROL])
        for therapy in study.active:
            responders, n = study.arms[therapy]
            if 0 < responders + control < n + of_control:
                pairs.append((therapy, number))
                cells.append((responders, n, control, of_control))
    if not pairs:
        return None
    effect, variance = effectsize_2proportions(*_finite(np.array(cells)), statistic="odds-ratio")
    return Compared(
        therapy=np.array([therapy for therapy, _ in pairs]),
        study=np.array([number for _, number in pairs]),
        effect=effect,
        variance=variance,
        counts=np.array([studies[number].counts for _, number in pairs]),
    )


def _finite(cells: Floats) -> Floats:
    """Responders and people of both arms, corrected where one has none or all of them.

    statsmodels' own correction (0.15) reaches the counts of every row, not only of these.
    """
    responders, people = cells[:, ::2], cells[:, 1::2]
    all_or_none = ((responders == 0) | (responders == people)).any(axis=1)
    added: Floats = cells + np.array([NOBODY, 2 * NOBODY] * 2) * all_or_none[:, None]
    return added.T


def _study(arms: list[TrialArm]) -> Study:
    found: dict[str, tuple[int, int]] = {}
    for arm in arms:
        responders, n = found.get(arm.therapy, (0, 0))
        found[arm.therapy] = (responders + arm.responders, n + arm.n)
    low = all(arm.high_risk_of_bias is False for arm in arms)
    return Study(
        arms=found,
        counts=LOW_RISK_COUNTS if low else OTHER_COUNTS,
        condition=arms[0].condition,
        source=arms[0].source,
    )
