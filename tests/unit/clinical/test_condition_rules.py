"""Rules with a condition, and allergies on the record: when they hold, and when nobody can tell."""

import pytest

from recommender.clinical.case import Assessment, Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind, TherapyKind
from recommender.clinical.condition_rules import (
    ConditionRule,
    UnreadableRule,
    names_in,
    read_rule_condition,
)
from recommender.clinical.conditions import Subject
from recommender.clinical.judgement import Input
from recommender.clinical.rule_set import RuleSet
from recommender.clinical.safety import Severity
from recommender.clinical.snapshot import snapshot_of
from recommender.clinical.therapy import Therapy
from recommender.exceptions import BadInput

CITALOPRAM = Therapy("citalopram", "Citalopram", TherapyKind.MEDICATION, "ssri")
BUPROPION = Therapy("bupropion", "Bupropion", TherapyKind.MEDICATION, "ndri")
COMBINED = Therapy("dextromethorphan_bupropion", "Both", TherapyKind.MEDICATION, "nmda-ndri")
CBT = Therapy("cbt", "CBT", TherapyKind.PSYCHOTHERAPY, "cbt-family")
THERAPIES = (CITALOPRAM, BUPROPION, COMBINED, CBT)
OLD = Finding(FindingKind.BACKGROUND, "age_75_89")
GROWN = Finding(FindingKind.BACKGROUND, "age_25_44")


def rule(condition, *, severity=Severity.WITHHOLD, known=True, **subject) -> ConditionRule:
    return ConditionRule(
        code="R1",
        subject=Subject(**(subject or {"therapy": "citalopram"})),
        condition=read_rule_condition(condition),
        severity=severity,
        reason="made up for a test",
        source="made up for a test",
        has_to_be_known=known,
    )


def screened(case, *rules, **more):
    known = {each.code: each for each in THERAPIES}
    holding = RuleSet("test", (), conditional=rules, **more)
    return holding.screen(case, THERAPIES, snapshot=snapshot_of(case, therapies=known))


@pytest.mark.parametrize(
    ("condition", "case"),
    [
        (
            {"total_at_least": {"instrument": "phq9", "minimum": 20}},
            Case(assessments=(Assessment("phq9", total=20),)),
        ),
        ({"age_at_least": 65}, Case((OLD,))),
        ({"allergic_to": {"class": "NDRI"}}, Case(allergies=("bupropion",))),
        (
            {"taking": {"therapy": "bupropion"}},
            Case(tried=(TriedTherapy("bupropion", in_use=True),)),
        ),
        (
            {"stopped": {"therapy": "bupropion", "within_days": 14}},
            Case(tried=(TriedTherapy("bupropion", in_use=False, days_since_stop=14),)),
        ),
        (
            {"all": [{"at_most": {"finding": "background:bmi", "maximum": 17}}, {"age_under": 25}]},
            Case(
                (
                    Finding(FindingKind.BACKGROUND, "bmi", 16.5),
                    Finding(FindingKind.BACKGROUND, "age_18_24"),
                )
            ),
        ),
    ],
    ids=["score", "age", "allergy", "in use", "stopped", "value and age"],
)
def test_a_therapy_is_withheld_while_the_condition_holds(condition, case):
    found = screened(case, rule(condition))

    assert CITALOPRAM not in found.shown
    assert [firing.rule.code for firing in found.withheld["citalopram"]] == ["R1"]
    assert "Not recorded" not in found.withheld["citalopram"][0].rule.reason


def test_every_part_that_made_it_hold_is_named():
    found = screened(
        Case((OLD,), assessments=(Assessment("phq9", total=22),)),
        rule(
            {
                "all": [
                    {"age_at_least": 65},
                    {"total_at_least": {"instrument": "phq9", "minimum": 20}},
                ]
            }
        ),
    )

    assert [(each.kind, each.code) for each in found.withheld["citalopram"][0].reasons] == [
        ("background", "age_75_89"),
        ("instrument", "phq9"),
    ]


