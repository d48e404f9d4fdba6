"""EHRs are registered, limited, switched off and removed in the admin; each change is audited."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from recommender import models
from recommender.services import demo_users
from tests.integration.cds_hooks.conftest import Ehr

pytestmark = pytest.mark.django_db
LIST = reverse("admin:recommender_cdsclient_changelist")
ADD = reverse("admin:recommender_cdsclient_add")


@pytest.fixture
def superuser(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    demo_users.create(by="test")
    client = Client()
    backend = "django.contrib.auth.backends.ModelBackend"
    client.force_login(User.objects.get(username="admin"), backend=backend)
    return client


def form(ehr, **changes):
    return {
        "name": "ward EHR",
        "issuer": "https://ehr.example",
        "keys": json.dumps(ehr.keys),
        "jwks_url": "",
        "origins": "https://ehr.example",
        "fhir_servers": "https://ehr.example/fhir",
        "calls_per_minute": "600",
        "enabled": "on",
        **changes,
    }


def done():
    return list(
        models.AuditEvent.objects.filter(action__startswith="cds_client.")
        .order_by("pk")
        .values_list("action", "actor")
    )


def test_a_client_is_registered_calls_and_is_switched_off(superuser):
    ehr = Ehr()

    superuser.post(ADD, form(ehr))
    before = ehr.get("/cds-services").status_code
    client = models.CdsClient.objects.get()
    address = reverse("admin:recommender_cdsclient_change", args=[client.pk])
    superuser.post(address, form(ehr, enabled=""))

    assert client.fhir_servers == ["https://ehr.example/fhir"]
    assert (before, ehr.get("/cds-services").status_code) == (200, 401)
    assert done() == [("cds_client.registered", "admin"), ("cds_client.changed", "admin")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"keys": "{}"}, "Give a JWK Set"),
        ({"keys": "no"}, "Enter a valid JSON"),
        ({"keys": "", "jwks_url": "ftp://ehr.example/jwks"}, "Give a base address"),
        ({"fhir_servers": "ehr.example"}, "Give a base address"),
        ({"issuer": ""}, "This field is required"),
        ({"calls_per_minute": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_could_not_be_used_is_told_beside_its_field(superuser, changes, said):
    page = superuser.post(ADD, form(Ehr(), **changes)).content.decode()

    assert said in page
    assert not models.CdsClient.objects.exists()


def test_several_removed_at_once_are_each_audited(superuser):
    for name in ("a", "b"):
        superuser.post(ADD, form(Ehr(), name=name, issuer=f"https://{name}.example"))
    chosen = list(models.CdsClient.objects.values_list("pk", flat=True))

    superuser.post(LIST, {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})

    assert not models.CdsClient.objects.exists()
    assert done()[2:] == [("cds_client.removed", "admin")] * 2
