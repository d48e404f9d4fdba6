"""Nothing that says who a person is stays anywhere: not in a table, a log or a metric."""

import pytest
from celery.signals import before_task_publish
from django.core.cache import caches
from django.db import connection
from django.test import Client

from recommender import models
from recommender.services import cds_clients, subjects
from tests.integration.cds_hooks.bodies import PATH, SYSTEM, bundle, patient_view

pytestmark = pytest.mark.django_db
INSOMNIA = "193462001"


@pytest.fixture(autouse=True)
def sleepless(live_version):
    models.ConceptRecord.objects.update_or_create(
        pathway=None, kind="symptom", code="insomnia", defaults={"codes": {"snomed_ct": INSOMNIA}}
    )


def marked_record():
    """Everything that names a person, where real records have it."""
    return {
        "patient": {
            "resourceType": "Patient",
            "id": "MARKED-patient",
            "name": [{"family": "MARKED", "given": ["MARKED"]}],
            "identifier": [{"system": "MARKED", "value": "MARKED-mrn"}],
            "telecom": [{"value": "MARKED@MARKED.example"}],
            "address": [{"line": ["MARKED street"]}],
            "birthDate": "1931-07-19",
            "gender": "female",
        },
        "conditions": bundle(INSOMNIA),
        "observations": {
            "resourceType": "Bundle",
            "entry": [
                {
                    "resource": {
                        "resourceType": "Observation",
                        "status": "final",
                        "effectiveDateTime": "1999-12-31",
                        "code": {"coding": [{"system": SYSTEM, "code": "MARKED"}]},
                        "note": [{"text": "MARKED note"}],
                        "valueString": "MARKED",
                    }
                }
            ],
        },
    }


def everything_stored():
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        tables = [name for (name,) in cursor.fetchall()]
        rows = []
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} t")
            rows += [f"{table}: {row}" for (row,) in cursor.fetchall()]
    return rows


@pytest.fixture
def sent_to_workers():
    """Every message that a task was started with."""
    messages = []

    def keep(sender=None, body=None, headers=None, **_):
        messages.append(f"{sender} {body} {headers}")

    before_task_publish.connect(keep)
    yield messages
    before_task_publish.disconnect(keep)


def everything_cached():
    return [f"{cache._cache}" for cache in caches.all(initialized_only=True)]


def test_no_identifier_date_text_or_token_is_left_after_any_call(
    ehr, caplog, capfd, sent_to_workers
):
    caplog.set_level("DEBUG")
    card = ehr.post(PATH, patient_view(prefetch=marked_record())).json()["cards"][-1]
    ehr.post(PATH, patient_view(prefetch={"conditions": "MARKED"}))
    ehr.post(PATH, patient_view(context={"userId": "MARKED", "patientId": "MARKED MARKED"}))
    ehr.post(PATH, '{"MARKED": ')
    ehr.post(f"{PATH}-MARKED", patient_view())
    ehr.post(
        "/cds-services/order-sign-depression",
        {
            **patient_view(prefetch=marked_record()),
            "hook": "order-sign",
            "context": {
                "userId": "Practitioner/MARKED",
                "patientId": "MARKED",
                "draftOrders": {"entry": [{"resource": {"id": "MARKED"}}]},
            },
        },
    )
    for comment in ("Write to MARKED@MARKED.example", "Fits well."):
        chosen = {"code": "patient-refuses", "system": "x"}
        entry = {
            "card": card["uuid"],
            "outcome": "overridden",
            "overrideReason": {"reason": chosen, "userComment": comment},
            "outcomeTimestamp": "2026-11-24T12:00:00Z",
        }
        ehr.post(f"{PATH}/feedback", {"feedback": [entry]})
    metrics = Client().get("/metrics").content.decode()

    stored = everything_stored()
    said = f"{caplog.text}{capfd.readouterr()}{metrics}{sent_to_workers}{everything_cached()}"
    assert models.SuggestionList.objects.count() == 1
    assert models.Review.objects.count() == 1
    assert [row for row in stored if "MARKED" in row] == []
    assert [row for row in stored if "1931-07-19" in row or "1999-12-31" in row] == []
    assert "MARKED" not in said.replace("patient-view-depression-MARKED", "")


def test_lists_for_one_patient_of_one_client_meet_under_a_pseudonym(ehr):
    for patient in ("p-1", "p-1", "p-2"):
        context = {"userId": "Practitioner/1", "patientId": patient}
        ehr.post(PATH, patient_view(INSOMNIA, context=context))

    first, second, other = models.SuggestionList.objects.order_by("created")
    assert first.subject == second.subject != other.subject
    assert subjects.earlier_than(second) == (first,)
    assert subjects.earlier_than(other) == ()


def test_the_pseudonym_is_another_with_another_key_or_client(ehr, settings):
    cds_clients.register(name="other", issuer="https://other.example", keys=ehr.keys, by="test")
    ehr.post(PATH, patient_view(INSOMNIA))
    ehr.post(PATH, patient_view(INSOMNIA), iss="https://other.example")
    settings.PSEUDONYM_KEY = "another key of more than thirty-two characters"
    ehr.post(PATH, patient_view(INSOMNIA))

    pseudonyms = set(models.SuggestionList.objects.values_list("subject", flat=True))
    assert len(pseudonyms) == 3


def test_patients_of_two_tenants_never_meet_whatever_their_ids(ehr):
    for tenant in ("north", "north", "south", None):
        ehr.post(PATH, patient_view(INSOMNIA), tenant=tenant)

    north, again, south, neither = models.SuggestionList.objects.order_by("created")
    assert north.subject == again.subject
    assert len({north.subject, south.subject, neither.subject}) == 3
