"""Whatever an EHR sends, the answer is one that the standard knows, never a fault of ours."""

import copy
import uuid

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender import models
from recommender.services import cds_clients
from tests.integration.cds_hooks.bodies import PATH, bundle, patient_view
from tests.integration.cds_hooks.test_orders import SERTRALINE, draft, order

pytestmark = pytest.mark.django_db
INSOMNIA = "193462001"
KNOWN = {200, 400, 404, 409, 412, 415}
ORDER = "/cds-services/order-sign-depression"

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
)
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3)
    ),
    max_leaves=8,
)


def places_in(value, path=()):
    """Every place of a document, by the way to it."""
    yield path
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, child in children:
        yield from places_in(child, (*path, name))


def replaced(document, path, value):
    if not path:
        return value
    changed = copy.deepcopy(document)
    inner = changed
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return changed


BODIES = {
    PATH: patient_view(INSOMNIA),
    ORDER: order(draft(SERTRALINE), conditions=[INSOMNIA]),
    f"{PATH}/feedback": {
        "feedback": [
            {
                "card": str(uuid.uuid4()),
                "outcome": "overridden",
                "overrideReason": {"reason": {"code": "x", "system": "y"}, "userComment": "z"},
                "outcomeTimestamp": "2026-11-24T12:00:00Z",
            }
        ]
    },
}


@pytest.fixture(autouse=True)
def sleepless(live_version):
    models.ConceptRecord.objects.update_or_create(
        pathway=None, kind="symptom", code="insomnia", defaults={"codes": {"snomed_ct": INSOMNIA}}
    )


@pytest.mark.parametrize("path", BODIES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_body_with_anything_anywhere_gets_an_answer_of_the_standard(ehr, path, data):
    body = BODIES[path]
    place = data.draw(st.sampled_from(list(places_in(body))))

    response = ehr.post(path, replaced(body, place, data.draw(anything)))

    assert response.status_code in KNOWN, response.content
    if response.status_code != 200:
        assert response.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "change",
    [
        {"extension": {"com.example.x": {"a": 1}}},
        {"version": "3.0", "unknown": [None]},
        {
            "fhirAuthorization": {
                "access_token": "t",
                "scope": "user/Observation.rs patient/*.cruds",
            }
        },
    ],
    ids=["an extension", "members of a later version", "scopes of SMART 2"],
)
def test_what_a_later_version_adds_is_taken(ehr, change):
    assert ehr.post(PATH, patient_view(INSOMNIA, **change)).status_code == 200


SANDBOX_DRAFT = {
    "resourceType": "Bundle",
    "entry": [
        {
            "resource": {
                "resourceType": "MedicationRequest",
                "id": "request-123",
                "status": "draft",
                "category": {"coding": [{"code": "outpatient"}]},
                "dosageInstruction": [{"doseAndRate": [{}]}],
            }
        }
    ],
}


@pytest.mark.parametrize(
    "context",
    [
        {"draftOrders": SANDBOX_DRAFT},
        {"draftOrders": SANDBOX_DRAFT, "selections": ["MedicationRequest/request-123"]},
        {"draftOrders": {"resourceType": "Bundle", "entry": []}, "selections": []},
    ],
    ids=["without selections", "before a medicine is picked", "empty"],
)
def test_what_the_public_sandbox_sends_before_there_is_anything_to_say_gets_no_card(ehr, context):
    body = order(draft())
    body.update(hook="order-select")
    body["context"].update(context)

    response = ehr.post("/cds-services/order-select-depression", body)

    assert (response.status_code, response.json()) == (200, {"cards": []})


def test_a_prefetch_as_medplum_and_others_leave_it_is_taken(ehr):
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    prefetch = {"conditions": bundle(INSOMNIA), "observations": empty, "patient": None}

    assert ehr.post(PATH, patient_view(prefetch=prefetch)).status_code == 200


@pytest.mark.parametrize(
    "nulls",
    [
        {"fhirAuthorization": None, "fhirServer": None},
        {"extension": None},
        {"context": {"userId": "Practitioner/a_b", "patientId": "p", "encounterId": None}},
    ],
    ids=["no access", "no extension", "no encounter"],
)
def test_an_optional_member_that_is_null_is_as_if_it_were_not_there(ehr, nulls):
    assert ehr.post(PATH, patient_view(INSOMNIA, **nulls)).status_code == 200


def test_a_prefetch_that_is_null_did_not_come(ehr):
    assert ehr.post(PATH, patient_view(prefetch=None)).status_code == 412


def test_a_context_without_draft_orders_is_400_and_not_a_fault(ehr):
    body = order(draft())
    del body["context"]["draftOrders"]

    assert ehr.post(ORDER, body).status_code == 400


def test_without_its_database_the_service_says_so_as_the_standard_has_it(ehr, monkeypatch):
    def out_of_reach(*_, **__):
        raise OperationalError

    monkeypatch.setattr(cds_clients, "caller_of", out_of_reach)
    response = ehr.post(PATH, patient_view(INSOMNIA))

    assert response.status_code == 503
    assert response.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "comment",
    ["a\x00b", "\ud800", "x" * 2_001, "\u202e\u0007", {"a": 1}, 7],
    ids=["NUL", "half a character", "too long", "control characters", "an object", "a number"],
)
@pytest.mark.parametrize("is_order", [True, False])
def test_a_comment_of_any_kind_is_no_fault(ehr, comment, is_order):
    models.SafetyRuleRecord.objects.create(
        code="r",
        therapy="sertraline",
        kind="symptom",
        finding="insomnia",
        severity="withhold",
        reason="A rule for tests.",
        source="tests",
    )
    models.TherapyRecord.objects.update_or_create(
        pathway=None,
        code="sertraline",
        defaults={"name": "Sertraline", "kind": "medication", "codes": {"rxnorm": SERTRALINE}},
    )
    asked = (ORDER, order(draft(SERTRALINE), conditions=[INSOMNIA]))
    path, body = asked if is_order else (PATH, patient_view(INSOMNIA))
    (card,) = ehr.post(path, body).json()["cards"]
    entry = {"card": card["uuid"], "outcome": "overridden"}
    told = {"feedback": [{**entry, "overrideReason": {"userComment": comment}}]}

    response = ehr.post(f"{path}/feedback", told)

    assert response.status_code in {200, 400}, response.content
