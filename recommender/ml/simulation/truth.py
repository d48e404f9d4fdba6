"""The truth of a simulated world: how likely each person is to respond to each therapy."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.clinical.therapy import Therapy
from recommender.ml.interactions import Floats
from recommender.ml.simulation.population import UNRECORDED, People, Population
from recommender.ml.simulation.worlds import World

RECORDED_SEVERITY = 0.45
"""How much a spread of visible severity lowers every chance (logits)."""
SUBGROUPS, PAIRS = 5, 60
SUBGROUP_SHARE = 0.3
"""The share of therapies for which a subgroup does differently."""
COMMON = 0.05
"""Findings rarer than this make no pair or subgroup: nobody could ever tell."""

Pairs = NDArray[np.int64]


@dataclass(frozen=True)
class Truth:
    """What the world is. Every part is on the logit; `linear_later` is where drift leads."""

    level: float
    prognosis: Floats
    unrecorded_severity: float
    therapy: Floats
    centre: Floats
    linear: Floats
    linear_later: Floats
    subgroups: Pairs
    subgroup_effect: Floats
    pairs: Pairs
    pair_effect: Floats
    unrecorded: Floats

    def chance(self, people: People, *, lateness: Floats) -> Floats:
        """People by therapies; `lateness` is 0 in the first year and 1 in the last."""
        common = self.level + people.scaled @ self.prognosis
        common -= RECORDED_SEVERITY * people.severity
        common -= self.unrecorded_severity * people.unrecorded[:, 0]
        logit = common[:, None] + self.therapy + self.fit(people, lateness=lateness)
        chance: Floats = 1 / (1 + np.exp(-logit))
        return chance

    def fit(self, people: People, *, lateness: Floats) -> Floats:
        """How much better or worse a therapy is for this person than for others."""
        centred = people.scaled - self.centre
        fit = centred @ self.linear
        if np.any(self.linear_later != self.linear):
            fit += lateness[:, None] * (centred @ (self.linear_later - self.linear))
        fit += _members(people, self.subgroups) @ self.subgroup_effect
        fit += _products(people, self.centre, self.pairs) @ self.pair_effect
        fit += self.unrecorded_fit(people)
        fit_: Floats = fit
        return fit_

    def unrecorded_fit(self, people: People) -> Floats:
        """The part of the fit that no record shows."""
        fit: Floats = people.unrecorded @ self.unrecorded
        return fit


def draw_truth(
    world: World,
    population: Population,
    therapies: tuple[Therapy, ...],
    pilot: People,
    rng: np.random.Generator,
) -> Truth:
    """Draw a world; the pilot sets the spreads, so that they mean the same in every world."""
    shares = (pilot.levels > 0).mean(axis=0)
    common = np.flatnonzero((shares > COMMON) & (shares < 1 - COMMON))
    pairs = _draw_pairs(common, PAIRS, rng)
    subgroups = _draw_pairs(common, SUBGROUPS, rng)
    centre = pilot.scaled.mean(axis=0)

    linear = _linear(population, therapies, rng)
    later = np.sqrt(1 - world.drift**2) * linear + world.drift * _linear(population, therapies, rng)
    subgroup_effect = rng.standard_normal((len(subgroups), len(therapies)))
    subgroup_effect *= rng.random(subgroup_effect.shape) < SUBGROUP_SHARE
    pair_effect = rng.standard_normal((len(pairs), len(therapies)))
    unrecorded = rng.standard_normal((UNRECORDED, len(therapies)))
    unrecorded[0] = 0  # severity itself is the same for every therapy

    centred = pilot.scaled - centre
    return Truth(
        level=0.0,
        prognosis=np.array([population.prognosis.get(c, 0.0) for _, c in population.findings]),
        unrecorded_severity=world.unrecorded_severity,
        therapy=_scaled(rng.standard_normal(len(therapies)), None, world.therapy),
        centre=centre,
        linear=_scaled(linear, centred, world.linear),
        linear_later=_scaled(later, centred, world.linear),
        subgroups=subgroups,
        subgroup_effect=_scaled(subgroup_effect, _members(pilot, subgroups), world.subgroup),
        pairs=pairs,
        pair_effect=_scaled(pair_effect, _products(pilot, centre, pairs), world.pair),
        unrecorded=_scaled(unrecorded, pilot.unrecorded, world.unrecorded),
    )


def at_level(truth: Truth, pilot: People, usual: Floats, response: float) -> Truth:
    """Set the level so that usual care (shares by therapy, a row a person) has this response."""
    low, high = -6.0, 6.0
    lateness = np.zeros(len(pilot))
    for _ in range(40):
        middle = (low + high) / 2
        chance = replace(truth, level=middle).chance(pilot, lateness=lateness)
        if float((chance * usual).sum(axis=1).mean()) < response:
            low = middle
        else:
            high = middle
    return replace(truth, level=(low + high) / 2)


def _linear(
    population: Population, therapies: tuple[Therapy, ...], rng: np.random.Generator
) -> Floats:
    """Effects that therapies of a class share, effects of their own, and their targets."""
    width = len(population.findings)
    weights = np.zeros((width, len(therapies)))
    shared: dict[str, Floats] = {}
    for place, therapy in enumerate(therapies):
        for name in (str(therapy.kind), therapy.therapy_class):
            if name not in shared:
                shared[name] = _sparse(width, 12, rng)
            weights[:, place] += shared[name]
        weights[:, place] += 0.7 * _sparse(width, 10, rng)
        for attribute in therapy.attributes:
            target = population.column.get(attribute.removeprefix("targets:"))
            if target is not None:
                weights[target, place] += 0.8
    return weights


def _sparse(width: int, filled: int, rng: np.random.Generator) -> Floats:
    values = np.zeros(width)
    values[rng.choice(width, size=filled, replace=False)] = rng.standard_normal(filled)
    return values


def _draw_pairs(common: NDArray[np.int64], count: int, rng: np.random.Generator) -> Pairs:
    return np.array([rng.choice(common, size=2, replace=False) for _ in range(count)])


def _members(people: People, subgroups: Pairs) -> Floats:
    """Who belongs to each subgroup: both its findings are there."""
    present = people.levels[:, subgroups] > 0
    members: Floats = present.all(axis=2).astype(float)
    return members


def _products(people: People, centre: Floats, pairs: Pairs) -> Floats:
    """How far two findings are off their means together; alone, neither moves it."""
    off = people.scaled[:, pairs] - centre[pairs]
    products: Floats = off[:, :, 0] * off[:, :, 1]
    return products


def _scaled(effect: Floats, inputs: Floats | None, spread: float) -> Floats:
    """The effect, scaled until what it does to the order of therapies has this spread."""
    contribution = effect if inputs is None else inputs @ effect
    contribution = contribution - contribution.mean(axis=0)
    if inputs is not None:
        contribution = contribution - contribution.mean(axis=1, keepdims=True)
    found = float(contribution.std())
    scaled: Floats = effect * (spread / found if found else 0.0)
    return scaled
