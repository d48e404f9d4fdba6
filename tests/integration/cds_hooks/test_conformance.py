"""What CDS Hooks 2.0.1 asks of a service; each test names the section it is from."""

from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from api.cds_hooks.cards import escaped
from recommender import models
from recommender.ml import artifacts
from tests import learned
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


def test_a_service_says_what_the_standard_requires_each_under_an_id_of_its_own(ehr):
    """Discovery, Response: hook, id and description are REQUIRED, title is RECOMMENDED."""
    services = ehr.get("/cds-services").json()["services"]

    assert len({one["id"] for one in services}) == len(services)
    for one in services:
        assert all(one[name] for name in ("hook", "id", "title", "description"))
        assert "extension" not in one


def test_prefetch_keeps_to_the_recommended_queries(ehr):
    """Prefetch Template, Prefetch query restrictions."""
    queries = ehr.get("/cds-services").json()["services"][0]["prefetch"].values()
    kinds = {query.partition("?")[0].partition("/")[0] for query in queries}
    parameters = {
        pair.partition("=")[0]
        for query in queries
        for pair in filter(None, query.partition("?")[2].split("&"))
    }

    assert parameters <= {"patient", "category", "_sort", "_count"}
    assert kinds >= {
        "Patient", "Condition", "Observation", "MedicationRequest", "Procedure",
        "AllergyIntolerance", "FamilyMemberHistory",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["Practitioner", "PractitionerRole", "Patient", "RelatedPerson"])
def test_any_user_that_the_hook_names_may_view_a_patient(ehr, kind):
    """patient-view, Context: userId."""
    context = {"userId": f"{kind}/1", "patientId": "p"}

    assert ehr.post(PATH, patient_view(context=context)).status_code == 200


@pytest.mark.parametrize("encounter", [{}, {"encounterId": "e-1"}])
def test_the_encounter_is_optional(ehr, encounter):
    """patient-view, Context: encounterId OPTIONAL."""
    context = {"userId": "Practitioner/1", "patientId": "p", **encounter}

    assert ehr.post(PATH, patient_view(context=context)).status_code == 200


FAILED = {"resourceType": "OperationOutcome"}
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}


@pytest.mark.parametrize(
    ("prefetch", "status"),
    [
        ({"conditions": None, "observations": None}, 200),
        ({"conditions": EMPTY, "observations": EMPTY}, 200),
        ({"conditions": FAILED, "observations": EMPTY}, 200),
        ({"conditions": FAILED, "observations": FAILED}, 412),
        ({"patient": {"resourceType": "Patient"}}, 412),
    ],
    ids=["null", "an empty searchset", "one failed", "both failed", "neither came"],
)
def test_no_data_is_an_answer_and_a_failed_query_is_none(ehr, prefetch, status):
    """Prefetch Template: null, zero entries, OperationOutcome, 412."""
    response = ehr.post(PATH, patient_view(prefetch=prefetch))

    assert response.status_code == status


def test_the_types_of_answers_are_those_of_json_and_fhir(ehr):
    """HTTP Response; OperationOutcome in an error is what the 3.0 ballot asks for."""
    assert ehr.get("/cds-services")["Content-Type"] == "application/json"
    assert ehr.post(PATH, patient_view())["Content-Type"] == "application/json"
    assert ehr.post(PATH, patient_view(hook="x"))["Content-Type"] == "application/fhir+json"


def test_a_card_says_how_old_its_data_are(ehr):
    body = patient_view("193462001")
    condition = body["prefetch"]["conditions"]["entry"][0]["resource"]
    condition["recordedDate"] = "2026-01-31"

    (card,) = ehr.post(PATH, body).json()["cards"]

    assert "Newest data used: 2026-01-31" in card["detail"]


def test_nothing_is_recommended_before_the_others_nor_done_by_itself(ehr):
    """Suggestion: isRecommended; CDS Service Response: systemActions."""
    response = ehr.post(PATH, patient_view("193462001")).json()

    assert "systemActions" not in response
    assert not any("isRecommended" in one for one in response["cards"][0]["suggestions"])


def test_a_version_without_probabilities_tells_no_shares(ehr):
    """Its card shows order and words only."""
    made = learned.outcome()
    artifact = artifacts.unpack(made.artifact, sha256=made.sha256)
    silent = artifacts.pack(replace(artifact, manifest={**artifact.manifest, "calibrated": False}))
    learned.a_live_version(
        made=replace(made, artifact=silent, sha256=artifacts.sha256(silent), calibrated=False)
    )

    (card,) = ehr.post(PATH, patient_view("193462001", "48694002")).json()["cards"]

    assert "similar cases had it" in card["detail"]
    assert "responded" not in card["detail"]


@pytest.mark.parametrize("client_id", ["", "recommender"])
def test_only_a_smart_link_has_an_app_context_and_it_is_opaque(ehr, client_id):
    """Link: appContext."""
    models.CdsClient.objects.update(smart_client_id=client_id)
    (card,) = ehr.post(PATH, patient_view("193462001")).json()["cards"]
    (link,) = card["links"]

    assert link["url"].startswith("http://testserver/")
    assert link["type"] == ("smart" if client_id else "absolute")
    assert link.get("appContext") == (card["uuid"] if client_id else None)


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
    astray = ehr.get("/cds-services/")
    assert (astray.status_code, astray.json()["resourceType"]) == (404, "OperationOutcome")
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


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("<b>bold</b>", r"&lt;b&gt;bold&lt;/b&gt;"),
        ("`code` | [a](javascript:b)", r"\`code\` \| \[a\]\(javascript:b\)"),
        ("    four spaces\tand a tab", "four spaces and a tab"),
        ("two\n\nparagraphs  \nand a break", "two paragraphs and a break"),
        ("1. # > - + * _ ~", r"1\. \# &gt; \- \+ \* \_ \~"),
        ("a\\", "a\\\\"),
    ],
)
def test_text_from_data_does_nothing_in_markdown(text, written):
    """2.0.1, Card: detail is GitHub-flavoured Markdown."""
    assert escaped(text) == written
