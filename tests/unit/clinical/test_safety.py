"""What one safety rule does, and what screening makes of several."""

import pytest

from recommender.clinical.case import Case, Finding
from recommender.clinical.coding import FindingKind, TherapyKind
from recommender.clinical.safety import SafetyRule, Severity, screen
from recommender.clinical.therapy import Therapy

PREGNANT = Finding(FindingKind.BACKGROUND, "pregnant")
VALPROATE = Therapy("valproate", "Valproate", TherapyKind.MEDICATION, "mood-stabiliser")
VILAZODONE = Therapy(
    "vilazodone", "Vilazodone", TherapyKind.MEDICATION, "ssri-5ht1a", ("ssri", "antidepressant")
)
CBT = Therapy("cbt", "CBT", TherapyKind.PSYCHOTHERAPY, "cbt-family")


def rule(
    *, severity=Severity.WITHHOLD, finding="pregnant", code="R1", min_value=None, **subject
) -> SafetyRule:
    return SafetyRule(
        code=code,
        kind=FindingKind.BACKGROUND,
        finding=finding,
        severity=severity,
        reason="made up for a test",
        source="made up for a test",
        min_value=min_value,
        **subject,
    )


def test_a_therapy_with_a_rule_that_withholds_is_taken_out_and_named():
    no_valproate = rule(therapy="valproate")

    screened = screen(Case((PREGNANT,)), [VALPROATE, CBT], [no_valproate])

    assert screened.shown == (CBT,)
    assert [each.rule for each in screened.withheld["valproate"]] == [no_valproate]
    assert screened.withheld["valproate"][0].because == PREGNANT


@pytest.mark.parametrize("severity", [Severity.CAUTION, Severity.MONITOR])
def test_a_milder_rule_stands_beside_the_therapy_and_leaves_it_in(severity):
    screened = screen(
        Case((PREGNANT,)), [VALPROATE], [rule(therapy="valproate", severity=severity)]
    )

    assert screened.shown == (VALPROATE,)
    assert screened.cautions["valproate"][0].rule.severity is severity
    assert screened.withheld == {}


def test_a_rule_of_a_class_holds_for_every_therapy_that_belongs_to_it():
    screened = screen(Case((PREGNANT,)), [VILAZODONE, CBT], [rule(therapy_class="ssri")])

    assert set(screened.withheld) == {"vilazodone"}


@pytest.mark.parametrize("spelling", ["SSRI", "ssri", " Ssri "])
def test_a_class_counts_however_a_data_set_spells_it(spelling):
    own = Therapy("own-drug", "Own drug", TherapyKind.MEDICATION, spelling)

    screened = screen(Case((PREGNANT,)), [own], [rule(therapy_class="ssri")])

    assert set(screened.withheld) == {"own-drug"}


def test_a_finding_recorded_as_absent_fires_nothing():
    absent = Finding(FindingKind.BACKGROUND, "pregnant", 0.0)

    screened = screen(Case((absent,)), [VALPROATE], [rule(therapy="valproate")])

    assert screened.shown == (VALPROATE,)


def test_a_finding_of_the_same_code_but_another_kind_fires_nothing():
    trigger = Finding(FindingKind.TRIGGER, "pregnant")

    screened = screen(Case((trigger,)), [VALPROATE], [rule(therapy="valproate")])

    assert screened.shown == (VALPROATE,)


@pytest.mark.parametrize(("value", "fires"), [(1.0, False), (2.0, True), (3.0, True)])
def test_a_threshold_is_reached_from_its_value_on(value, fires):
    finding = Finding(FindingKind.BACKGROUND, "pregnant", value)

    screened = screen(Case((finding,)), [VALPROATE], [rule(therapy="valproate", min_value=2.0)])

    assert ("valproate" in screened.withheld) is fires


@pytest.mark.parametrize("value", [None, "moderate", float("nan")])
def test_a_value_that_cannot_be_judged_counts_as_reaching_the_threshold(value):
    finding = Finding(FindingKind.BACKGROUND, "pregnant", value)

    screened = screen(Case((finding,)), [VALPROATE], [rule(therapy="valproate", min_value=2.0)])

    assert set(screened.withheld) == {"valproate"}


def test_a_finding_given_twice_cannot_hide_a_rule():
    absent = Finding(FindingKind.BACKGROUND, "pregnant", 0.0)

    screened = screen(Case((absent, PREGNANT)), [VALPROATE], [rule(therapy="valproate")])

    assert set(screened.withheld) == {"valproate"}
    assert rule(therapy="valproate").fires_on(Case((absent, PREGNANT))) == PREGNANT


def test_the_gravest_caution_comes_first_whatever_order_the_rules_came_in():
    mild = rule(code="R1", therapy="cbt", severity=Severity.MONITOR)
    grave = rule(code="R2", therapy="cbt", severity=Severity.CAUTION)

    screened = screen(Case((PREGNANT,)), [CBT], [mild, grave])

    assert [each.rule.code for each in screened.cautions["cbt"]] == ["R2", "R1"]
