"""What screening promises of every shipped rule, for any case and any order of therapies."""

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recommender.clinical.case import Case, Finding
from recommender.clinical.safety import RulesByFinding, Severity, screen
from recommender.formats.catalogue_folder import read_catalogue

CATALOGUE = read_catalogue(Path(__file__).parents[2] / "fixtures")
THERAPIES = [entry.therapy for entry in CATALOGUE.therapies]
OWN_CODES = {therapy.code for therapy in THERAPIES}

values = st.sampled_from([None, 0.0, 1.0, 2.0, 3.0, "yes"])
findings = st.builds(
    lambda entry, value: Finding(entry.concept.kind, entry.concept.code, value),
    st.sampled_from(CATALOGUE.concepts),
    values,
)
cases = st.lists(findings, max_size=25).map(lambda found: Case(tuple(found)))


@given(case=cases)
def test_no_therapy_is_shown_while_a_rule_withholds_it(case):
    screened = screen(case, THERAPIES, CATALOGUE.rules)

    for rule in CATALOGUE.rules:
        if rule.severity is Severity.WITHHOLD and rule.fires_on(case):
            assert not [shown for shown in screened.shown if rule.concerns(shown)]


@given(case=cases)
def test_every_withheld_therapy_names_a_rule_that_truly_holds(case):
    screened = screen(case, THERAPIES, CATALOGUE.rules)

    for therapy in THERAPIES:
        for firing in screened.withheld.get(therapy.code, ()):
            assert firing.rule.concerns(therapy)
            assert firing.rule.fires_on(case)
            recorded = {(str(each.kind), each.code) for each in case.findings if each.is_present}
            is_missing = firing.rule.has_to_be_known and not isinstance(firing.because, Finding)
            assert is_missing or (str(firing.because.kind), firing.because.code) in recorded


@given(case=cases)
def test_every_caution_that_holds_stands_in_the_line(case):
    screened = screen(case, THERAPIES, CATALOGUE.rules)

    for therapy in screened.shown:
        holding = {r.code for r in CATALOGUE.rules if r.concerns(therapy) and r.fires_on(case)}
        assert {each.rule.code for each in screened.cautions.get(therapy.code, ())} == holding


@given(case=cases, more=findings)
def test_one_more_finding_that_fires_a_rule_never_makes_a_therapy_appear(case, more):
    """What is recorded as absent can settle that somebody isn't pregnant; what fires can't."""
    assume(any(rule.fires_on(Case((more,))) == more for rule in CATALOGUE.rules))
    before = screen(case, THERAPIES, CATALOGUE.rules)

    after = screen(Case((*case.findings, more)), THERAPIES, CATALOGUE.rules)

    assert set(after.shown) <= set(before.shown)


@given(case=cases, order=st.permutations(THERAPIES), data=st.data())
def test_screening_does_not_depend_on_the_order_of_therapies_or_rules(case, order, data):
    rules = data.draw(st.permutations(CATALOGUE.rules))

    one = screen(case, THERAPIES, CATALOGUE.rules)
    other = screen(case, order, rules)

    assert set(one.shown) == set(other.shown)
    assert one.withheld == other.withheld
    assert one.cautions == other.cautions


@given(case=cases)
def test_asking_only_the_rules_that_may_hold_answers_what_asking_all_would(case):
    asked = RulesByFinding(CATALOGUE.rules).that_may_hold(case)

    assert screen(case, THERAPIES, asked) == screen(case, THERAPIES, CATALOGUE.rules)


@given(case=cases)
def test_every_therapy_is_either_shown_or_withheld_and_never_lost(case):
    screened = screen(case, THERAPIES, CATALOGUE.rules)

    shown = {therapy.code for therapy in screened.shown}
    assert shown | set(screened.withheld) == OWN_CODES
    assert not shown & set(screened.withheld)


@pytest.mark.parametrize("rule", CATALOGUE.rules, ids=lambda rule: rule.code)
def test_every_shipped_rule_fires_on_its_finding_and_only_with_it(rule):
    subject = [therapy for therapy in THERAPIES if rule.concerns(therapy)]
    alone = Case((Finding(rule.kind, rule.finding),))

    screened = screen(alone, THERAPIES, CATALOGUE.rules)

    assert subject or rule.therapy not in OWN_CODES
    for therapy in subject:
        told = (*screened.withheld.get(therapy.code, ()), *screened.cautions.get(therapy.code, ()))
        if rule.severity is Severity.WITHHOLD or therapy.code not in screened.withheld:
            assert rule in [firing.rule for firing in told]
    assert bool(rule.fires_on(Case())) is rule.has_to_be_known


def test_every_shipped_rule_says_why_and_how_far_that_was_checked():
    checked = {"label text", "second-hand", "DDI list", "unverified"}

    unfounded = [
        rule.code
        for rule in CATALOGUE.rules
        if not (rule.reason and rule.source and rule.verification in checked)
    ]

    assert unfounded == []


def test_every_shipped_code_of_another_system_says_where_it_was_read():
    entries = [(each.therapy.code, each) for each in CATALOGUE.therapies]
    entries += [(each.concept.code, each) for each in CATALOGUE.concepts]

    unfounded = [
        (own, system)
        for own, entry in entries
        for system, code in entry.codes.items()
        if code not in entry.source
    ]

    assert unfounded == []


def test_every_grade_of_evidence_says_what_it_rests_on():
    unfounded = [
        entry.therapy.code
        for entry in CATALOGUE.therapies
        if entry.evidence_grade and not entry.evidence_source
    ]

    assert unfounded == []
