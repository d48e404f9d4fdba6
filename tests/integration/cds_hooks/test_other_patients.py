"""What an EHR sends of another patient doesn't go into the case, and is told."""

import pytest
from prometheus_client import REGISTRY

from recommender import models
from tests.integration.cds_hooks.bodies import PATH, SYSTEM, patient_view
from tests.integration.cds_hooks.test_fetching import FhirServer, allow
from tests.integration.cds_hooks.test_orders import SERTRALINE, cards, catalogue, draft, order

pytestmark = pytest.mark.django_db
INSOMNIA, FATIGUE = "193462001", "84229001"
OWN = "MARKED-patient"

__all__ = ["catalogue"]  # the made-up therapies and rule, used by every test here


def of(patient, code, **more):
    coding = {"coding": [{"system": SYSTEM, "code": code}]}
    return {
        "resourceType": "Condition",
        "code": coding,
        "subject": {"reference": f"Patient/{patient}"},
        **more,
    }


def found(*resources):
    return {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}


def asked(ehr, prefetch, **changes):
    return ehr.post(PATH, patient_view(prefetch=prefetch, **changes))


def ranking(response):
    assert response.status_code == 200, response.content
    return response.json()["cards"][-1]


def used():
    return [one["code"] for one in models.SuggestionList.objects.get().case["findings"]]


def counted():
    return REGISTRY.get_sample_value("recommender_resources_of_another_patient_total") or 0


@pytest.fixture(autouse=True)
def tired(live_version):
    models.ConceptRecord.objects.update_or_create(
        pathway=None, kind="symptom", code="fatigue", defaults={"codes": {"snomed_ct": FATIGUE}}
    )


def test_another_patients_resources_are_left_out_counted_and_told(ehr):
    before = counted()
    mixed = found(of(OWN, INSOMNIA), of("x", FATIGUE), of("y", FATIGUE))

    card = ranking(asked(ehr, {"conditions": mixed}))

    assert used() == ["insomnia"]
    assert "**Of another patient**, sent by the EHR and left out: 2." in card["detail"]
    assert card["indicator"] == "warning"
    assert models.SuggestionList.objects.get().record_gaps["others"] == 2
    assert counted() == before + 2


def test_a_record_of_the_patient_alone_says_nothing_of_others(ehr):
    versioned = {"subject": {"reference": f"Patient/{OWN}/_history/2"}}
    resources = [of(OWN, INSOMNIA, **versioned), {**of(OWN, FATIGUE), "subject": None}]

    card = ranking(asked(ehr, {"conditions": found(*resources)}))

    assert used() == ["fatigue", "insomnia"]
    assert "Of another patient" not in card["detail"]
    assert "others" not in models.SuggestionList.objects.get().record_gaps


def test_references_within_a_bundle_lead_to_the_patient_in_it(ehr):
    entries = [
        {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "id": OWN}},
        {"fullUrl": "urn:uuid:2", "resource": {"resourceType": "Patient", "id": "x"}},
        {"resource": of(OWN, INSOMNIA, subject={"reference": "urn:uuid:1"})},
        {"resource": of(OWN, FATIGUE, subject={"reference": "urn:uuid:2"})},
    ]

    card = ranking(asked(ehr, {"conditions": {"resourceType": "Bundle", "entry": entries}}))

    assert used() == ["insomnia"]
    assert "left out: 2." in card["detail"]


def test_a_query_that_brought_only_another_patients_data_has_failed(ehr):
    others = {"conditions": found(of("x", FATIGUE)), "observations": found(of(OWN, INSOMNIA))}

    card = ranking(asked(ehr, others))

    assert used() == ["insomnia"]
    (line,) = [each for each in card["detail"].split("\n\n") if "Not known here" in each]
    assert "conditions" in line


def test_where_nothing_required_is_the_patients_the_call_is_412(ehr):
    others = {"conditions": found(of("x", FATIGUE), of("y", FATIGUE))}

    assert asked(ehr, others).status_code == 412


def test_one_patients_record_under_an_id_that_was_made_up_is_used_and_told(ehr):
    patient = {"resourceType": "Patient", "id": "x", "gender": "female"}

    card = ranking(asked(ehr, {"patient": patient, "conditions": found(of("x", INSOMNIA))}))

    assert set(used()) == {"insomnia", "sex_female"}
    assert "**Under another id**" in card["detail"]
    assert card["indicator"] == "warning"
    assert models.SuggestionList.objects.get().record_gaps["by_other_id"]


def test_an_order_checked_by_a_record_under_another_id_says_so(ehr):
    of_x = {"subject": {"reference": "Patient/x"}}
    record = {"conditions": found(of("x", FATIGUE)), "observations": None}

    (card,) = cards(ehr, order(draft(SERTRALINE, **of_x), prefetch=record))

    assert card["summary"] == "The order was checked by a record under another id"
    assert card["indicator"] == "warning"


@pytest.mark.parametrize("wrapped", [False, True])
def test_another_patient_in_the_place_of_the_patient_is_refused(ehr, wrapped):
    patient = {"resourceType": "Patient", "id": "x", "gender": "female"}
    prefetch = {
        "patient": found(patient) if wrapped else patient,
        "conditions": found(of(OWN, INSOMNIA)),
    }

    response = asked(ehr, prefetch)

    assert response.status_code == 412
    assert "prefetch.patient" in response.json()["issue"][0]["diagnostics"]
    assert not models.SuggestionList.objects.exists()


@pytest.mark.parametrize("changes", [{"id": OWN}, {"id": OWN.upper()}, {}])
def test_the_patient_under_its_id_or_none_is_taken(ehr, changes):
    patient = {"resourceType": "Patient", "gender": "female", **changes}

    ranking(asked(ehr, {"patient": patient, "conditions": None}))

    assert "sex_female" in used()


def test_a_server_that_answers_with_another_patients_data_is_not_believed(ehr):
    with FhirServer() as fhir:
        allow(fhir.base)
        fhir.answers["Condition"] = (200, found(of("x", FATIGUE)))
        fhir.answers["Observation"] = (200, found())

        card = ranking(asked(ehr, {}, fhirServer=fhir.base))

    assert used() == []
    assert "left out: 1." in card["detail"]
    (line,) = [each for each in card["detail"].split("\n\n") if "Not known here" in each]
    assert "conditions" in line


def test_an_order_for_another_patient_is_said_not_to_be_checked(ehr):
    others = draft(SERTRALINE, subject={"reference": "Patient/x"})

    (card,) = cards(ehr, order(others, conditions=[INSOMNIA]))

    assert "wasn't checked" in card["summary"]
    assert card["indicator"] == "warning"


def test_an_order_is_not_judged_by_another_patients_record(ehr):
    own = {"subject": {"reference": f"Patient/{OWN}"}}
    record = {"conditions": found(of("x", INSOMNIA)), "observations": None}

    (card,) = cards(ehr, order(draft(SERTRALINE, **own), prefetch=record))

    assert card["summary"] == "The order was checked without part of the record"
    assert card["indicator"] == "warning"
    assert "Of another patient" in card["detail"]
