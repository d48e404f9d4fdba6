"""Conditions on therapies: in use, stopped, not tolerated, or about to be put forward."""

from collections.abc import Iterable
from dataclasses import dataclass

from recommender.clinical.conditions.base import Form, Leaf
from recommender.clinical.judgement import FAILS, Input, Judgement, holds, lacks
from recommender.clinical.snapshot import Allergy, Course, Snapshot
from recommender.clinical.therapy import class_code


@dataclass(frozen=True, slots=True)
class Subject:
    """What a condition or rule speaks of: one therapy, or every therapy of a class."""

    therapy: str = ""
    therapy_class: str = ""

    @property
    def named(self) -> Input:
        """The subject as something looked for."""
        return (
            Input("therapy", self.therapy) if self.therapy else Input("class", self.therapy_class)
        )

    def as_written(self) -> Form:
        """How it is written down."""
        return {"therapy": self.therapy} if self.therapy else {"class": self.therapy_class}

    def covers(self, therapy: str, classes: Iterable[str]) -> bool:
        """Whether it speaks of that therapy."""
        return therapy == self.therapy if self.therapy else self.therapy_class in classes


@dataclass(frozen=True, slots=True)
class Taking(Leaf):
    """So many different therapies of the subject are in use."""

    subject: Subject
    count: int = 1

    def as_written(self) -> Form:
        """How it is written down."""
        count: Form = {"count": self.count} if self.count > 1 else {}
        return {"taking": {**self.subject.as_written(), **count}}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """One whose end isn't recorded may be in use; an incomplete list leaves it open."""
        own = _courses(snapshot, self.subject)
        in_use = list(dict.fromkeys(each.therapy for each in own if each.in_use))
        if len(in_use) >= self.count:
            return holds(*(Input("therapy", therapy) for therapy in in_use))
        open_ones = {each.therapy for each in own if each.in_use is None} - set(in_use)
        missing = tuple(Input("therapy", therapy) for therapy in sorted(open_ones))
        if not snapshot.all_courses_known:
            return lacks(*missing, self.subject.named)
        return lacks(*missing) if len(in_use) + len(open_ones) >= self.count else FAILS


@dataclass(frozen=True, slots=True)
class StoppedWithin(Leaf):
    """A therapy of the subject was stopped, at most so many days ago when `days` is given."""

    subject: Subject
    days: int | None = None

    def as_written(self) -> Form:
        """How it is written down."""
        within: Form = {} if self.days is None else {"within_days": self.days}
        return {"stopped": {**self.subject.as_written(), **within}}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """Stopped without a time counts only when any time will do."""
        own = _courses(snapshot, self.subject)
        known = [(each.therapy, self._counts(each)) for each in own]
        certain = [therapy for therapy, counts in known if counts]
        if certain:
            return holds(*(Input("therapy", therapy) for therapy in certain))
        open_ones = [therapy for therapy, counts in known if counts is None]
        if open_ones:
            return lacks(*(Input("therapy", therapy) for therapy in open_ones))
        return FAILS if snapshot.all_courses_known else lacks(self.subject.named)

    def _counts(self, course: Course) -> bool | None:
        if course.in_use is not False:
            return False if course.in_use else None
        if self.days is None:
            return True
        return None if course.stopped is None else course.stopped.is_within(self.days)


@dataclass(frozen=True, slots=True)
class AllergicTo(Leaf):
    """An allergy to the subject, or an intolerance of it, is recorded."""

    subject: Subject

    def as_written(self) -> Form:
        """How it is written down."""
        return {"allergic_to": self.subject.as_written()}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """Unknown until somebody recorded whether there are any allergies."""
        if snapshot.allergies is None:
            return lacks(Input("allergy", self.subject.named.code))
        own = [each.code for each in snapshot.allergies if self._is_to(each)]
        return holds(*(Input("allergy", code) for code in own)) if own else FAILS

    def _is_to(self, allergy: Allergy) -> bool:
        if self.subject.therapy:
            return self.subject.therapy in {allergy.code, *allergy.therapies}
        return class_code(self.subject.therapy_class) in allergy.classes


@dataclass(frozen=True, slots=True)
class Proposed(Leaf):
    """A list would put forward a therapy of the subject."""

    subject: Subject

    def as_written(self) -> Form:
        """How it is written down."""
        return {"proposed": self.subject.as_written()}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """Unknown before there is a list."""
        if snapshot.proposed is None:
            return lacks(self.subject.named)
        own = [
            therapy
            for therapy, classes in snapshot.proposed.items()
            if self.subject.covers(therapy, classes)
        ]
        return holds(*(Input("therapy", therapy) for therapy in own)) if own else FAILS


def _courses(snapshot: Snapshot, subject: Subject) -> list[Course]:
    return [each for each in snapshot.courses if subject.covers(each.therapy, each.classes)]
