"""Each part of a condition gone wrong is another condition, and two good examples notice it."""

import pytest

from recommender.clinical.case import Assessment, Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind, TherapyKind
from recommender.clinical.condition_mutations import changes_of
from recommender.clinical.condition_rules import ConditionRule, read_rule_condition
from recommender.clinical.conditions import Subject
from recommender.clinical.rule_examples import RuleExample
from recommender.clinical.rule_mutations import mutants_of_rules
from recommender.clinical.safety import Severity
from recommender.clinical.therapy import Therapy

KNOWN = {
    "sertraline": Therapy("sertraline", "Sertraline", TherapyKind.MEDICATION, "ssri"),
    "phenelzine": Therapy("phenelzine", "Phenelzine", TherapyKind.MEDICATION, "maoi"),
}
BMI = "background:bmi"


def bmi(value):
    return Finding(FindingKind.BACKGROUND, "bmi", value)


def band(name):
    return Finding(FindingKind.BACKGROUND, name)


# A condition, cases that it holds on, and cases that it doesn't.
GOOD = {
    "score": (
        {"total_at_least": {"instrument": "phq9", "minimum": 20}},
        [Case(assessments=(Assessment("phq9", total=20),))],
        [Case(assessments=(Assessment("phq9", total=19),))],
    ),
    "item": (
        {"item_at_least": {"instrument": "phq9", "item": "9", "minimum": 2}},
        [Case(assessments=(Assessment("phq9", answers={"9": 2}),))],
        [Case(assessments=(Assessment("phq9", answers={"9": 1}),))],
    ),
    "range": (
        {
            "all": [
                {"at_least": {"finding": BMI, "minimum": 15}},
                {"at_most": {"finding": BMI, "maximum": 17}},
            ]
        },
        [Case((bmi(15),)), Case((bmi(17),))],
        [Case((bmi(14),)), Case((bmi(18),))],
    ),
    "age": (
        {"any": [{"age_at_least": 75}, {"age_under": 18}]},
        [Case((band("age_75_89"),)), Case((band("age_12_17"),))],
        [Case((band("age_65_74"),)), Case((band("age_18_24"),))],
    ),
    "allergy": (
        {"allergic_to": {"therapy": "phenelzine"}},
        [Case(allergies=("phenelzine",))],
        [Case(allergies=("sertraline",))],
    ),
    "use": (
        {
            "any": [
                {"taking": {"class": "maoi"}},
                {"stopped": {"class": "maoi", "within_days": 14}},
            ]
        },
        [
            Case(tried=(TriedTherapy("phenelzine", in_use=True),), all_tried_known=True),
            Case(tried=(TriedTherapy("phenelzine", days_since_stop=14),), all_tried_known=True),
        ],
        [Case(tried=(TriedTherapy("phenelzine", days_since_stop=15),), all_tried_known=True)],
    ),
    "pregnancy": (
        {
            "all": [
                {"present": "background:pregnant"},
                {"not": {"present": "background:sex_male"}},
            ]
        },
        [Case((band("pregnant"), Finding(FindingKind.BACKGROUND, "sex_male", 0)))],
        [
            Case((band("pregnant"), band("sex_male"))),
            Case((Finding(FindingKind.BACKGROUND, "pregnant", 0), band("sex_male"))),
            Case(
                (
                    Finding(FindingKind.BACKGROUND, "pregnant", 0),
                    Finding(FindingKind.BACKGROUND, "sex_male", 0),
                )
            ),
        ],
    ),
}


def mutants(name):
    condition, on, off = GOOD[name]
    rule = ConditionRule(
        code="R1",
        subject=Subject("sertraline"),
        condition=read_rule_condition(condition),
        severity=Severity.WITHHOLD,
        reason="made up for a test",
        source="made up for a test",
        has_to_be_known=False,
    )
    examples = [RuleExample("R1", "sertraline", case, Severity.WITHHOLD) for case in on]
    examples += [RuleExample("R1", "sertraline", case, None) for case in (*off, Case())]
    assert all(each.is_kept_by([rule], known=KNOWN) for each in examples)
    return list(mutants_of_rules([rule], examples, KNOWN))


@pytest.mark.parametrize("name", GOOD)
def test_examples_at_the_border_notice_every_fault_in_a_condition(name):
    found = mutants(name)

    assert [each.what for each in found if not each.caught] == []
    assert len(found) > 5


@pytest.mark.parametrize("name", GOOD)
def test_a_changed_condition_is_another_one(name):
    condition = read_rule_condition(GOOD[name][0])

    changed = [each.as_written() for _, each in changes_of(condition)]

    assert condition.as_written() not in changed
    assert len({str(each) for each in changed}) == len(changed)
