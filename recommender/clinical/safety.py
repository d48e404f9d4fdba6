"""Safety rules: what a finding on the case forbids or attaches to a therapy."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from typing import Protocol

from recommender.clinical.case import Case, Finding
from recommender.clinical.coding import FindingKind
from recommender.clinical.judgement import Input
from recommender.clinical.therapy import Therapy, class_code


class Severity(StrEnum):
    """What a rule does: take the therapy out, say something beside it, or ask for follow-up."""

    WITHHOLD = "withhold"
    CAUTION = "caution"
    MONITOR = "monitor"


NOT_RECORDED = "Not recorded whether this holds, and it has to be"
PREGNANCY = frozenset({"pregnant", "childbearing_potential"})
NEVER_PREGNANT = "sex_male"
FEMALE = "sex_female"
THERAPY = "therapy"


@dataclass(frozen=True, slots=True)
class SafetyRule:
    """When this finding is on the case, this therapy or class is withheld or cautioned.

    A rule of the `floor` is one that no site switches off or weakens.
    """

    code: str
    kind: FindingKind
    finding: str
    severity: Severity
    reason: str
    source: str
    therapy: str = ""
    therapy_class: str = ""
    min_value: float | None = None
    verification: str = "unverified"
    floor: bool = False

    def concerns(self, therapy: Therapy) -> bool:
        """Whether the rule speaks of this therapy, by its code or one of its classes."""
        if self.therapy:
            return self.therapy == therapy.code
        return class_code(self.therapy_class) in therapy.classes

    @property
    def has_to_be_known(self) -> bool:
        """Whether it holds until somebody records that it doesn't: pregnancy, in the floor."""
        return (
            self.floor
            and self.severity is Severity.WITHHOLD
            and self.kind is FindingKind.BACKGROUND
            and self.finding in PREGNANCY
        )

    def fires_on(self, case: Case) -> Finding | Input | None:
        """What makes the rule hold for this case, found or missing, or None.

        Of several findings with one code any counts: a repetition can't hide a rule.
        """
        own = [each for each in case.findings if (each.kind, each.code) == self._key]
        return self.fires_on_own(own, case)

    def fires_on_own(self, own: Iterable[Finding], case: Case) -> Finding | Input | None:
        """The same, of the findings with the rule's own code."""
        is_recorded = False
        for finding in own:
            if self.holds_for(finding):
                return finding
            is_recorded = True
        if is_recorded or not self.has_to_be_known or _never_pregnant(case):
            return None
        return Input(self.kind.value, self.finding)

    @property
    def _key(self) -> tuple[FindingKind, str]:
        return self.kind, self.finding

    def firing(self, because: Finding | Input) -> "Firing":
        """The rule as it holds, saying so where what it asks for isn't recorded."""
        if isinstance(because, Finding):
            return Firing(self, because)
        return Firing(_unrecorded(self), because)

    def holds_for(self, finding: Finding) -> bool:
        """Whether the finding the rule names is there and marked enough.

        A value that can't be compared with the rule's threshold counts as reaching it: a rule
        that can't be judged must not let a therapy through.
        """
        if not finding.is_present:
            return False
        if self.min_value is None or not isinstance(finding.value, int | float):
            return True
        return not finding.value < self.min_value  # so that NaN counts as reaching it


@lru_cache(maxsize=1024)
def _unrecorded(rule: SafetyRule) -> SafetyRule:
    """The rule as it is told while what it asks for isn't recorded."""
    return replace(rule, reason=f"{NOT_RECORDED}: {rule.reason}")


class Rule(Protocol):
    """What every rule says of itself, whatever its condition looks at."""

    @property
    def code(self) -> str:
        """The code that an answer names the rule by."""
        ...

    @property
    def severity(self) -> Severity:
        """What the rule does."""
        ...

    @property
    def reason(self) -> str:
        """Why, in a clinician's words."""
        ...

    @property
    def source(self) -> str:
        """Where it comes from."""
        ...

    @property
    def verification(self) -> str:
        """How far the source was read."""
        ...

    @property
    def floor(self) -> bool:
        """Whether it comes with the release and no site switches it off."""
        ...

    @property
    def therapy(self) -> str:
        """The therapy that it speaks of, if it speaks of one."""
        ...

    @property
    def therapy_class(self) -> str:
        """The class that it speaks of, if it speaks of one."""
        ...


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that holds for a therapy, and what made it hold; `further` where it takes several."""

    rule: Rule
    because: Finding | Input
    further: tuple[Input, ...] = ()

    @property
    def reasons(self) -> tuple[Finding | Input, ...]:
        """All that made it hold."""
        return (self.because, *self.further)

    @property
    def only_because_of(self) -> str | None:
        """The therapy that alone makes it hold, if one does; it can't forbid itself."""
        if isinstance(self.because, Finding):
            return None
        causes = {
            each.code if isinstance(each, Input) and each.kind == THERAPY else None
            for each in self.reasons
        }
        return causes.pop() if len(causes) == 1 else None


