"""Subgroups by recorded background: whether anyone is served worse than by the incumbent."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from recommender.clinical.coding import FindingKind, ValueType
from recommender.ml.features import distinct_values, is_number, positions_by_concept
from recommender.ml.interactions import Findings, Floats, Ints, TrainingData

SMALLEST_SHOWN = 10
MOST_SUBGROUPS = 60
BANDS = 4
ERROR_RATE = 0.05


@dataclass(frozen=True)
class Subgroup:
    """Cases that share a background, and how much log-loss an attempt of theirs is saved."""

    name: str
    cases: int
    attempts: int
    gain: float
    lower: float
    upper: float

    def to_json(self) -> dict[str, object]:
        """The subgroup as it is stored."""
        return {
            "name": self.name,
            "cases": self.cases,
            "attempts": self.attempts,
            "gain": {"value": self.gain, "lower": self.lower, "upper": self.upper},
        }


def subgroups(data: TrainingData, case: Ints, gain: Floats) -> list[Subgroup]:
    """Every background flag and category with enough cases; intervals allow for their number."""
    members = [(name, cases) for name, cases in _members(data) if len(cases) >= SMALLEST_SHOWN]
    members = sorted(members, key=lambda pair: (-len(pair[1]), pair[0]))[:MOST_SUBGROUPS]
    wide = float(stats.norm.isf(ERROR_RATE / max(len(members), 1)))
    found = []
    for name, cases in members:
        inside: NDArray[np.bool_] = np.zeros(data.cases, np.bool_)
        inside[cases] = True
        chosen = np.flatnonzero(inside[case])
        with_attempt = len(np.unique(case[chosen]))
        if with_attempt < SMALLEST_SHOWN:
            continue
        mean, error = _mean_over_cases(case[chosen], gain[chosen])
        found.append(
            Subgroup(
                name, with_attempt, len(chosen), mean, mean - wide * error, mean + wide * error
            )
        )
    return found


def _members(data: TrainingData) -> list[tuple[str, Ints]]:
    found = []
    for concept, chosen in zip(data.concepts, positions_by_concept(data), strict=True):
        if concept.kind is not FindingKind.BACKGROUND:
            continue
        if concept.value_type == ValueType.NUMBER:
            found += _bands(concept.code, data.findings, chosen)
            continue
        for value, positions in distinct_values(data.findings, chosen):
            shown = (
                "present" if value is None else value if isinstance(value, str) else f"{value:g}"
            )
            found.append((f"{concept.code} = {shown}", data.findings.case[positions]))
    return found


def _bands(code: str, findings: Findings, chosen: Ints) -> list[tuple[str, Ints]]:
    """Quarters of the cases by a number, such as age."""
    numbered = chosen[is_number(findings, chosen)]
    numbers = findings.number[numbered]
    if len(numbered) < BANDS * SMALLEST_SHOWN:
        return []
    edges = np.unique(np.quantile(numbers, np.arange(1, BANDS) / BANDS))
    band = np.searchsorted(edges, numbers, side="right")
    found = []
    for number in np.unique(band).tolist():
        inside = numbered[band == number]
        low, high = findings.number[inside].min(), findings.number[inside].max()
        found.append((f"{code} {low:g} to {high:g}", findings.case[inside]))
    return found


def _mean_over_cases(case: Ints, gain: Floats) -> tuple[float, float]:
    """The mean over attempts and its standard error, a case's attempts being one draw."""
    _, number = np.unique(case, return_inverse=True)
    mean = float(gain.mean())
    away = np.bincount(number, gain - mean)
    return mean, float(np.sqrt((away**2).sum()) / len(case))
