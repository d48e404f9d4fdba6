"""Medicines that don't go together: what is in use, or was until lately, forbids or attaches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recommender.clinical.conditions import Subject
from recommender.clinical.judgement import Input
from recommender.clinical.safety import Firing, Severity
from recommender.clinical.snapshot import Course
from recommender.clinical.therapy import Therapy


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

    def concerns(self, therapy: Therapy) -> bool:
        """Whether the rule speaks of this therapy, by its code or one of its classes."""
        return self.subject.covers(therapy.code, therapy.classes)

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


def combinations_fired(
    rules: Iterable[CombinationRule], courses: Sequence[Course]
) -> tuple[Firing, ...]:
    """The rules that hold beside these courses, each with the therapy that makes it hold."""
    if not courses:
        return ()
    return tuple(
        Firing(rule, Input("therapy", course.therapy))
        for rule in rules
        for course in courses
        if rule.fires_on(course)
    )
