"""The simulator: a world drawn from a seed, and as many cases of it as are wanted."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recommender.clinical.safety import SafetyRule
from recommender.clinical.therapy import Therapy
from recommender.ml.interactions import Floats, Ints
from recommender.ml.simulation.courses import Courses, draw_courses
from recommender.ml.simulation.people_in_care import InCare
from recommender.ml.simulation.population import People, Population, draw_people
from recommender.ml.simulation.practice import Practice, SafetyRules, draw_practice, shares
from recommender.ml.simulation.recording import Recorded, Recording, draw_recording
from recommender.ml.simulation.truth import Truth, at_level, draw_truth
from recommender.ml.simulation.worlds import World

SITES = 12
YEARS = (2016, 2024)
RESPONSE_TO_USUAL_CARE = 0.45
PILOT = 4_000
AT_ONCE = 20_000
"""Cases drawn together; part of what a seed means, since it decides the order of the draws."""


@dataclass(frozen=True)
class Batch:
    """Some cases: what is recorded of them, and the truth about each therapy.

    `chance` is cases by therapies, `usual_care` each case's chance under what would be given.
    """

    year: Ints
    site: Ints
    findings: Recorded
    courses: Courses
    chance: Floats
    usual_care: Floats
    withheld: np.ndarray

    def __len__(self) -> int:
        return len(self.year)


@dataclass(frozen=True)
class Simulator:
    """A world, ready to draw cases from."""

    world: World
    population: Population
    therapies: tuple[Therapy, ...]
    truth: Truth
    practice: Practice
    recording: Recording
    rules: SafetyRules
    seed: int

    def logged(self, count: int) -> Iterator[Batch]:
        """Cases with what was tried, over all years."""
        return self._batches(count, stream=1, years=YEARS)

    def unseen(self, count: int) -> Iterator[Batch]:
        """Cases of the last year, who come after those that were logged."""
        return self._batches(count, stream=2, years=(YEARS[1], YEARS[1]))

    def _batches(self, count: int, *, stream: int, years: tuple[int, int]) -> Iterator[Batch]:
        rng = np.random.default_rng([self.seed, stream])
        for start in range(0, count, AT_ONCE):
            yield self._batch(min(AT_ONCE, count - start), years=years, rng=rng)

    def _batch(self, count: int, *, years: tuple[int, int], rng: np.random.Generator) -> Batch:
        people = _people(self.population, count, years=years, rng=rng)
        care = _in_care(people, self.truth, self.practice, self.rules)
        return Batch(
            year=people.year,
            site=people.site,
            findings=self.recording.record(people, rng),
            courses=draw_courses(care, mislabelled=self.world.mislabelled, rng=rng),
            chance=care.chance,
            usual_care=care.usual_care(),
            withheld=care.withheld,
        )


def build(
    world: World,
    population: Population,
    therapies: tuple[Therapy, ...],
    rules: tuple[SafetyRule, ...],
    *,
    seed: int,
) -> Simulator:
    """Draw a world; the same arguments give the same world and the same cases."""
    rng = np.random.default_rng([seed, 0])
    screening = SafetyRules.of(population, therapies, rules)
    pilot = _people(population, PILOT, years=(YEARS[0], YEARS[0]), rng=rng)
    truth = draw_truth(world, population, therapies, pilot, rng)
    practice = draw_practice(world, population, therapies, sites=SITES, years=YEARS, rng=rng)
    care = _in_care(pilot, truth, practice, screening)
    usual = shares(care.wish(np.arange(PILOT), failures=0))
    return Simulator(
        world=world,
        population=population,
        therapies=therapies,
        truth=at_level(truth, pilot, usual, RESPONSE_TO_USUAL_CARE),
        practice=practice,
        recording=draw_recording(population, sites=SITES, rng=rng),
        rules=screening,
        seed=seed,
    )


def _people(
    population: Population, count: int, *, years: tuple[int, int], rng: np.random.Generator
) -> People:
    busy = np.linspace(1.8, 0.4, SITES)
    site = rng.choice(SITES, size=count, p=busy / busy.sum()).astype(np.int32)
    year = rng.integers(years[0], years[1] + 1, size=count).astype(np.int32)
    return draw_people(population, count, site=site, year=year, rng=rng)


def _in_care(people: People, truth: Truth, practice: Practice, rules: SafetyRules) -> InCare:
    lateness = (people.year - YEARS[0]) / (YEARS[1] - YEARS[0])
    return InCare(
        people=people,
        practice=practice,
        chance=truth.chance(people, lateness=lateness),
        safety=rules.weight(people),
        sensed=truth.unrecorded_fit(people),
        withheld=rules.withheld(people),
    )
