"""Medicines that don't go together: what is in use, or was until lately, forbids or attaches."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from recommender.clinical.conditions import Subject
from recommender.clinical.judgement import Input
from recommender.clinical.safety import Firing, Severity
from recommender.clinical.snapshot import Course


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinationRule:
    """While the other one is in use, or so many days after it, the subject is kept back."""

    code: str
    subject: Subject
    other: Subject
    severity: Severity
    reason: str
    source: str
    verification: str
    within_days: int | None = None

    @property
    def floor(self) -> bool:
        """It's read from the release's files, so no site switches it off."""
        return True

    @property
    def therapy(self) -> str:
        """The therapy that the rule speaks of, if it speaks of one."""
        return self.subject.therapy

    @property
    def therapy_class(self) -> str:
        """The class that the rule speaks of, if it speaks of one."""
        return self.subject.therapy_class

    def fires_on(self, course: Course) -> bool:
        """Whether this course of the other one makes the rule hold.

        What isn't recorded counts as in use, or as just stopped, where the rule withholds: a rule
        that can't be judged must not let a therapy through.
        """
        if not self.other.covers(course.therapy, course.classes):
            return False
        if course.in_use is None:
            return self.severity is Severity.WITHHOLD
        if course.in_use:
            return True
        return self.within_days is not None and self._stopped_lately(course, self.within_days)

    def _stopped_lately(self, course: Course, days: int) -> bool:
        within = None if course.stopped is None else course.stopped.is_within(days)
        return self.severity is Severity.WITHHOLD if within is None else within


class Combinations:
    """Every combination rule, found by the other therapy or class that makes it hold."""

    def __init__(self, rules: Iterable[CombinationRule]) -> None:
        self._by_therapy: dict[str, list[CombinationRule]] = defaultdict(list)
        self._by_class: dict[str, list[CombinationRule]] = defaultdict(list)
        for rule in rules:
            if rule.other.therapy:
                self._by_therapy[rule.other.therapy].append(rule)
            else:
                self._by_class[rule.other.therapy_class].append(rule)

    def fired(self, courses: Sequence[Course]) -> tuple[Firing, ...]:
        """The rules that hold beside these courses, each with the therapy that makes it hold."""
        return tuple(
            Firing(rule, Input("therapy", course.therapy))
            for course in courses
            for rule in self._about(course)
            if rule.fires_on(course)
        )

    def _about(self, course: Course) -> Iterator[CombinationRule]:
        yield from self._by_therapy.get(course.therapy, ())
        for name in sorted(course.classes & self._by_class.keys()):
            yield from self._by_class[name]