@dataclass(frozen=True, slots=True)
class Screening:
    """Which therapies may be shown, with their cautions, and which are withheld and by what."""

    shown: tuple[Therapy, ...]
    cautions: dict[str, tuple[Firing, ...]]
    withheld: dict[str, tuple[Firing, ...]]


class RulesByFinding:
    """The rules on one finding each, found by what they look at.

    A rule holds for no case that says nothing of its finding, but where that has to be known.
    """

    def __init__(self, rules: Iterable[SafetyRule]) -> None:
        self._rules = tuple(rules)
        self._by_code: dict[str, list[int]] = defaultdict(list)
        for place, rule in enumerate(self._rules):
            self._by_code[rule.finding].append(place)
        self._to_be_known = [
            place for place, rule in enumerate(self._rules) if rule.has_to_be_known
        ]

    def that_may_hold(self, case: Case) -> list[SafetyRule]:
        """All that can hold for the case, in their own order; screening asks each of them."""
        places = set(self._to_be_known)
        for code in {finding.code for finding in case.findings}:
            places.update(self._by_code.get(code, ()))
        return [self._rules[place] for place in sorted(places)]


def screen(
    case: Case,
    therapies: Iterable[Therapy],
    rules: Iterable[SafetyRule],
    *,
    combined: tuple[Firing, ...] = (),
) -> Screening:
    """Screen every therapy against every rule; independent of rank and recommender.

    `combined` are the rules that hold because of other therapies, which can't forbid themselves.
    """
    fired = sorted((*_fired(case, rules), *combined), key=_gravest_first)
    by_therapy, by_class = _by_subject(fired)
    because_of = [firing.only_because_of for firing in fired]
    withholding = sum(firing.rule.severity is Severity.WITHHOLD for firing in fired)
    shown: list[Therapy] = []
    cautions: dict[str, tuple[Firing, ...]] = {}
    withheld: dict[str, tuple[Firing, ...]] = {}
    for therapy in therapies:
        of_classes = therapy.classes & by_class.keys()
        if not of_classes and therapy.code not in by_therapy:
            shown.append(therapy)
            continue
        places = chain(by_therapy.get(therapy.code, ()), *(by_class[name] for name in of_classes))
        own = [at for at in sorted(places) if because_of[at] != therapy.code]
        if own and own[0] < withholding:
            withheld[therapy.code] = tuple([fired[at] for at in own if at < withholding])
            continue
        shown.append(therapy)
        if own:
            cautions[therapy.code] = tuple([fired[at] for at in own])
    return Screening(tuple(shown), cautions, withheld)


def _never_pregnant(case: Case) -> bool:
    """A record that says both sexes contradicts itself, and so settles nothing."""
    present = {each.code for each in case.findings if each.is_present}
    return NEVER_PREGNANT in present and FEMALE not in present


def _fired(case: Case, rules: Iterable[SafetyRule]) -> Iterator[Firing]:
    """The rules that hold for the case."""
    recorded: dict[str, list[Finding]] = defaultdict(list)
    for finding in case.findings:
        recorded[finding.code].append(finding)
    for rule in rules:
        own = [each for each in recorded.get(rule.finding, ()) if each.kind == rule.kind]
        because = rule.fires_on_own(own, case)
        if because is not None:
            yield rule.firing(because)


Places = dict[str, list[int]]


def _by_subject(fired: Sequence[Firing]) -> tuple[Places, Places]:
    """Where they stand, by the therapy and by the class that they speak of."""
    by_therapy: Places = defaultdict(list)
    by_class: Places = defaultdict(list)
    for at, firing in enumerate(fired):
        rule = firing.rule
        if rule.therapy:
            by_therapy[rule.therapy].append(at)
        else:
            by_class[class_code(rule.therapy_class)].append(at)
    return by_therapy, by_class


_GRAVITY = {Severity.WITHHOLD: 0, Severity.CAUTION: 1, Severity.MONITOR: 2}


def _gravest_first(firing: Firing) -> tuple[int, str]:
    return _GRAVITY[firing.rule.severity], firing.rule.code
