"""Rules gone wrong on purpose: each must be caught by an example of the rule."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from recommender.clinical.combinations import CombinationRule
from recommender.clinical.condition_rules import ConditionRule
from recommender.clinical.conditions import Not
from recommender.clinical.judgement import Verdict
from recommender.clinical.red_flags import RedFlag, evaluate
from recommender.clinical.rule_examples import AnyRule, RuleExample
from recommender.clinical.safety import SafetyRule, Severity
from recommender.clinical.therapy import Therapy

NOWHERE = "mutated"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One rule or flag with one thing wrong, and whether an example noticed."""

    code: str
    what: str
    caught: bool


def mutants_of_rules(
    rules: Sequence[AnyRule], examples: Iterable[RuleExample], known: Mapping[str, Therapy]
) -> Iterator[Mutant]:
    """Every rule off, and with each part of it swapped."""
    by_code: dict[str, list[RuleExample]] = {}
    for example in examples:
        by_code.setdefault(example.rule, []).append(example)
    of_code: dict[str, list[AnyRule]] = {}
    for rule in rules:
        of_code.setdefault(rule.code, []).append(rule)
    for rule in rules:
        others = [each for each in of_code[rule.code] if each is not rule]
        for what, changed in _changes(rule):
            left = others if changed is None else [*others, changed]
            caught = not all(
                example.is_kept_by(left, known=known) for example in by_code.get(rule.code, ())
            )
            yield Mutant(rule.code, what, caught)


def mutants_of_flags(flags: Sequence[RedFlag]) -> Iterator[Mutant]:
    """Every flag off, and with the condition of another."""
    for place, flag in enumerate(flags):
        other = flags[(place + 1) % len(flags)]
        yield Mutant(flag.code, "off", any(example.fires for example in flag.examples))
        changed = replace(flag, condition=other.condition)
        yield Mutant(flag.code, "condition swapped", not _keeps_its_examples(changed))


def _keeps_its_examples(flag: RedFlag) -> bool:
    for example in flag.examples:
        (result,) = evaluate([flag], example.snapshot)
        if result.verdict is not (Verdict.HOLDS if example.fires else Verdict.DOES_NOT_HOLD):
            return False
    return True


def _changes(rule: AnyRule) -> Iterator[tuple[str, AnyRule | None]]:
    yield "off", None
    for severity in Severity:
        if severity is not rule.severity:
            yield f"made {severity}", replace(rule, severity=severity)
    if isinstance(rule, CombinationRule):
        yield from _changes_of_combination(rule)
    elif isinstance(rule, ConditionRule):
        yield from _changes_of_condition_rule(rule)
    else:
        yield from _changes_of_finding_rule(rule)


def _changes_of_finding_rule(rule: SafetyRule) -> Iterator[tuple[str, AnyRule]]:
    yield "finding swapped", replace(rule, finding=NOWHERE)
    yield "subject swapped", _with_subject(rule)
    if rule.min_value is not None:
        yield "threshold raised", replace(rule, min_value=rule.min_value + 1)
        yield "threshold lowered", replace(rule, min_value=rule.min_value - 1)


def _with_subject(rule: SafetyRule) -> SafetyRule:
    if rule.therapy:
        return replace(rule, therapy=NOWHERE)
    return replace(rule, therapy_class=NOWHERE)


def _changes_of_condition_rule(rule: ConditionRule) -> Iterator[tuple[str, AnyRule]]:
    nobody = replace(rule.subject, therapy=NOWHERE, therapy_class="")
    yield "subject swapped", replace(rule, subject=nobody)
    yield "condition turned round", replace(rule, condition=Not(rule.condition))


def _changes_of_combination(rule: CombinationRule) -> Iterator[tuple[str, AnyRule]]:
    nobody = replace(rule.subject, therapy=NOWHERE, therapy_class="")
    yield "subject swapped", replace(rule, subject=nobody)
    yield "other one swapped", replace(rule, other=nobody)
    if rule.within_days is not None:
        yield "waiting time left out", replace(rule, within_days=None)
        yield "waiting time longer", replace(rule, within_days=rule.within_days + 1)
