"""Conditions on what is recorded of a case, and on what a clinician says about it."""

from collections.abc import Iterable
from dataclasses import dataclass

from recommender.clinical.ages import ages_in
from recommender.clinical.case import Finding
from recommender.clinical.coding import FindingKind
from recommender.clinical.conditions.base import Form, Leaf
from recommender.clinical.judgement import FAILS, Input, Judgement, holds, lacks, unrecorded
from recommender.clinical.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Present(Leaf):
    """The finding is there; recorded as 0 it isn't, and without a record nobody can tell."""

    kind: FindingKind
    code: str

    def as_written(self) -> Form:
        """How it is written down."""
        return {"present": f"{self.kind}:{self.code}"}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """Any record of it as present counts."""
        found = snapshot.recorded(self.kind, self.code)
        if not found:
            return unrecorded(self.kind, self.code)
        return _first(each for each in found if each.is_present)


@dataclass(frozen=True, slots=True)
class AtLeast(Leaf):
    """The finding is there with this value or more."""

    kind: FindingKind
    code: str
    minimum: float

    def as_written(self) -> Form:
        """How it is written down."""
        return {"at_least": {"finding": f"{self.kind}:{self.code}", "minimum": self.minimum}}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """A value that is no number counts as reaching the minimum; so does NaN."""
        found = snapshot.recorded(self.kind, self.code)
        if not found:
            return unrecorded(self.kind, self.code)
        return _first(
            each for each in found if each.is_present and not _is_below(each.value, self.minimum)
        )


@dataclass(frozen=True, slots=True)
class AtMost(Leaf):
    """The finding is recorded with this value or less."""

    kind: FindingKind
    code: str
    maximum: float

    def as_written(self) -> Form:
        """How it is written down."""
        return {"at_most": {"finding": f"{self.kind}:{self.code}", "maximum": self.maximum}}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """A value that is no number counts as being as low."""
        found = snapshot.recorded(self.kind, self.code)
        if not found:
            return unrecorded(self.kind, self.code)
        return _first(each for each in found if not _is_above(each.value, self.maximum))


@dataclass(frozen=True, slots=True)
class InCategory(Leaf):
    """The finding is recorded as this category."""

    kind: FindingKind
    code: str
    category: str

    def as_written(self) -> Form:
        """How it is written down."""
        finding = f"{self.kind}:{self.code}"
        return {"in_category": {"finding": finding, "category": self.category}}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """Present without a category leaves it open."""
        found = snapshot.recorded(self.kind, self.code)
        if any(each.value == self.category for each in found):
            return holds(Input(self.kind, self.code, self.category))
        if not found or any(each.value is None for each in found):
            return unrecorded(self.kind, self.code)
        return FAILS


@dataclass(frozen=True, slots=True)
class ClinicianSays(Leaf):
    """A clinician, or whoever has the measure, said yes to a question no record can answer."""

    question: str

    def as_written(self) -> Form:
        """How it is written down."""
        return {"clinician_says": self.question}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """Unknown until it has been answered."""
        answer = snapshot.said.get(self.question)
        asked = Input("clinician", self.question)
        if answer is None:
            return lacks(asked)
        return holds(asked) if answer else FAILS


@dataclass(frozen=True, slots=True)
class AgeAtLeast(Leaf):
    """The person is so many years old or older; asked at the border of a band."""

    years: int

    def as_written(self) -> Form:
        """How it is written down."""
        return {"age_at_least": self.years}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """Of several ages on record the one that reaches it counts."""
        known = tuple(ages_in(snapshot.findings))
        for age in known:
            if age.first >= self.years:
                return holds(Input(age.finding.kind, age.finding.code, age.finding.value))
        is_younger = any(age.last is not None and age.last < self.years for age in known)
        return FAILS if is_younger else lacks(_AGE)


@dataclass(frozen=True, slots=True)
class AgeUnder(Leaf):
    """The person is younger than so many years; asked at the border of a band."""

    years: int

    def as_written(self) -> Form:
        """How it is written down."""
        return {"age_under": self.years}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """Of several ages on record the one that stays below counts."""
        known = tuple(ages_in(snapshot.findings))
        for age in known:
            if age.last is not None and age.last < self.years:
                return holds(Input(age.finding.kind, age.finding.code, age.finding.value))
        is_older = any(age.first >= self.years for age in known)
        return FAILS if is_older else lacks(_AGE)


_AGE = Input(FindingKind.BACKGROUND, "age")


def _first(findings: Iterable[Finding]) -> Judgement:
    for each in findings:
        return holds(Input(each.kind, each.code, each.value))
    return FAILS


def _is_below(value: float | str | None, minimum: float) -> bool:
    return isinstance(value, int | float) and value < minimum


def _is_above(value: float | str | None, maximum: float) -> bool:
    return isinstance(value, int | float) and value > maximum
