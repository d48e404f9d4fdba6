"""What CDS Hooks 2.0.1 asks of a service; each test names the section it is from."""

import pytest
from prometheus_client import REGISTRY

from recommender import models
from tests.integration.cds_hooks.bodies import PATH, bundle, patient_view

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sleepless(live_version):
    """The made-up version's symptoms, with the codes that EHRs send."""
    for code, snomed in (("insomnia", "193462001"), ("worry", "48694002")):
        models.ConceptRecord.objects.update_or_create(
            pathway=None, kind="symptom", code=code, defaults={"codes": {"snomed_ct": snomed}}
        )


def test_discovery_lists_the_services_with_what_they_need(ehr):
    """Discovery, Response."""
    response = ehr.get("/cds-services")

    services = response.json()["services"]
    assert response.status_code == 200
    assert [(one["hook"], one["id"]) for one in services] == [
        (hook, f"{hook}-depression") for hook in ("patient-view", "order-select", "order-sign")
    ]
    assert {"hook", "id", "title", "description", "prefetch"} <= set(services[0])


def test_discovery_without_a_live_version_is_an_empty_list(ehr, live_version):
    """Discovery, Response: an empty array."""
    models.ModelVersion.objects.update(status="retired", retired_at=live_version.promoted_at)

    assert ehr.get("/cds-services").json() == {"services": []}


def test_prefetch_templates_use_first_level_tokens_only(ehr):
    """Prefetch Template, Prefetch tokens."""
    prefetch = ehr.get("/cds-services").json()["services"][0]["prefetch"]

    assert all(one.count("{{") == one.count("{{context.patientId}}") for one in prefetch.values())
    assert not any("_include" in one for one in prefetch.values())


def test_the_cards_keep_to_the_standards_shape_and_limits(ehr):
    """CDS Service Response, Card Attributes."""
    response = ehr.post(PATH, patient_view("193462001", "48694002"))

    (card,) = response.json()["cards"]
    assert response.status_code == 200
    assert set(response.json()) == {"cards"}
    assert 0 < len(card["summary"]) < 140
    assert card["indicator"] in {"info", "warning"}
    assert set(card["source"]) == {"label", "url", "topic"}
    assert card["selectionBehavior"] == "at-most-one"
    assert 1 <= len(card["suggestions"]) <= 5
    assert all(set(one) == {"system", "code", "display"} for one in card["overrideReasons"])
    assert "SIMULATED DATA" in card["detail"]
    for suggestion in card["suggestions"]:
        (action,) = suggestion["actions"]
        assert set(suggestion) == {"uuid", "label", "actions"}
        assert (action["type"], action["resource"]["status"]) == ("create", "draft")
        assert action["resource"]["intent"] == "proposal"


def test_nothing_is_null_or_empty_in_an_answer(ehr):
    """Data types: no null, empty string, array or object."""

    def check(value):
        assert value not in (None, "", [], {})
        for inner in value.values() if isinstance(value, dict) else []:
            check(inner)
        for inner in value if isinstance(value, list) else []:
            check(inner)

    check(ehr.post(PATH, patient_view("193462001")).json())
    check(ehr.get("/cds-services").json())


def test_a_case_without_known_findings_gets_a_card_that_says_so(ehr):
    response = ehr.post(PATH, patient_view(prefetch={"conditions": bundle()}))

    (card,) = response.json()["cards"]
    assert card["summary"] == "No suggestion: see why"
    assert "suggestions" not in card


@pytest.mark.parametrize(
    "changes",
    [
        {"hook": "order-sign"},
        {"hookInstance": "not-a-uuid"},
        {"context": {}},
        {"context": {"userId": "nobody", "patientId": "p"}},
        {"context": {"userId": "Practitioner/1"}},
        {"fhirServer": None},
        {"prefetch": []},
    ],
)
def test_what_is_malformed_gets_400_and_an_outcome(ehr, changes):
    """HTTP Request."""
    response = ehr.post(PATH, patient_view("193462001", **changes))

    assert response.status_code == 400
    assert response.json()["resourceType"] == "OperationOutcome"
    assert not models.SuggestionList.objects.exists()


@pytest.mark.parametrize("prefetch", [{}, {"conditions": {"resourceType": "OperationOutcome"}}])
def test_data_that_did_not_come_is_412(ehr, prefetch):
    """Prefetch Template, 412 Precondition Failed."""
    assert ehr.post(PATH, patient_view(prefetch=prefetch)).status_code == 412


def test_other_addresses_types_and_bodies_are_refused_in_the_standards_way(ehr):
    """HTTP Response codes."""
    assert ehr.post("/cds-services/nothing", patient_view()).status_code == 404
    assert ehr.post(PATH, "a=b", content_type="text/plain").status_code == 415
    assert ehr.post(PATH, "{").status_code == 400
    assert ehr.post(PATH, "[]").status_code == 400


def test_nothing_of_who_the_person_is_gets_stored_or_logged(ehr, caplog):
    ehr.post(PATH, patient_view("193462001"))

    (stored,) = models.SuggestionList.objects.all()
    events = list(models.AuditEvent.objects.values())
    assert "MARKED" not in f"{stored.case} {stored.answer} {stored.requested_by} {events}"
    assert "MARKED" not in caplog.text


def test_codes_that_no_entry_knows_are_counted(ehr):
    def counted():
        return REGISTRY.get_sample_value(
            "recommender_fhir_unmapped_codes_total", {"resource": "Condition"}
        )

    before = counted() or 0
    ehr.post(PATH, patient_view("193462001", "999999999"))

    assert counted() == before + 1
