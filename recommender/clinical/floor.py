"""What the floor rests on: entries that a site's catalogue may add to but not take from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recommender.clinical.catalogue_changes import EntryKind
from recommender.clinical.coding import FindingKind
from recommender.clinical.combinations import CombinationRule
from recommender.clinical.condition_rules import ConditionRule, names_in
from recommender.clinical.conditions import Condition, Subject
from recommender.clinical.red_flags import EffectKind, RedFlag
from recommender.clinical.safety import THERAPY, SafetyRule
from recommender.clinical.therapy import class_code

Fields = Mapping[str, Any]

RELEASE_ONLY = "Only a release changes that."


@dataclass(frozen=True, slots=True)
class Floor:
    """The therapies, classes and findings that rules of the floor and red flags speak of.

    Such a rule is weakened as surely by taking a therapy out of its class, or a finding out of
    the vocabulary, as by switching it off.
    """

    subjects: frozenset[Subject]
    findings: frozenset[str]

    @classmethod
    def of(
        cls,
        rules: Iterable[SafetyRule | ConditionRule],
        combinations: Iterable[CombinationRule],
        flags: Iterable[RedFlag],
    ) -> "Floor":
        """What these rules of the floor, combinations and red flags rest on."""
        floor = [rule for rule in rules if rule.floor]
        subjects = {Subject(rule.therapy, class_code(rule.therapy_class)) for rule in floor}
        findings = {f"{r.kind}/{r.finding}" for r in floor if isinstance(r, SafetyRule)}
        conditions = [rule.condition for rule in floor if isinstance(rule, ConditionRule)]
        for each in combinations:
            subjects |= {each.subject, each.other}
        for flag in flags:
            subjects |= set(_subjects_of_effects(flag))
            conditions.append(flag.condition)
        for condition in conditions:
            subjects |= set(subjects_in(condition))
            findings |= set(findings_in(condition))
        return cls(frozenset(subjects), frozenset(findings))

    @property
    def classes(self) -> frozenset[str]:
        """The classes that have to keep their therapies."""
        return frozenset(each.therapy_class for each in self.subjects if each.therapy_class)

    def objection(self, kind: EntryKind, code: str, before: Fields, after: Fields) -> str:
        """Why the floor forbids this change of an entry, or nothing."""
        if kind is EntryKind.RULE:
            return self._of_rule(code, before, after)
        if kind is EntryKind.FINDING:
            return self._of_finding(code, before, after)
        return self._of_therapy(code, before, after) if kind is EntryKind.THERAPY else ""

    def _of_rule(self, code: str, before: Fields, after: Fields) -> str:
        if before.get("floor"):
            return f"{code} is of the floor. {RELEASE_ONLY}"
        return "The floor is set by releases." if after["floor"] else ""

    def _of_finding(self, code: str, before: Fields, after: Fields) -> str:
        if not before or code not in self.findings:
            return ""
        if after["retired"] and not before["retired"]:
            return f"A rule of the floor or a red flag asks for {code}. {RELEASE_ONLY}"
        lost = _lost_codes(before, after) or before["value_type"] != after["value_type"]
        return f"By its codes and values the floor knows {code}. {RELEASE_ONLY}" if lost else ""

    def _of_therapy(self, code: str, before: Fields, after: Fields) -> str:
        if not before:
            return ""
        had = classes_of(before)
        lost = sorted((had - classes_of(after)) & self.classes)
        if lost:
            return f"Rules that can't be switched off speak of {lost[0]}. {RELEASE_ONLY}"
        spoken_of = any(each.covers(code, had) for each in self.subjects)
        if spoken_of and _lost_codes(before, after):
            return f"By its codes an EHR's {code} is recognised beside others. {RELEASE_ONLY}"
        return ""


def classes_of(therapy: Fields) -> frozenset[str]:
    """The classes that a therapy's fields name."""
    names = [therapy["therapy_class"], *therapy["attributes"]]
    return frozenset(class_code(name) for name in names if name and ":" not in name)


def _lost_codes(before: Fields, after: Fields) -> bool:
    return any(after["codes"].get(system) != code for system, code in before["codes"].items())


def subjects_in(condition: Condition) -> Iterator[Subject]:
    """The therapies and classes that a condition speaks of."""
    for named in names_in(condition):
        if named.kind == THERAPY:
            yield Subject(therapy=named.code)
        elif named.kind == "class":
            yield Subject(therapy_class=class_code(named.code))


def findings_in(condition: Condition) -> Iterator[str]:
    """The findings that a condition asks for, as kind/code."""
    for named in names_in(condition):
        if named.kind in list(FindingKind):
            yield f"{named.kind}/{named.code}"


def _subjects_of_effects(flag: RedFlag) -> Iterator[Subject]:
    for effect in flag.effects:
        if effect.kind is EffectKind.BLOCK_CLASS:
            yield Subject(therapy_class=effect.name)
        if effect.kind is EffectKind.BLOCK_THERAPY:
            yield Subject(therapy=effect.name)
