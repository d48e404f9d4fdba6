"""Codes that no entry knows wait until somebody maps them, and are known from then on."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from recommender import models
from recommender.exceptions import BadInput
from recommender.services import demo_users, fhir_codes, unmapped_codes
from tests.integration.cds_hooks.bodies import PATH, SYSTEM, bundle, patient_view

pytestmark = pytest.mark.django_db
NEW = "404640003"


@pytest.fixture(autouse=True)
def insomnia(live_version):
    models.ConceptRecord.objects.update_or_create(pathway=None, kind="symptom", code="insomnia")


def used():
    latest = models.SuggestionList.objects.latest("created")
    return [one["code"] for one in latest.case["findings"]]


def test_a_code_is_counted_each_time_it_comes(ehr):
    for _ in range(2):
        ehr.post(PATH, patient_view(NEW))

    found = models.UnmappedCode.objects.get()
    assert (found.system, found.code, found.seen) == (SYSTEM, NEW, 2)
    assert found.resource == "Condition"
    assert used() == []


def test_once_it_is_mapped_it_is_a_finding(ehr, django_capture_on_commit_callbacks):
    ehr.post(PATH, patient_view(NEW))
    with django_capture_on_commit_callbacks(execute=True):
        unmapped_codes.resolve(
            code=models.UnmappedCode.objects.get(), kind="symptom", entry="insomnia", by="admin"
        )

    ehr.post(PATH, patient_view(NEW))

    assert used() == ["insomnia"]
    assert unmapped_codes.waiting() == 0
    assert models.AuditEvent.objects.filter(action="code.mapped", actor="admin").exists()


@pytest.mark.parametrize(
    ("kind", "entry"), [("symptom", "moonlight"), ("therapy", "insomnia"), ("", "insomnia")]
)
def test_it_is_mapped_only_to_an_entry_that_is_there(ehr, kind, entry):
    ehr.post(PATH, patient_view(NEW))

    with pytest.raises(BadInput):
        unmapped_codes.resolve(
            code=models.UnmappedCode.objects.get(), kind=kind, entry=entry, by="admin"
        )


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("urn:local", NEW),
        (SYSTEM, "Jane Miller"),
        (SYSTEM, "jane@home.example"),
        (SYSTEM, "1" * 40),
    ],
)
def test_what_could_be_anything_is_not_kept(ehr, system, code):
    body = patient_view(prefetch={"conditions": bundle(NEW)})
    coding = body["prefetch"]["conditions"]["entry"][0]["resource"]["code"]["coding"][0]
    coding.update(system=system, code=code)

    ehr.post(PATH, body)

    assert not models.UnmappedCode.objects.exists()


def test_an_administrator_maps_it_in_the_admin(ehr, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    demo_users.create(by="test")
    ehr.post(PATH, patient_view(NEW))
    code = models.UnmappedCode.objects.get()
    address = reverse("admin:recommender_unmappedcode_change", args=[code.pk])
    client = Client()
    client.force_login(
        User.objects.get(username="dataset-admin"),
        backend="django.contrib.auth.backends.ModelBackend",
    )

    refused = client.post(address, {"kind": "symptom", "entry": "moonlight"})
    client.post(address, {"kind": "symptom", "entry": "insomnia"})
    code.refresh_from_db()

    assert "There is no symptom of this code." in refused.content.decode()
    assert (code.entry, code.mapped_by) == ("insomnia", "dataset-admin")
    fhir_codes.forget()
