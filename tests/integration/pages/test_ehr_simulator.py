"""The EHR simulator signs for CDS services only, and its made-up charts are ones they can read."""

import json
import uuid

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from recommender import models
from recommender.formats.fhir import case_from, ordered_in
from recommender.services import access, fhir_codes, registry
from recommender.services.access import Role
from tests import learned

pytestmark = pytest.mark.django_db
CHARTS = json.loads((settings.FIXTURES_DIR / "fhir" / "patients.json").read_text())


@pytest.fixture
def clinician():
    registry.forget()
    user = User.objects.create_user("clinician")
    access.grant_roles(user=user, roles=frozenset({Role.CLINICIAN}), by="test")
    client = Client()
    client.force_login(user)
    return client


def test_what_it_signs_is_answered(clinician):
    learned.a_live_version()
    path = "/cds-services/patient-view-depression"
    chart = CHARTS["patients"][0]
    body = {
        "hook": "patient-view",
        "hookInstance": str(uuid.uuid4()),
        "context": {"userId": "Practitioner/1", "patientId": chart["id"]},
        "prefetch": {"patient": chart["patient"], **chart["prefetch"]},
    }

    assert clinician.get("/ehr/").status_code == 200
    token = clinician.post("/ehr/token/", {"path": path}).json()["token"]
    answer = Client().post(
        path, body, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )

    assert answer.status_code == 200
    assert answer.json()["cards"]


def test_it_signs_nothing_else_and_one_key_is_registered_once(clinician):
    for path in ("/api/v1/suggestions/", "/cds-servicesx", ""):
        assert clinician.post("/ehr/token/", {"path": path}).status_code == 400
    for _ in range(2):
        clinician.post("/ehr/token/", {"path": "/cds-services"})

    assert len(models.CdsClient.objects.get().keys["keys"]) == 1


def test_every_chart_but_the_empty_one_and_every_picked_order_says_something(db):
    call_command("load_catalogue", verbosity=0)
    fhir_codes.forget()
    codes, today = fhir_codes.code_map(), timezone.localdate()
    for chart in CHARTS["patients"]:
        resources = [
            entry["resource"] for each in chart["prefetch"].values() for entry in each["entry"]
        ]
        case = case_from(resources, codes=codes, today=today).case
        assert bool(case.findings) == (chart["id"] != "empty"), chart["id"]
    found = [ordered_in([each["resource"]], codes=codes) for each in CHARTS["orders"]]
    assert [bool(each) for each in found] == [True] * (len(found) - 1) + [False]
