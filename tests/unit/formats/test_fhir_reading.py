"""FHIR resources as EHRs send them, and the anonymised case that is made of them."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.clinical.coding import FindingKind
from recommender.formats.fhir import CodeMap, case_from, read_answers, read_codes

FIXTURES = Path(__file__).parents[3] / "fixtures" / "fhir"

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
TODAY = date(2026, 11, 24)
CODES = CodeMap.of(
    [
        ((SNOMED, "193462001"), ("symptom", "insomnia")),
        ((SNOMED, "13746004"), ("background", "bipolar_hx")),
        ((SNOMED, "228557008"), ("therapy", "cbt")),
        ((RXNORM, "312940"), ("therapy", "sertraline")),
        ((RXNORM, "312941"), ("therapy", "sertraline")),
        ((LOINC, "44260-8"), ("symptom", "suicidal_ideation")),
        ((SNOMED, "1"), ("symptom", "insomnia")),
        ((SNOMED, "1"), ("symptom", "fatigue")),
    ]
)


def concept(system, code, display="Mrs Miller's own words"):
    return {"coding": [{"system": system, "code": code, "display": display}]}


def condition(code, **more):
    return {"resourceType": "Condition", "code": concept(SNOMED, code), **more}


def observation(code, **value):
    return {
        "resourceType": "Observation",
        "status": "final",
        "effectiveDateTime": "2026-11-01T10:00:00+01:00",
        "code": concept(LOINC, code),
        **value,
    }


def medication(code="312940", status="active", kind="MedicationRequest", **more):
    coded = {"medicationCodeableConcept": concept(RXNORM, code)}
    return {"resourceType": kind, "status": status, **coded, **more}


def read(*resources):
    return case_from(resources, codes=CODES, today=TODAY)


def findings(*resources):
    return [(one.code, one.value) for one in read(*resources).case.findings]


def test_a_condition_is_a_finding_whatever_its_category():
    diagnosis = condition("193462001", category=[concept(SNOMED, "encounter-diagnosis")])

    assert findings(diagnosis) == [("insomnia", None)]


def test_what_was_refuted_entered_in_error_or_is_over_is_no_finding():
    over = condition("193462001", clinicalStatus=concept("x", "resolved"))
    refuted = condition("193462001", verificationStatus=concept("x", "refuted"))
    wrong = condition("193462001", verificationStatus=concept("x", "entered-in-error"))

    assert findings(over, refuted, wrong) == []


@pytest.mark.parametrize("status", ["remission", "resolved", "inactive"])
def test_what_is_a_history_by_itself_is_one_also_when_it_is_over(status):
    over = condition("13746004", clinicalStatus=concept("x", status))
    refuted = condition("13746004", verificationStatus=concept("x", "refuted"))

    assert findings(over) == [("bipolar_hx", None)]
    assert findings(refuted) == []


@pytest.mark.parametrize(
    "status", [{"coding": [{"code": "refuted"}]}, {"coding": {"code": "refuted"}}, "refuted"]
)
def test_a_refutation_is_one_in_whatever_way_it_is_written(status):
    assert findings(condition("193462001", verificationStatus=status)) == []


@pytest.mark.parametrize(
    "began",
    [{"onsetDateTime": "2026-02-03T10:00:00Z"}, {"onsetPeriod": {"start": "2026-02-03"}}],
)
def test_a_condition_without_its_recording_is_of_the_day_it_began(began):
    assert read(condition("193462001", **began)).as_of == date(2026, 2, 3)


def test_codes_are_matched_by_system_too_and_never_by_display():
    other = {"resourceType": "Condition", "code": concept("urn:own", "193462001", "insomnia")}

    assert findings(other, condition("1")) == []
    assert read(other, condition("1")).unmapped == {"Condition": 2}


def test_a_score_is_read_in_every_way_it_is_written():
    ways = (
        {"valueInteger": 12},
        {"valueDecimal": 12.0},
        {"valueQuantity": {"value": 12, "unit": "{score}"}},
        {"valueString": "12"},
        {"valueString": "12.0"},
        {"valueQuantity": {"value": "12"}},
    )
    totals = [read(observation("44261-6", **way)).case.assessments[0].total for way in ways]

    assert totals == [12] * len(ways)


@pytest.mark.parametrize(
    "when",
    [
        {"effectiveInstant": "2026-10-02T08:00:00Z"},
        {"effectivePeriod": {"start": "2026-10-01", "end": "2026-10-02"}},
        {"issued": "2026-10-02T08:00:00Z"},
    ],
)
def test_the_day_of_a_score_is_read_in_every_way_it_is_written(when):
    score = observation("44261-6", valueInteger=12)
    del score["effectiveDateTime"]

    assert read({**score, **when}).as_of == date(2026, 10, 2)


PHQ9 = ("44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8")  # fmt: skip  # noqa: E501


def test_a_total_is_counted_from_a_whole_set_of_answers():
    (whole,) = read(*(observation(item, valueInteger=3) for item in PHQ9)).case.assessments

    assert whole.total == 27
    assert len(whole.answers) == 9


def test_a_total_stands_beside_the_answers_that_came_with_it():
    resources = [observation("44261-6", valueInteger=22), observation("44260-8", valueInteger=2)]

    for order in (resources, resources[::-1]):
        (only,) = read(*order).case.assessments
        assert (only.total, only.answers) == (22, {"9": 2})


def test_a_set_that_is_told_twice_is_one_and_the_worse_of_two_totals_counts():
    totals = [observation("44261-6", valueInteger=total) for total in (9, 14, 9)]
    earlier = {**observation("44261-6", valueInteger=4), "effectiveDateTime": "2026-10-01"}

    sets = read(*totals, earlier).case.assessments

    assert [(each.sequence, each.total) for each in sets] == [(1, 4), (2, 14)]


def test_an_impossible_score_is_left_out():
    assert read(observation("44261-6", valueInteger=99)).case.assessments == ()
    assert read(observation("44260-8", valueInteger=9)).case.assessments == ()


def test_the_item_on_being_better_off_dead_is_an_answer_and_a_finding():
    several_days = {"valueCodeableConcept": concept(LOINC, "LA6569-3")}

    reading = read(observation("44260-8", **several_days))

    assert reading.case.assessments[0].answers == {"9": 1}
    assert [(one.code, one.value) for one in reading.case.findings] == [("suicidal_ideation", 1)]
    assert reading.as_of == date(2026, 11, 1)


def test_questionnaire_items_are_found_however_deep_they_stand():
    answered = {
        "linkId": "/44260-8",
        "answer": [{"valueCoding": {"system": LOINC, "code": "LA6570-1"}}],
    }
    form = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "authored": "2026-10-01",
        "item": [{"linkId": "group", "item": [answered]}],
    }  # fmt: skip

    below = {
        **form,
        "item": [{"linkId": "g", "answer": [{"valueString": "x", "item": [answered]}]}],
    }
    for one in (form, below):
        assert read(one).case.assessments[0].answers == {"9": 2}


def test_a_medicine_is_in_use_while_any_order_of_it_is_active():
    tried = read(medication("312941", "completed"), medication("312940", "active")).case.tried

    assert [(one.therapy, one.in_use) for one in tried] == [("sertraline", True)]


def test_days_since_the_stop_are_counted_and_the_date_is_dropped():
    ended = {"effectivePeriod": {"end": "2026-11-14"}}
    tried = read(medication(status="completed", kind="MedicationStatement", **ended)).case.tried

    assert (tried[0].in_use, tried[0].days_since_stop) == (False, 10)


def test_drafts_and_mistakes_are_not_therapies():
    for status in ("draft", "entered-in-error", "cancelled"):
        assert read(medication(status=status)).case.tried == ()


@pytest.mark.parametrize(
    "told", [{"doNotPerform": True}, {"intent": "proposal"}, {"intent": "option"}]
)
def test_what_is_forbidden_or_only_proposed_is_not_in_use(told):
    assert read(medication(**told)).case.tried == ()


@pytest.mark.parametrize("kind", ["MedicationRequest", "MedicationStatement"])
def test_a_medicine_of_unknown_status_may_be_in_use(kind):
    (tried,) = read(medication(status="unknown", kind=kind)).case.tried

    assert (tried.therapy, tried.in_use) == ("sertraline", None)


@pytest.mark.parametrize(
    "reference",
    [
        "Medication/m-1",
        "https://ehr.example/fhir/Medication/m-1",
        "Medication/m-1/_history/2",
        "urn:uuid:m-1",
    ],
)
def test_a_medicine_is_found_however_it_is_referred_to(reference):
    named = {"resourceType": "Medication", "id": "m-1", "code": concept(RXNORM, "312940")}
    order = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "medicationReference": {"reference": reference},
    }

    assert [one.therapy for one in read(named, order).case.tried] == ["sertraline"]


def test_an_allergy_is_read_beside_what_was_tried():
    allergy = {"resourceType": "AllergyIntolerance", "code": concept(RXNORM, "312940")}

    case = read(allergy, medication(status="completed")).case

    assert case.allergies == ("sertraline",)
    assert [(one.therapy, one.failed) for one in case.tried] == [("sertraline", False)]


def test_an_allergy_to_something_else_says_that_somebody_asked():
    penicillin = {"resourceType": "AllergyIntolerance", "code": concept(RXNORM, "7980")}

    assert read(penicillin).case.allergies == ()
    assert read().case.allergies is None


@pytest.mark.parametrize(
    "over",
    [
        {"verificationStatus": concept("any", "refuted")},
        {"clinicalStatus": concept("any", "resolved")},
    ],
    ids=["refuted", "resolved"],
)
def test_an_allergy_that_is_none_is_left_out(over):
    allergy = {"resourceType": "AllergyIntolerance", "code": concept(RXNORM, "312940"), **over}

    assert read(allergy).case.allergies is None


def test_a_family_history_is_not_the_persons_own():
    family = {
        "resourceType": "FamilyMemberHistory",
        "condition": [{"code": concept(SNOMED, "13746004")}],
    }

    assert findings(family) == [("fh_bipolar", None)]
    assert findings({**family, "status": "entered-in-error"}) == []


def test_of_the_patient_only_sex_and_age_band_are_kept():
    patient = {
        "resourceType": "Patient",
        "id": "MARKED",
        "name": [{"family": "MARKED"}],
        "gender": "female",
        "birthDate": "1990-11-25",
    }
    reading = read(patient)

    assert findings(patient) == [("age_25_44", None), ("sex_female", None)]
    assert "MARKED" not in repr(reading)
    assert "1990" not in repr(reading)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("1990", ["age_25_44"]),
        ("1990-05", ["age_25_44"]),
        ("2001-11", []),
        ("2001", []),
        ("2001-10", ["age_25_44"]),
        ("2026", []),
        ("2026-11", []),
        ("0000", []),
        ("19", []),
        ("1990-13", []),
        (1990, []),
    ],
)
def test_the_age_band_is_told_where_all_that_is_known_of_birth_leaves_one(born, band):
    assert [code for code, _ in findings({"resourceType": "Patient", "birthDate": born})] == band


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("2026-01-01"),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["code", "coding", "system", "status", "item", "answer", "component", "condition",
             "valueInteger", "valueQuantity", "value", "effectivePeriod", "birthDate", "linkId"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
KINDS = (
    "Condition", "Observation", "QuestionnaireResponse", "MedicationRequest", "Procedure",
    "AllergyIntolerance", "FamilyMemberHistory", "Patient", "Basic",
)  # fmt: skip


@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(["code", "status", "item", "component", "condition", "effectivePeriod", "birthDate", "clinicalStatus"]), JSON))  # fmt: skip  # noqa: E501
def test_no_shape_of_a_resource_makes_the_reading_fail(kind, body):
    reading = case_from([{**body, "resourceType": kind}], codes=CODES, today=TODAY)

    assert all(one.kind in FindingKind for one in reading.case.findings)


REASONS = "http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason"
SHIPPED = CodeMap.of(
    [*read_codes((FIXTURES / "codes.csv").read_text())],
    read_answers((FIXTURES / "answers.csv").read_text()),
)


def shipped(*resources):
    return case_from(resources, codes=SHIPPED, today=TODAY).case


@pytest.mark.parametrize(
    ("status", "reason", "stopped", "failed"),
    [
        ("stopped", "sintol", "side-effects", True),
        ("stopped", "salg", "side-effects", True),
        ("stopped", "preg", "other", False),
        ("stopped", "nonsense", "unknown", False),
        ("completed", None, "completed", False),
        ("active", "sintol", "unknown", False),
    ],
)
def test_why_a_medicine_was_stopped_is_read_by_code(status, reason, stopped, failed):
    told = {"statusReason": concept(REASONS, reason)} if reason else {}

    (tried,) = shipped(medication(status=status, **told)).tried

    assert (tried.stopped, tried.failed) == (stopped, failed)


@pytest.mark.parametrize(
    ("reason", "stopped"), [("182864000", "side-effects"), ("182868002", "other")]
)
def test_a_reason_of_snomed_is_one_as_well(reason, stopped):
    had = medication(status="stopped", statusReason=[concept(SNOMED, reason)])

    assert [tried.stopped for tried in shipped(had).tried] == [stopped]


def test_of_several_courses_the_gravest_end_is_told_and_what_goes_on_is_in_use():
    stopped = medication(status="stopped", statusReason=[concept(REASONS, "sintol")])
    for order in ([stopped, medication()], [medication(), stopped]):
        (tried,) = shipped(*order).tried

        assert (tried.stopped, tried.in_use) == ("side-effects", True)


def at(day, total):
    return {**observation("44261-6", valueInteger=total), "effectiveDateTime": day}


@pytest.mark.parametrize(
    ("after", "response", "failed"), [(8, 1.0, False), (15, 0.25, True), (20, 0.0, True)]
)
def test_how_somebody_did_on_a_therapy_is_the_change_of_a_scale_over_it(after, response, failed):
    had = medication(authoredOn="2026-08-01")

    (tried,) = shipped(had, at("2026-07-25", 20), at("2026-10-01", after)).tried

    assert (tried.response, tried.failed) == (response, failed)


def test_without_a_score_on_both_sides_nothing_is_known_of_the_response():
    (tried,) = shipped(medication(authoredOn="2026-08-01"), at("2026-10-01", 8)).tried

    assert (tried.response, tried.failed) == (None, False)


def answered(question, answer, day="2026-10-01"):
    return {
        "resourceType": "Observation",
        "status": "final",
        "effectiveDateTime": day,
        "code": concept(LOINC, "93025-5"),
        "component": [
            {
                "code": concept(LOINC, question),
                "valueCodeableConcept": concept(LOINC, answer),
            }
        ],
    }


@pytest.mark.parametrize(
    ("question", "answer", "finding"),
    [
        ("67875-5", "LA17956-6", ("job_loss", None)),
        ("71802-3", "LA30190-5", ("homelessness", None)),
        ("71802-3", "LA30189-7", ("homelessness", 0)),
        ("76501-6", "LA33-6", ("intimate_partner_violence", None)),
        ("76501-6", "LA32-8", ("intimate_partner_violence", 0)),
        ("93031-3", "LA30125-1", ("food_insecurity", None)),
        ("93029-7", "LA27722-0", ("social_isolation", None)),
        ("67875-5", "LA30136-8", ("job_loss", 0)),
    ],
)
def test_an_answer_of_prapare_is_read_with_its_question(question, answer, finding):
    form = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "authored": "2026-10-01",
        "item": [
            {
                "linkId": f"/93041-2/{question}",
                "answer": [{"valueCoding": {"system": LOINC, "code": answer}}],
            }
        ],
    }
    for resource in (answered(question, answer), form):
        (found,) = shipped(resource).findings

        assert (found.code, found.value) == finding


def test_yes_and_no_mean_nothing_without_a_question_that_is_mapped():
    assert shipped(answered("93031-3", "LA33-6")).findings == ()


GAD7 = ("69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7")


def test_the_answers_of_a_gad7_form_are_findings_and_come_to_a_total():
    form = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "authored": "2026-10-01",
        "item": [
            {"linkId": code, "answer": [{"valueCoding": {"system": LOINC, "code": "LA6570-1"}}]}
            for code in GAD7
        ],
    }

    case = shipped(form)

    (assessed,) = case.assessments
    assert (assessed.instrument, assessed.total) == ("gad7", 14)
    assert {one.code for one in case.findings} == {
        *("anxiety", "worry_uncontrollable", "somatic_tension"),
        *("restlessness", "irritability", "fear_dread"),
    }
    assert {one.value for one in case.findings} == {2}


VIOLENCE = "706893006"


@pytest.mark.parametrize(
    ("diagnosed", "value"),
    [({}, None), ({"recordedDate": "2026-11-01"}, None), ({"recordedDate": "2026-01-01"}, 0)],
    ids=["without a date", "after the no", "before the no"],
)
def test_a_no_stands_only_against_a_diagnosis_that_is_older(diagnosed, value):
    resources = [answered("76501-6", "LA32-8"), condition(VIOLENCE, **diagnosed)]
    for order in (resources, resources[::-1]):
        (found,) = shipped(*order).findings

        assert (found.code, found.value) == ("intimate_partner_violence", value)


def test_a_number_beyond_every_scale_is_no_answer():
    total = observation("44261-6", valueInteger=10**400)

    assert case_from([total], codes=CODES, today=TODAY).case.assessments == ()
