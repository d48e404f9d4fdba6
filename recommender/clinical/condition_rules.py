"""Rules with a condition of several parts: scores, ages, allergies, therapies in use, findings."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from recommender.clinical.coding import FindingKind
from recommender.clinical.condition_form import read_condition
from recommender.clinical.conditions import Condition, Proposed, Subject, leaves
from recommender.clinical.judgement import Input, Verdict
from recommender.clinical.safety import NOT_RECORDED, THERAPY, Firing, Severity
from recommender.clinical.snapshot import Snapshot
from recommender.exceptions import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRule:
    """While the condition holds for the case, this therapy or class is withheld or cautioned.

    `has_to_be_known`: it also holds until somebody recorded enough to tell that it doesn't.
    """

    code: str
    subject: Subject
    condition: Condition
    severity: Severity
    reason: str
    source: str
    verification: str = "unverified"
    floor: bool = False
    has_to_be_known: bool = True

    @property
    def therapy(self) -> str:
        """The therapy that the rule speaks of, if it speaks of one."""
        return self.subject.therapy

    @property
    def therapy_class(self) -> str:
        """The class that the rule speaks of, if it speaks of one."""
        return self.subject.therapy_class

    def fired_on(self, snapshot: Snapshot) -> Firing | None:
        """The rule as it holds for the case, or None.

        What is on record but can't be judged makes a rule that withholds hold: a therapy that may
        still be in use, a scale without its total. What isn't on record at all does so only where
        it has to be known.
        """
        judged = self.condition.judge(snapshot)
        if judged.verdict is Verdict.HOLDS:
            return self._firing(self, judged.because)
        if judged.verdict is Verdict.NOT_ASSESSED and self._stays_up(judged.missing, snapshot):
            unsure = replace(self, reason=f"{NOT_RECORDED}: {self.reason}")
            return self._firing(unsure, judged.missing)
        return None

    def as_digested(self) -> dict[str, object]:
        """What the rule says, for a digest: equal rules say the same."""
        return {
            "code": self.code,
            "subject": self.subject.as_written(),
            "condition": self.condition.as_written(),
            "severity": self.severity.value,
            "reason": self.reason,
            "source": self.source,
            "verification": self.verification,
            "floor": self.floor,
            "has_to_be_known": self.has_to_be_known,
        }

    def _firing(self, rule: "ConditionRule", inputs: Iterable[Input]) -> Firing:
        # A condition that holds because something is known not to be has nothing to point at.
        first, *further = dict.fromkeys(inputs) or (Input("rule", self.code),)
        return Firing(rule, first, tuple(further))

    def _stays_up(self, missing: Iterable[Input], snapshot: Snapshot) -> bool:
        if self.has_to_be_known:
            return True
        return self.severity is Severity.WITHHOLD and any(
            _is_on_record(each, snapshot) for each in missing
        )


@dataclass(frozen=True, slots=True)
class UnreadableRule:
    """A rule that can't be read: what it speaks of is kept back until somebody mends it."""

    code: str
    therapy: str = ""
    therapy_class: str = ""

    @property
    def severity(self) -> Severity:
        """Nobody can tell what it would do, so it does the most."""
        return Severity.WITHHOLD

    @property
    def floor(self) -> bool:
        """Mending it lets go of what it keeps back, nothing else does."""
        return True

    @property
    def reason(self) -> str:
        """What is wrong, and what to do."""
        return (
            f"The safety rule {self.code} can't be read, so what it speaks of is kept back. "
            "An administrator has to mend it."
        )

    @property
    def source(self) -> str:
        """The safety layer itself."""
        return "The safety layer of this service."

    @property
    def verification(self) -> str:
        """Not a finding of studies."""
        return "unreadable"

    @property
    def fired(self) -> Firing:
        """It as a rule that holds for every case."""
        return Firing(self, Input("rule", self.code))


def read_rule_condition(form: object, *, place: str = "condition") -> Condition:
    """The condition of a safety rule; what a list would put forward is its subject's part."""
    condition = read_condition(form, place=place)
    if any(isinstance(leaf, Proposed) for leaf in leaves(condition)):
        raise BadInput(
            f"{place}: leave out `proposed`: a rule is always asked of its subject.", field=place
        )
    return condition


def firings_of(rules: Iterable[ConditionRule], snapshot: Snapshot) -> Iterator[Firing]:
    """The rules that hold for the case."""
    for rule in rules:
        firing = rule.fired_on(snapshot)
        if firing is not None:
            yield firing


def _is_on_record(missing: Input, snapshot: Snapshot) -> bool:
    if missing.kind == THERAPY:
        return any(course.therapy == missing.code for course in snapshot.courses)
    if missing.kind == "instrument":
        return bool(snapshot.assessed(missing.code.partition(":")[0]))
    if missing.kind in list(FindingKind):
        return bool(snapshot.recorded(FindingKind(missing.kind), missing.code))
    return False


def names_in(condition: Condition) -> Iterator[Input]:
    """Every finding, therapy and class that the condition speaks of, to be looked up."""
    for leaf in leaves(condition):
        subject = getattr(leaf, "subject", None)
        if isinstance(subject, Subject):
            yield subject.named
        elif isinstance(kind := getattr(leaf, "kind", None), FindingKind):
            yield Input(kind, getattr(leaf, "code", ""))
