"""What is known of a case at the moment a rule is asked: findings, therapies, scores, answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from recommender.clinical.case import Assessment, Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind, Stopped
from recommender.clinical.instruments import instrument
from recommender.clinical.therapy import Therapy, class_code


@dataclass(frozen=True, slots=True)
class DaysAgo:
    """How long ago something was, as a category: a case never carries a date."""

    at_least: int
    at_most: int | None = None

    def is_within(self, days: int) -> bool | None:
        """Whether it was at most so many days ago, or None where the category can't say."""
        if self.at_most is not None and self.at_most <= days:
            return True
        return False if self.at_least > days else None


@dataclass(frozen=True, slots=True)
class Course:
    """A therapy the case has had, its classes, and whether it is still in use (None: unknown)."""

    therapy: str
    classes: frozenset[str] = frozenset()
    in_use: bool | None = None
    stopped: DaysAgo | None = None


@dataclass(frozen=True, slots=True)
class Allergy:
    """A therapy, ingredient or class that isn't tolerated, and what of the catalogue that is.

    Of a code that nobody knows there are no `therapies`.
    """

    code: str
    therapies: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()

    @property
    def is_of_something(self) -> bool:
        """Whether any therapy is known that it speaks against."""
        return bool(self.therapies)


@dataclass(frozen=True)
class Snapshot:
    """Everything that a condition may look at; what isn't here is unknown, never absent.

    `all_courses_known` says that no therapy is in use or was stopped but those named.
    `proposed` is what a list would put forward, by code with its classes; None before there is one.
    `said` is what a clinician answered to the questions that no record can answer. `allergies` is
    None until somebody recorded whether there are any.
    """

    findings: tuple[Finding, ...] = ()
    courses: tuple[Course, ...] = ()
    all_courses_known: bool = False
    assessments: tuple[Assessment, ...] = ()
    proposed: Mapping[str, frozenset[str]] | None = None
    said: Mapping[str, bool] = field(default_factory=dict)
    allergies: tuple[Allergy, ...] | None = None

    def recorded(self, kind: FindingKind, code: str) -> tuple[Finding, ...]:
        """Every finding of that code; a repetition can't hide another."""
        return self._by_code.get((kind, code), ())

    def assessed(self, scale: str) -> tuple[Assessment, ...]:
        """The assessments with that scale, the latest first."""
        own = (each for each in self.assessments if each.instrument == scale)
        return tuple(sorted(own, key=lambda each: each.sequence, reverse=True))

    @cached_property
    def _by_code(self) -> dict[tuple[FindingKind, str], tuple[Finding, ...]]:
        found: dict[tuple[FindingKind, str], tuple[Finding, ...]] = {}
        for finding in self.findings:
            key = finding.kind, finding.code
            found[key] = (*found[key], finding) if key in found else (finding,)
        return found


def assessment(scale: str, answers: Mapping[str, int], *, sequence: int = 1) -> Assessment:
    """An assessment from answers by item number; it has a total only when they are complete."""
    chosen = instrument(scale)
    named = chosen.read_some(answers)
    if len(named) < len(chosen.items):
        return Assessment(chosen.id, sequence, named)
    return Assessment(chosen.id, sequence, named, chosen.score(named).total)


def snapshot_of(
    case: Case,
    *,
    therapies: Mapping[str, Therapy],
    proposed: tuple[Therapy, ...] | None = None,
) -> Snapshot:
    """What a case as recorded lets a rule see; `therapies` says which class a therapy belongs to.

    The list of therapies tried is taken to be complete only where the case says so, and one whose
    end isn't recorded may still be in use.
    """
    return Snapshot(
        findings=case.findings,
        courses=courses_of(case, therapies=therapies),
        all_courses_known=case.all_tried_known,
        assessments=case.assessments,
        proposed=None
        if proposed is None
        else {therapy.code: frozenset(therapy.classes) for therapy in proposed},
        said=case.said,
        allergies=allergies_of(case, therapies=therapies),
    )


def allergies_of(case: Case, *, therapies: Mapping[str, Therapy]) -> tuple[Allergy, ...] | None:
    """The allergies, each with the therapies and classes that it is one to."""
    if case.allergies is None:
        return None
    return tuple(_allergy(code, therapies) for code in dict.fromkeys(case.allergies))


def _allergy(code: str, therapies: Mapping[str, Therapy]) -> Allergy:
    """Who doesn't tolerate a class or an ingredient is taken to tolerate nothing of it."""
    spelt = class_code(code)
    own = [
        each
        for each in therapies.values()
        if each.code == code or spelt in each.classes or spelt in each.ingredients
    ]
    return Allergy(
        code=code,
        therapies=frozenset(each.code for each in own),
        classes=frozenset({spelt}).union(*(each.classes for each in own)),
    )


def courses_of(case: Case, *, therapies: Mapping[str, Therapy]) -> tuple[Course, ...]:
    """The therapies tried, each with its classes and whether it is still in use."""
    return tuple(_course(tried, therapies.get(tried.therapy)) for tried in case.tried)


def _course(tried: TriedTherapy, therapy: Therapy | None) -> Course:
    return Course(
        therapy=tried.therapy,
        classes=frozenset() if therapy is None else frozenset(therapy.classes),
        in_use=_in_use(tried),
        stopped=None
        if tried.days_since_stop is None
        else DaysAgo(tried.days_since_stop, tried.days_since_stop),
    )


def _in_use(tried: TriedTherapy) -> bool | None:
    if tried.in_use is not None:
        return tried.in_use
    ended = tried.stopped != Stopped.UNKNOWN or tried.days_since_stop is not None
    return False if ended else None
