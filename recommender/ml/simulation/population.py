"""The people of a simulated pathway: correlated symptoms, triggers and background."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.clinical.coding import FindingKind
from recommender.ml.interactions import Floats

Levels = NDArray[np.int8]

GENERAL_SHARE = 0.4
"""How much of every symptom factor is the one general severity."""
FACTOR_LOADING = 0.75
MARKED, SEVERE = 0.6, 0.25
"""Of those who have a symptom, the share with a severity of 2 or more, and of 3."""
MEAN_BURDEN, BURDEN_SPREAD = 0.17, 0.08
"""Of the mean symptom on 0 to 1; the same for every draw, or a draw's size would change it."""
MEAN_BAND, BAND_SPREAD = 1.6, 1.15
FERTILE_BANDS = frozenset({"age_18_24", "age_25_44"})
UNRECORDED = 4
"""How many traits matter that no record holds; the first is severity."""


@dataclass(frozen=True, slots=True)
class Trait:
    """How common a background factor is, and how it goes with age and general illness (logits)."""

    share: float
    age: float = 0.0
    illness: float = 0.0


@dataclass(frozen=True)
class Population:
    """Who comes: shares, and which findings go together because they share a factor."""

    indications: frozenset[str]
    symptoms: Mapping[str, Mapping[str, float]]
    triggers: Mapping[str, float]
    background: Mapping[str, Trait]
    age_bands: Mapping[str, float]
    female: float
    prognosis: Mapping[str, float]
    popular: Mapping[str, float]

    @cached_property
    def findings(self) -> tuple[tuple[FindingKind, str], ...]:
        """Every finding a case can have, in the order of the columns of `People.levels`."""
        symptoms = [code for factor in self.symptoms.values() for code in factor]
        demographic = [*self.age_bands, "sex_female", "sex_male", *_REPRODUCTIVE]
        return (
            *((FindingKind.SYMPTOM, code) for code in symptoms),
            *((FindingKind.TRIGGER, code) for code in self.triggers),
            *((FindingKind.BACKGROUND, code) for code in (*self.background, *demographic)),
        )

    @cached_property
    def column(self) -> Mapping[str, int]:
        """Where a finding's column is; codes are unique over the kinds here."""
        return {code: place for place, (_, code) in enumerate(self.findings)}

    @cached_property
    def symptom_count(self) -> int:
        """The first columns are the symptoms."""
        return sum(len(factor) for factor in self.symptoms.values())


_REPRODUCTIVE = ("childbearing_potential", "pregnant", "breastfeeding", "postpartum_12m")


@dataclass(frozen=True)
class People:
    """n people as they are; `levels` is 0-3 for symptoms and 0 or 1 for the rest."""

    levels: Levels
    scaled: Floats
    """Every finding on 0 to 1."""
    severity: Floats
    """Mean severity of symptoms as a clinician sees it, standardised."""
    unrecorded: Floats
    site: NDArray[np.int32]
    year: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.levels)


def chosen(people: People, rows: NDArray[np.integer[Any]]) -> People:
    """Some of the people."""
    return People(
        people.levels[rows],
        people.scaled[rows],
        people.severity[rows],
        people.unrecorded[rows],
        people.site[rows],
        people.year[rows],
    )


def draw_people(
    population: Population,
    count: int,
    *,
    site: NDArray[np.int32],
    year: NDArray[np.int32],
    rng: np.random.Generator,
) -> People:
    """Draw people who go to these sites in these years."""
    general = rng.standard_normal(count)
    band = rng.choice(len(population.age_bands), size=count, p=_shares(population.age_bands))
    age = ((band - MEAN_BAND) / BAND_SPREAD).astype(np.float64)
    levels = np.hstack(
        [
            _symptoms(population, general, rng),
            _flags(population.triggers, general, rng),
            _background(population, general, age, rng),
            _demographics(population, band, rng),
        ]
    )
    scaled = levels.astype(float)
    scaled[:, : population.symptom_count] /= 3
    severity = (scaled[:, : population.symptom_count].mean(axis=1) - MEAN_BURDEN) / BURDEN_SPREAD
    unrecorded = rng.standard_normal((count, UNRECORDED))
    # Part of what isn't recorded shows as severity, or it would be independent of everything.
    unrecorded[:, 0] = 0.5 * general + np.sqrt(0.75) * unrecorded[:, 0]
    return People(levels, scaled, severity, unrecorded, site, year)


def _symptoms(population: Population, general: Floats, rng: np.random.Generator) -> Levels:
    columns = []
    for shares in population.symptoms.values():
        own = rng.standard_normal(len(general))
        factor = np.sqrt(GENERAL_SHARE) * general + np.sqrt(1 - GENERAL_SHARE) * own
        noise = rng.standard_normal((len(general), len(shares)))
        tendency = FACTOR_LOADING * factor[:, None] + np.sqrt(1 - FACTOR_LOADING**2) * noise
        for place, share in enumerate(shares.values()):
            cuts = [_cut(share), _cut(share * MARKED), _cut(share * SEVERE)]
            columns.append(np.searchsorted(cuts, tendency[:, place]).astype(np.int8))
    return np.column_stack(columns)


def _cut(share: float) -> float:
    """Above which value of a standard normal this share lies."""
    return NormalDist().inv_cdf(1 - share)


def _flags(shares: Mapping[str, float], general: Floats, rng: np.random.Generator) -> Levels:
    tendency = 0.25 * general[:, None] + np.sqrt(1 - 0.25**2) * rng.standard_normal(
        (len(general), len(shares))
    )
    cuts = np.array([_cut(share) for share in shares.values()])
    levels: Levels = (tendency > cuts).astype(np.int8)
    return levels


def _background(
    population: Population, general: Floats, age: Floats, rng: np.random.Generator
) -> Levels:
    columns = []
    for trait in population.background.values():
        logit = np.log(trait.share / (1 - trait.share)) + trait.age * age + trait.illness * general
        columns.append(rng.random(len(general)) < 1 / (1 + np.exp(-logit)))
    return np.column_stack(columns).astype(np.int8)


def _demographics(
    population: Population, band: NDArray[np.int64], rng: np.random.Generator
) -> Levels:
    count = len(band)
    bands = np.eye(len(population.age_bands), dtype=np.int8)[band]
    female = rng.random(count) < population.female
    fertile = np.isin(band, [n for n, b in enumerate(population.age_bands) if b in FERTILE_BANDS])
    childbearing = female & fertile & (rng.random(count) < 0.8)
    pregnant = childbearing & (rng.random(count) < 0.04)
    postpartum = childbearing & ~pregnant & (rng.random(count) < 0.04)
    breastfeeding = postpartum & (rng.random(count) < 0.5)
    flags = np.column_stack([female, ~female, childbearing, pregnant, breastfeeding, postpartum])
    return np.hstack([bands, flags.astype(np.int8)])


def _shares(weights: Mapping[str, float]) -> Floats:
    values = np.array(list(weights.values()))
    shares: Floats = values / values.sum()
    return shares
