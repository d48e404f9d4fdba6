"""Usual care in a simulated world: what clinicians try, by habit, severity and what they sense."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.clinical.coding import TherapyKind
from recommender.clinical.safety import SafetyRule, Severity
from recommender.clinical.therapy import Therapy
from recommender.ml.interactions import Floats
from recommender.ml.simulation.population import People, Population
from recommender.ml.simulation.worlds import World

Mask = NDArray[np.bool_]

POPULARITY, HABIT = 0.8, 0.7
"""Spread of what is popular everywhere, and of what each site prefers (logits)."""
TARGET = 0.5
"""How much a marked symptom draws a therapy that targets it."""
RARELY, SELDOM = -4.0, -0.8
"""What a rule that withholds, or cautions, does to the wish to give a therapy."""
LATER_STEP = -2.5
"""How far a therapy for hard-to-treat depression is put off at the first try."""

# How severity, mild to severe, draws each kind.
BY_SEVERITY: Mapping[str, float] = {
    TherapyKind.MEDICATION: 0.5,
    TherapyKind.NEUROMODULATION: 1.0,
    TherapyKind.PSYCHOTHERAPY: 0.0,
    TherapyKind.SOCIAL: -0.1,
    TherapyKind.LIFESTYLE: -0.6,
    TherapyKind.DIGITAL: -0.7,
    TherapyKind.SELF_HELP: -0.8,
}
BY_KIND: Mapping[str, float] = {
    TherapyKind.MEDICATION: 0.3,
    TherapyKind.NEUROMODULATION: -1.0,
    TherapyKind.PSYCHOTHERAPY: 0.3,
    TherapyKind.SOCIAL: -0.6,
    TherapyKind.LIFESTYLE: -0.3,
    TherapyKind.DIGITAL: -0.2,
    TherapyKind.SELF_HELP: 0.0,
}
LATER_CLASSES = frozenset(
    {"maoi", "antipsychotic", "mood-stabiliser", "nmda-antagonist", "thyroid-hormone"}
)


@dataclass(frozen=True)
class Practice:
    """What draws clinicians to a therapy, on the logit of giving it."""

    popular: Floats
    habit: Floats
    by_severity: Floats
    targets: Floats
    later: Floats
    first_year: NDArray[np.int32]
    severity_habit: float
    insight: float

    def wish(self, people: People, *, safety: Floats, sensed: Floats, failures: int = 0) -> Floats:
        """How much each therapy is wished for each person; minus infinity where there is none."""
        severity = people.severity + people.unrecorded[:, 0]
        wish = self.popular + self.habit[people.site]
        wish += self.severity_habit * severity[:, None] * self.by_severity
        wish += TARGET * (people.levels >= 2) @ self.targets
        wish += self.later / (1 + failures)
        wish += self.insight * sensed
        wish += safety
        available = people.year[:, None] >= self.first_year
        wished: Floats = np.where(available, wish, -np.inf)
        return wished


def draw_practice(
    world: World,
    population: Population,
    therapies: tuple[Therapy, ...],
    *,
    sites: int,
    years: tuple[int, int],
    rng: np.random.Generator,
) -> Practice:
    """Draw habits. Nothing here looks at the truth, so what is popular misleads."""
    kinds = [str(therapy.kind) for therapy in therapies]
    by_class = [
        max((population.popular.get(c, 0.0) for c in t.classes), default=0.0) for t in therapies
    ]
    popular = np.array([BY_KIND.get(kind, 0.0) for kind in kinds]) + np.array(by_class)
    first_year = np.full(len(therapies), years[0], dtype=np.int32)
    late = rng.choice(len(therapies), size=world.late_therapies, replace=False)
    first_year[late] = years[1] - 1
    later = [
        bool(LATER_CLASSES & t.classes) or t.kind is TherapyKind.NEUROMODULATION for t in therapies
    ]
    targets = np.zeros((len(population.findings), len(therapies)))
    for place, therapy in enumerate(therapies):
        for attribute in therapy.attributes:
            column = population.column.get(attribute.removeprefix("targets:"))
            if column is not None:
                targets[column, place] = 1.0
    return Practice(
        popular=popular + POPULARITY * rng.standard_normal(len(therapies)),
        habit=HABIT * rng.standard_normal((sites, len(therapies))),
        by_severity=np.array([BY_SEVERITY.get(kind, 0.0) for kind in kinds]),
        targets=targets / np.maximum(1.0, targets.sum(axis=0)),
        later=LATER_STEP * np.array(later, dtype=float),
        first_year=first_year,
        severity_habit=world.severity_habit,
        insight=world.insight,
    )


@dataclass(frozen=True)
class SafetyRules:
    """The catalogue's rules as arrays: which finding withholds or cautions which therapy."""

    withholds: Floats
    cautions: Floats

    @classmethod
    def of(
        cls, population: Population, therapies: tuple[Therapy, ...], rules: tuple[SafetyRule, ...]
    ) -> "SafetyRules":
        """Rules of findings that these people can't have fall away."""
        shape = (len(population.findings), len(therapies))
        tables = {Severity.WITHHOLD: np.zeros(shape), Severity.CAUTION: np.zeros(shape)}
        for rule in rules:
            column = population.column.get(rule.finding)
            if column is None or rule.severity not in tables:
                continue
            tables[rule.severity][column] += [rule.concerns(therapy) for therapy in therapies]
        return cls(tables[Severity.WITHHOLD], tables[Severity.CAUTION])

    def withheld(self, people: People) -> Mask:
        """People by therapies: which therapies a rule takes out."""
        withheld: Mask = (people.levels > 0) @ self.withholds > 0
        return withheld

    def weight(self, people: People) -> Floats:
        """How far the rules turn clinicians away; now and then one is overlooked."""
        cautioned = (people.levels > 0) @ self.cautions > 0
        weight: Floats = RARELY * self.withheld(people) + SELDOM * cautioned
        return weight


def shares(wish: Floats) -> Floats:
    """How often each therapy is given (a row adds up to 1)."""
    weights = np.exp(wish - wish.max(axis=1, keepdims=True))
    given: Floats = weights / weights.sum(axis=1, keepdims=True)
    return given


def choose(wish: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """One therapy for each person, drawn by the wish (the Gumbel trick)."""
    chosen: NDArray[np.int64] = (wish + rng.gumbel(size=wish.shape)).argmax(axis=1)
    return chosen
