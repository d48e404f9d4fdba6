"""All red flags together: only those that a case has something to say to are asked anew."""

from collections import defaultdict
from collections.abc import Iterable

from recommender.clinical.ages import ages_in
from recommender.clinical.coding import FindingKind
from recommender.clinical.conditions import (
    AgeAtLeast,
    AgeUnder,
    AllergicTo,
    AtLeast,
    AtMost,
    ChangeAtLeast,
    ClinicianSays,
    InCategory,
    ItemAtLeast,
    Present,
    Proposed,
    StoppedWithin,
    Subject,
    Taking,
    TotalAtLeast,
    TotalAtMost,
    leaves,
)
from recommender.clinical.red_flags.evaluation import VERDICTS, RedFlagResult, evaluate, judge
from recommender.clinical.red_flags.flag import RedFlag
from recommender.clinical.snapshot import Snapshot
from recommender.clinical.therapy import Therapy

_OF_FINDINGS = (Present, AtLeast, AtMost, InCategory)
_OF_SCORES = (ItemAtLeast, TotalAtLeast, TotalAtMost, ChangeAtLeast)
_OF_AGES = (AgeAtLeast, AgeUnder)
_OF_THERAPIES = (Taking, StoppedWithin)


class Panel:
    """Every red flag, indexed by what it looks at.

    Of a case that says nothing to a flag the verdict is always the same, so it is kept; what a
    whole evaluation would answer is what this answers.
    """

    def __init__(self, flags: tuple[RedFlag, ...]) -> None:
        self._flags = {flag.code: flag for flag in flags}
        self._of_finding: dict[tuple[FindingKind, str], set[str]] = defaultdict(set)
        self._of_scores = set[str]()
        self._of_therapies = set[str]()
        self._of_therapy: dict[str, set[str]] = defaultdict(set)
        self._of_class: dict[str, set[str]] = defaultdict(set)
        self._of_answers = set[str]()
        self._of_ages = set[str]()
        self._of_allergies = set[str]()
        self._of_proposals = set[str]()
        self._proposed = list[Subject]()
        for flag in self._flags.values():
            for leaf in leaves(flag.condition):
                self._file(flag.code, leaf)
        # Nothing is known of this case, so all have one verdict and stand by urgency.
        self._silent = {each.flag.code: each for each in evaluate(flags, Snapshot())}

    @property
    def of_proposals(self) -> tuple[RedFlag, ...]:
        """The flags that look at what a list would put forward."""
        return tuple(flag for code, flag in self._flags.items() if code in self._of_proposals)

    def look_at(self, proposed: Iterable[Therapy]) -> bool:
        """Whether any flag has something to say to what a list would put forward."""
        return any(
            subject.covers(therapy.code, therapy.classes)
            for therapy in proposed
            for subject in self._proposed
        )

    def evaluate(self, snapshot: Snapshot) -> tuple[RedFlagResult, ...]:
        """Every flag's verdict, in the order of `evaluate`."""
        concerned = self._concerned(snapshot)
        # Of one verdict all stand by urgency, which is the order they were kept in.
        results = [
            judge(self._flags[code], snapshot) if code in concerned else kept
            for code, kept in self._silent.items()
        ]
        return tuple(
            result for verdict in VERDICTS for result in results if result.verdict is verdict
        )

    def _concerned(self, snapshot: Snapshot) -> set[str]:
        codes = set[str]()
        for finding in snapshot.findings:
            codes.update(self._of_finding.get((finding.kind, finding.code), ()))
        if snapshot.assessments:
            codes |= self._of_scores
        if snapshot.all_courses_known:
            codes |= self._of_therapies
        for course in snapshot.courses:
            codes.update(self._of_therapy.get(course.therapy, ()))
            for name in course.classes:
                codes.update(self._of_class.get(name, ()))
        if snapshot.allergies is not None:
            codes |= self._of_allergies
        if self._of_ages and any(ages_in(snapshot.findings)):
            codes |= self._of_ages
        if snapshot.said:
            codes |= self._of_answers
        if snapshot.proposed is not None:
            codes |= self._of_proposals
        return codes

    def _file(self, code: str, leaf: object) -> None:
        if isinstance(leaf, _OF_FINDINGS):
            self._of_finding[leaf.kind, leaf.code].add(code)
        elif isinstance(leaf, _OF_AGES):
            self._of_ages.add(code)
        elif isinstance(leaf, AllergicTo):
            self._of_allergies.add(code)
        elif isinstance(leaf, _OF_SCORES):
            self._of_scores.add(code)
        elif isinstance(leaf, _OF_THERAPIES):
            self._of_therapies.add(code)
            subject = leaf.subject
            named = self._of_therapy if subject.therapy else self._of_class
            named[subject.therapy or subject.therapy_class].add(code)
        elif isinstance(leaf, ClinicianSays):
            self._of_answers.add(code)
        elif isinstance(leaf, Proposed):
            self._of_proposals.add(code)
            self._proposed.append(leaf.subject)
        else:
            raise TypeError(f"No place for a condition of type {type(leaf).__name__}.")
