"""Trusting CDS clients: every call is signed, for its address, once. Section "Security"."""

import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.test import Client

from recommender import models
from recommender.exceptions import BadInput
from recommender.services import cds_clients
from tests.integration.cds_hooks.conftest import ISSUER

pytestmark = pytest.mark.django_db
PATH = "/cds-services"


def now(seconds=0):
    return int(time.time()) + seconds


def test_a_signed_call_is_answered_and_an_unsigned_one_learns_nothing(ehr):
    assert ehr.get(PATH).status_code == 200

    unsigned = Client().get(PATH)
    assert (unsigned.status_code, unsigned.content) == (401, b"")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "http://testserver/cds-services/other"},
        {"iss": "https://other.example"},
        {"exp": None},
        {"iat": None},
        {"jti": None},
        {"jti": 7},
        {"exp": now(-120)},
        {"exp": now(3_700)},
        {"kid": "second"},
        {"typ": "at+jwt"},
        {"key": ec.generate_private_key(ec.SECP384R1())},
        {"key": ec.generate_private_key(ec.SECP256R1()), "alg": "ES256"},
        {"key": rsa.generate_private_key(65_537, 2048), "alg": "RS384"},
        {"key": "x" * 64, "alg": "HS256"},
        {"token": "nonsense"},
        {"token": "a.b.c"},
    ],
)  # fmt: skip
def test_what_is_not_the_clients_own_fresh_signature_is_refused(ehr, claims):
    assert ehr.get(PATH, **claims).status_code == 401


def test_a_clock_may_be_a_little_off(ehr):
    assert ehr.get(PATH, exp=now(-30)).status_code == 200


def test_several_audiences_may_be_named(ehr):
    assert ehr.get(PATH, aud=["http://elsewhere", f"http://testserver{PATH}"]).status_code == 200


def test_a_token_is_taken_once(ehr):
    token = ehr.token(PATH)

    assert [ehr.get(PATH, token=token).status_code for _ in range(2)] == [200, 401]


def test_a_client_that_is_switched_off_is_refused_at_once(ehr):
    models.CdsClient.objects.update(enabled=False)

    assert ehr.get(PATH).status_code == 401


def test_the_tenant_must_be_the_registered_one(ehr):
    models.CdsClient.objects.update(tenant="ward-7")

    assert ehr.get(PATH).status_code == 401
    assert ehr.get(PATH, tenant="ward-7").status_code == 200


def test_a_client_sees_the_pathways_it_was_given_only(ehr, live_version):
    other = models.Pathway.objects.create(slug="sleep", title="Sleep")
    models.CdsClient.objects.get().pathways.add(other)

    assert ehr.get(PATH).json() == {"services": []}


@pytest.mark.parametrize("keys", [{}, [], {"keys": []}, {"keys": [{"kty": "oct", "k": "x"}]}])
def test_keys_that_are_no_public_keys_cannot_be_registered(db, keys):
    with pytest.raises(BadInput):
        cds_clients.register(name="x", issuer=ISSUER, keys=keys, tenant="", origins=[], by="test")


def test_browsers_of_registered_origins_may_call_and_others_may_not(ehr):
    def asked(origin):
        wanted = {"Origin": origin, "Access-Control-Request-Method": "POST",
                  "Access-Control-Request-Headers": "authorization,content-type"}  # fmt: skip
        return Client().options(f"{PATH}/patient-view-depression", headers=wanted)

    mine, other = asked("https://ehr.example"), asked("https://elsewhere.example")
    assert mine.status_code == 200
    assert mine["Access-Control-Allow-Origin"] == "https://ehr.example"
    assert "authorization" in mine["Access-Control-Allow-Headers"]
    assert "origin" in mine["Vary"].lower()
    assert "Access-Control-Allow-Origin" not in other