def test_what_is_not_recorded_keeps_the_therapy_back_and_says_so():
    found = screened(Case(), rule({"age_at_least": 65}))

    (firing,) = found.withheld["citalopram"]
    assert firing.rule.reason.startswith("Not recorded whether this holds")
    assert firing.because == Input(FindingKind.BACKGROUND, "age")
    assert CBT in found.shown


def test_a_rule_may_let_pass_what_nobody_recorded():
    assert screened(Case(), rule({"age_at_least": 65}, known=False)).withheld == {}


@pytest.mark.parametrize(
    ("condition", "case"),
    [
        ({"taking": {"therapy": "bupropion"}}, Case(tried=(TriedTherapy("bupropion"),))),
        (
            {"total_at_least": {"instrument": "phq9", "minimum": 20}},
            Case(assessments=(Assessment("phq9", answers={"1": 3}),)),
        ),
        (
            {"in_category": {"finding": "background:cyp2d6", "category": "poor"}},
            Case((Finding(FindingKind.BACKGROUND, "cyp2d6"),)),
        ),
    ],
    ids=["may be in use", "a scale without its total", "no category"],
)
def test_what_is_on_record_but_cannot_be_judged_never_lets_pass(condition, case):
    lenient = rule(condition, known=False)
    mild = rule(condition, known=False, severity=Severity.CAUTION)

    assert "citalopram" in screened(case, lenient).withheld
    assert screened(case, mild).cautions == {}


def test_a_milder_rule_stands_beside_the_therapy():
    found = screened(Case((OLD,)), rule({"age_at_least": 65}, severity=Severity.MONITOR))

    assert CITALOPRAM in found.shown
    assert found.cautions["citalopram"][0].rule.severity is Severity.MONITOR


def test_a_condition_known_not_to_hold_does_nothing():
    assert screened(Case((GROWN,)), rule({"age_at_least": 65})).withheld == {}


def test_a_therapy_in_use_does_not_forbid_itself():
    found = screened(
        Case(tried=(TriedTherapy("citalopram", in_use=True),)),
        rule({"taking": {"class": "ssri"}}),
    )

    assert found.withheld == {}


def test_a_rule_that_cannot_be_read_keeps_back_what_it_speaks_of():
    found = screened(Case((GROWN,)), unreadable=(UnreadableRule("R9", therapy_class="ssri"),))

    (firing,) = found.withheld["citalopram"]
    assert "R9 can't be read" in firing.rule.reason
    assert BUPROPION in found.shown


@pytest.mark.parametrize(
    ("allergies", "withheld"),
    [
        (("citalopram",), {"citalopram"}),
        (("SSRI",), {"citalopram"}),
        (("bupropion",), {"bupropion", "dextromethorphan_bupropion"}),
        (("penicillin",), set()),
        ((), set()),
        (None, set()),
    ],
    ids=["therapy", "class", "ingredient", "something else", "none", "nobody asked"],
)
def test_what_the_record_says_is_not_tolerated_is_withheld(allergies, withheld):
    found = screened(Case(allergies=allergies))

    assert set(found.withheld) == withheld
    for firings in found.withheld.values():
        assert firings[0].rule.source == "The case's own record."
        assert "allergy" in firings[0].rule.reason


def test_an_allergy_to_a_therapy_in_use_still_withholds_it():
    taken = Case(tried=(TriedTherapy("citalopram", in_use=True),), allergies=("citalopram",))

    assert "citalopram" in screened(taken).withheld


def test_a_rule_asks_nothing_of_what_a_list_would_put_forward():
    with pytest.raises(BadInput, match="leave out `proposed`"):
        read_rule_condition({"all": [{"proposed": {"therapy": "citalopram"}}]})


def test_the_names_in_a_condition_can_be_looked_up():
    condition = read_rule_condition(
        {"any": [{"present": "symptom:insomnia"}, {"not": {"allergic_to": {"class": "SSRI"}}}]}
    )

    assert list(names_in(condition)) == [
        Input(FindingKind.SYMPTOM, "insomnia"),
        Input("class", "ssri"),
    ]
