"""What an answer may and may not say, whatever the case, the scores and the rules."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.clinical.case import Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind
from recommender.clinical.red_flags import EffectKind, fired, stops
from recommender.clinical.rule_set import RuleSet
from recommender.clinical.safety import SafetyRule, Severity
from recommender.clinical.snapshot import assessment
from recommender.clinical.suggestion import SIMULATED_NOTICE, Provenance, Status
from recommender.clinical.suggestion_request import SuggestionRequest
from recommender.services.shipped_safety import shipped_safety
from recommender.services.suggestion_answers import ALL_KEPT_BACK, Basis, answer_to
from tests import learned
from tests.published import SYMPTOMS, THERAPIES

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SYMPTOM = FindingKind.SYMPTOM
learned.serving_model()  # learned once, outside of any example's time
SLEEPLESS = Case((Finding(SYMPTOM, "insomnia", 3), Finding(SYMPTOM, "worry", 0)))
WORRIED = Case((Finding(SYMPTOM, "insomnia", 0), Finding(SYMPTOM, "worry", 3)))


def rule(*, severity=Severity.WITHHOLD, finding="insomnia", min_value=None, **subject):
    return SafetyRule(
        code=f"{severity}-{finding}-{'-'.join(subject.values())}",
        kind=SYMPTOM,
        finding=finding,
        severity=severity,
        reason="For this test.",
        source="tests",
        min_value=min_value,
        **subject,
    )


def basis(*rules, recipe=learned.RIDGE, **claims):
    model = learned.serving_model(recipe)
    model = replace(model, **claims)
    return Basis(
        provenance=Provenance(
            version_id=uuid.UUID(int=7),
            number=3,
            trained_on=(("made-up", "1"),),
            personalised=model.personalised,
            calibrated=model.calibrated,
            simulated=model.simulated,
        ),
        model=model,
        rules=RuleSet("rules-1", rules),
    )


def ask(case, on, *, limit=5, explain_all=False):
    request = SuggestionRequest("depression", case, limit, explain_all=explain_all)
    return answer_to(request, basis=on, list_id=uuid.UUID(int=9), created=NOW, by="tests")


def codes(answer):
    return [suggestion.therapy.code for suggestion in answer.suggestions]


SHIPPED = shipped_safety()


def guarded():
    """A basis under everything that ships."""
    return replace(basis(), rules=RuleSet("shipped", (), SHIPPED.combinations, SHIPPED.red_flags))


def test_what_a_red_flag_holds_is_in_a_file_beside_the_flag_and_nowhere_else():
    held = ask(replace(SLEEPLESS, assessments=(assessment("phq9", {"9": 1}),)), guarded())

    assert held.as_given()["suggestions"] == []
    assert len(held.as_given(released=True)["suggestions"]) == len(held.suggestions) > 0
    assert held.as_given(released=True)["status"] == "urgent"


@given(
    in_use=st.sets(
        st.sampled_from(["phenelzine", "lithium", "linezolid", "fluoxetine", "tramadol"])
    ),
    said=st.dictionaries(
        st.sampled_from(sorted(RuleSet("", (), (), SHIPPED.red_flags).questions)), st.booleans()
    ),
    item=st.none() | st.integers(0, 3),
)
def test_nothing_is_shown_that_a_red_flag_or_a_combination_stops(in_use, said, item):
    on = guarded()
    case = Case(
        SLEEPLESS.findings,
        tuple(TriedTherapy(code, in_use=True) for code in sorted(in_use)),
        () if item is None else (assessment("phq9", {"9": item}),),
        said,
    )

    answer = ask(case, on)

    shown = {one["therapy"]["code"] for one in answer.as_given()["suggestions"]}
    up = fired(answer.red_flags)
    effects = {effect.kind for result in up for effect in result.flag.effects}
    if {EffectKind.BLOCK_LIST, EffectKind.HOLD_LIST} & effects:
        assert not shown
    for therapy in on.model.therapies:
        beside = [
            rule
            for rule in SHIPPED.combinations
            if rule.severity is Severity.WITHHOLD
            and rule.subject.covers(therapy.code, therapy.classes)
            and rule.other.therapy in in_use - {therapy.code}
        ]
        if beside or stops(up, therapy):
            assert therapy.code not in shown
            assert therapy.code in {each.therapy.code for each in answer.withheld}


values = st.sampled_from([0, 1, 2, 3])
findings = st.builds(Finding, st.just(SYMPTOM), st.sampled_from([*SYMPTOMS, "unheard-of"]), values)
case_findings = st.lists(findings, max_size=6, unique_by=lambda finding: finding.code)
responses = st.none() | st.floats(0, 1)
attempts = st.builds(
    TriedTherapy,
    st.sampled_from([*THERAPIES, "unknown-remedy"]),
    responses,
    st.sampled_from(["completed", "side-effects", "no-effect", "other", "unknown"]),
)
cases = st.builds(
    Case,
    case_findings.map(tuple),
    st.lists(attempts, max_size=4).map(tuple),
)
subjects = st.sampled_from(
    [*({"therapy": code} for code in THERAPIES), {"therapy_class": "SSRI"}],
)
rules = st.builds(
    lambda severity, finding, least, subject: rule(
        severity=severity, finding=finding, min_value=least, **subject
    ),
    st.sampled_from(Severity),
    st.sampled_from(SYMPTOMS),
    st.none() | st.integers(1, 3),
    subjects,
)
rule_sets = st.lists(rules, max_size=8, unique_by=lambda one: (one.code, one.min_value))


@given(case=cases, active=rule_sets)
def test_no_answer_suggests_what_a_rule_withholds(case, active):
    answer = ask(case, basis(*active))

    stopped = {
        therapy.code
        for therapy in learned.THERAPIES
        for one in active
        if one.severity is Severity.WITHHOLD and one.concerns(therapy) and one.fires_on(case)
    }
    assert stopped.isdisjoint(codes(answer))
    assert {withheld.therapy.code for withheld in answer.withheld} == stopped


@given(case=cases, active=rule_sets)
def test_a_therapy_that_failed_does_not_come_back(case, active):
    answer = ask(case, basis(*active))

    failed = {tried.therapy for tried in case.tried if tried.failed}
    assert failed.isdisjoint(codes(answer))
    kept_back = {tried.therapy.code for tried in answer.already_tried}
    withheld = {one.therapy.code for one in answer.withheld}
    assert kept_back | withheld >= failed & set(THERAPIES)


@given(case=cases, active=rule_sets)
def test_every_known_therapy_is_suggested_withheld_or_known_to_have_failed(case, active):
    answer = ask(case, basis(*active), limit=20)

    named = [*codes(answer)]
    named += [one.therapy.code for one in (*answer.withheld, *answer.already_tried)]
    assert len(named) == len(set(named))
    if answer.status is Status.SUGGESTED:
        assert set(named) == set(THERAPIES)


@given(case=cases)
def test_what_the_version_does_not_know_is_listed(case):
    answer = ask(case, basis())

    listed = {(each.kind, each.code) for each in answer.unrecognised}
    for finding in case.findings:
        assert (("symptom", finding.code) in listed) == (finding.code not in SYMPTOMS)
    for tried in case.tried:
        assert (("therapy", tried.therapy) in listed) == (tried.therapy not in THERAPIES)


@given(case=cases, active=rule_sets)
def test_an_answer_without_suggestions_says_why(case, active):
    answer = ask(case, basis(*active))

    assert bool(answer.suggestions) == (answer.status is Status.SUGGESTED)
    assert (answer.reason is None) == bool(answer.suggestions)


@given(case=cases, place=st.integers(0, 5), therapy=st.integers(0, 3))
def test_a_removed_finding_changes_the_score_by_what_was_said(case, place, therapy):
    model = learned.serving_model()
    known = [finding for finding in case.findings if finding.code in SYMPTOMS]
    if len(known) < 2:
        return
    removed = known[place % len(known)]
    less = Case(tuple(finding for finding in known if finding is not removed))
    answer = ask(Case(tuple(known)), basis(), limit=20, explain_all=True)
    code = THERAPIES[therapy]
    suggestion = next(one for one in answer.suggestions if one.therapy.code == code)

    said = {
        reason.code: reason.contribution for reason in (*suggestion.because, *suggestion.against)
    }

    def beyond_mean(asked):
        logits = model.score(asked).logits
        return logits[therapy] - logits.mean()

    change = beyond_mean(Case(tuple(known))) - beyond_mean(less)
    assert said.get(removed.code, 0.0) == pytest.approx(change, abs=1e-6)


def test_the_order_follows_the_case():
    assert codes(ask(SLEEPLESS, basis()))[0] == "mirtazapine"
    assert codes(ask(WORRIED, basis()))[0] == "cbt"


def test_the_first_reason_is_the_strongest():
    first = ask(WORRIED, basis()).suggestions[0]

    assert first.because[0].code == "worry"
    assert first.because[0].contribution > 0


def test_two_reasons_a_side_are_given_unless_all_are_asked_for():
    case = Case(tuple(Finding(SYMPTOM, code, 2) for code in SYMPTOMS))

    few = ask(case, basis()).suggestions
    every = ask(case, basis(), explain_all=True).suggestions

    assert max(len(one.because) for one in few) <= 2
    assert max(len(one.against) for one in few) <= 2
    assert all(len(one.because) + len(one.against) == len(SYMPTOMS) for one in every)


def test_a_withheld_therapy_is_shown_with_rule_reason_and_source():
    answer = ask(SLEEPLESS, basis(rule(therapy="mirtazapine", min_value=2)))

    (withheld,) = answer.as_given()["withheld"]
    assert withheld["therapy"]["code"] == "mirtazapine"
    assert (withheld["reason"], withheld["source"]) == ("For this test.", "tests")
    assert withheld["because"] == [{"kind": "symptom", "code": "insomnia"}]


def test_a_caution_stands_beside_its_suggestion():
    answer = ask(SLEEPLESS, basis(rule(severity=Severity.CAUTION, therapy="mirtazapine")))

    first = answer.as_given()["suggestions"][0]
    assert first["therapy"]["code"] == "mirtazapine"
    assert [caution["severity"] for caution in first["cautions"]] == ["caution"]


def test_when_everything_is_kept_back_the_list_is_empty_and_says_so():
    history = tuple(TriedTherapy(code, 0.0) for code in THERAPIES)

    answer = ask(replace(SLEEPLESS, tried=history), basis())

    assert (answer.status, answer.reason) == (Status.INSUFFICIENT_EVIDENCE, ALL_KEPT_BACK)
    assert len(answer.already_tried) == len(THERAPIES)


def test_a_failed_therapy_returns_when_the_recipe_says_why():
    on = basis(recipe=learned.REPEATING)

    answer = ask(replace(SLEEPLESS, tried=(TriedTherapy("mirtazapine", 0.0),)), on)

    first = answer.as_given()["suggestions"][0]
    assert first["therapy"]["code"] == "mirtazapine"
    assert first["suggested_again_because"] == "Doses were too low before."
    assert answer.already_tried == ()


@pytest.mark.parametrize(
    ("tried", "reason"),
    [
        (TriedTherapy("cbt", 0.2), "It was tried and didn't help."),
        (TriedTherapy("cbt", 0.9, "side-effects"), "It was tried and stopped for side effects."),
        (TriedTherapy("cbt", None, "no-effect"), "It was tried and stopped for lack of effect."),
    ],
)
def test_why_a_therapy_is_left_out_is_said(tried, reason):
    answer = ask(replace(SLEEPLESS, tried=(tried,)), basis())

    assert [(one.therapy.code, one.reason) for one in answer.already_tried] == [("cbt", reason)]


def test_a_therapy_that_helped_may_be_suggested_again():
    answer = ask(replace(SLEEPLESS, tried=(TriedTherapy("mirtazapine", 0.5),)), basis())

    assert "mirtazapine" in codes(answer)


def test_a_version_that_is_not_calibrated_says_how_many_there_were_and_gives_no_share():
    first = ask(SLEEPLESS, basis(calibrated=False)).as_given()["suggestions"][0]

    assert (first["probability"], first["interval"], first["baseline"]) == (None, None, None)
    assert first["support"]["cases"] > 0
    assert first["support"]["responded"] is None


def test_a_calibrated_version_gives_a_probability_inside_its_interval():
    first = ask(SLEEPLESS, basis()).as_given()["suggestions"][0]

    interval = first["interval"]
    assert interval["lower"] < first["probability"] < interval["upper"]
    assert 0 < first["baseline"] < 1


def test_simulated_data_are_said_first_and_always():
    notice = ask(SLEEPLESS, basis()).as_given()["notice"]

    assert notice.startswith(SIMULATED_NOTICE)


def test_a_version_that_is_not_personalised_says_so_and_gives_no_reasons():
    plain = basis(personalised=False)
    plain = replace(
        plain, model=replace(plain.model, _beyond_mean=np.zeros_like(plain.model._beyond_mean))
    )

    answer = ask(SLEEPLESS, plain).as_given()

    assert answer["personalised"] is False
    assert "Not personalised" in answer["notice"]
    assert answer["suggestions"][0]["because"] == []


def test_present_without_a_severity_counts_as_the_mean_one():
    model = learned.serving_model()

    def score_of(value):
        return model.score(Case((Finding(SYMPTOM, "insomnia", value),))).logits

    low, unsaid, high = score_of(1), score_of(None), score_of(3)
    assert np.all((np.minimum(low, high) < unsaid) & (unsaid < np.maximum(low, high)))


def test_recorded_as_absent_is_understood_and_changes_nothing():
    absent = replace(SLEEPLESS, findings=(*SLEEPLESS.findings, Finding(SYMPTOM, "guilt", 0)))

    answer = ask(absent, basis())

    assert answer.unrecognised == ()
    assert answer.suggestions[0].therapy == ask(SLEEPLESS, basis()).suggestions[0].therapy


def test_a_case_of_unknown_findings_gets_no_list():
    strange = Case((Finding(SYMPTOM, "unheard-of", 1),))

    answer = ask(strange, basis()).as_given()

    assert (answer["status"], answer["suggestions"]) == ("insufficient_evidence", [])
    assert "known to this version" in answer["reason"]


def test_where_there_is_no_order_the_finding_that_would_help_most_is_named():
    """Nobody who was learned from had every symptom eight times."""
    strange = Case(tuple(Finding(SYMPTOM, code, 3) for code in SYMPTOMS[1:] * 8))

    answer = ask(strange, basis()).as_given()

    assert (answer["status"], answer["suggestions"]) == ("insufficient_evidence", [])
    assert answer["would_help"] == {"kind": "symptom", "code": "insomnia", "display": "insomnia"}
    assert "It would help most to record: insomnia." in answer["reason"]


def test_a_list_asks_for_nothing():
    assert ask(SLEEPLESS, basis()).as_given()["would_help"] is None


def test_a_reason_whose_sign_the_data_do_not_bear_out_is_not_named():
    unsure = basis(_unsure=np.full_like(learned.serving_model()._unsure, 10.0))

    assert ask(SLEEPLESS, unsure).suggestions[0].because == ()
    assert ask(SLEEPLESS, unsure, explain_all=True).suggestions[0].because != ()
