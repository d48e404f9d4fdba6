"""Trusting CDS clients: every call is signed, for its address, once. Section "Security"."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.test import Client
from django.utils import timezone

from recommender import models
from recommender.exceptions import BadInput, Refused
from recommender.services import cds_clients
from tests.integration.cds_hooks.conftest import HOST, ISSUER, KID

pytestmark = pytest.mark.django_db
PATH = "/cds-services"


def test_a_signed_call_is_answered_and_an_unsigned_one_learns_nothing(ehr):
    assert ehr.get(PATH).status_code == 200

    unsigned = Client().get(PATH)
    assert (unsigned.status_code, unsigned.content) == (401, b"")


OTHERS = ec.generate_private_key(ec.SECP384R1())
DEEP = base64.urlsafe_b64encode(b"[" * 2_000).decode().rstrip("=")
REFUSED = {
    "another address": {"aud": "http://testserver/cds-services/other"},
    "another issuer": {"iss": "https://other.example"},
    "no issuer": {"iss": None},
    "an issuer that no database holds": {"iss": "a\0b"},
    "a tenant that no database holds": {"tenant": "a\0b"},
    "no audience": {"aud": None},
    "no end": {"exp": None},
    "no time of issue": {"iat": None},
    "no jti": {"jti": None},
    "an empty jti": {"jti": ""},
    "a jti that is no text": {"jti": 7},
    "a jti without end": {"jti": "x" * 201},
    "over for longer than clocks may differ": {"exp": lambda now: now - 120},
    "issued later than clocks may differ": {"iat": lambda now: now + 120},
    "not valid yet": {"nbf": lambda now: now + 120},
    "a life of more than an hour": {"exp": lambda now: now + 3_700},
    "a long life that began long ago": {
        "iat": lambda now: now - 3_600, "exp": lambda now: now + 60,
    },
    "an end that is no time": {"exp": "soon"},
    "an end beyond all time": {"exp": 10**20},
    "an unknown key": {"kid": "second"},
    "no key named": {"kid": None},
    "another type": {"typ": "at+jwt"},
    "somebody else's key": {"key": OTHERS},
    "ES256": {"key": ec.generate_private_key(ec.SECP256R1()), "alg": "ES256"},
    "RS384 with somebody's key": {"key": rsa.generate_private_key(65_537, 2048), "alg": "RS384"},
    "RS256": {"key": rsa.generate_private_key(65_537, 2048), "alg": "RS256"},
    "HS256": {"key": "x" * 64, "alg": "HS256"},
    "HS384": {"key": "x" * 64, "alg": "HS384"},
    "none": {"key": "", "alg": "none"},
    "no token": {"token": " "},
    "nonsense": {"token": "nonsense"},
    "three parts of nonsense": {"token": "a.b.c"},
    "without end": {"token": "a" * 10_000},
    "deeper than anybody reads": {"token": f"{DEEP}.{DEEP}.{DEEP}"},
    "an end that is no number": {"exp": float("nan")},
    "an end that never comes": {"exp": float("inf")},
}  # fmt: skip


@pytest.mark.parametrize("claims", REFUSED.values(), ids=REFUSED)
def test_what_is_not_the_clients_own_fresh_signature_is_refused(ehr, claims):
    answer = ehr.get(PATH, **claims)

    assert (answer.status_code, answer.content) == (401, b"")


def test_a_public_key_is_no_secret_to_sign_with(ehr):
    """The old trick: HS384 with the text of the public key, which everybody has."""
    public = ehr.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in (
            {"alg": "HS384", "kid": KID, "typ": "JWT"},
            jwt.decode(ehr.token(PATH), options={"verify_signature": False}),
        )
    ]
    signed = hmac.new(public, b".".join(parts), hashlib.sha384).digest()
    token = b".".join([*parts, base64.urlsafe_b64encode(signed).rstrip(b"=")]).decode()

    assert ehr.get(PATH, token=token).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [{"exp": lambda now: now - 30}, {"iat": lambda now: now + 30}, {"nbf": lambda now: now + 30}],
    ids=["over", "issued", "valid"],
)
def test_a_clock_may_be_a_little_off(ehr, claims):
    assert ehr.get(PATH, **claims).status_code == 200


def test_an_rsa_key_signs_as_well(ehr):
    key = rsa.generate_private_key(65_537, 3072)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    keys = {"keys": [{**public, "kid": "rsa", "alg": "RS384", "use": "sig"}]}
    cds_clients.register(name="ward EHR", issuer=ISSUER, keys=keys, by="test")

    assert ehr.get(PATH, key=key, alg="RS384", kid="rsa").status_code == 200


def test_feedback_is_signed_for_its_own_address(ehr, live_version):
    address = f"{PATH}/patient-view-depression/feedback"

    assert ehr.post(address, {"feedback": [{}]}).status_code == 400
    assert ehr.post(address, {"feedback": [{}]}, aud=f"http://testserver{PATH}").status_code == 401


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


def test_an_issuer_is_registered_once_for_each_of_its_tenants(ehr, live_version):
    more = {"issuer": ISSUER, "keys": ehr.keys, "by": "test"}
    north = cds_clients.register(name="north", tenant="north", **more)
    with pytest.raises(Refused):
        cds_clients.register(name="north again", tenant="north", **more)

    assert cds_clients.caller_of(ehr.token(PATH, tenant="north"), audience=HOST + PATH) == north
    other = cds_clients.caller_of(ehr.token(PATH, tenant="south"), audience=HOST + PATH)
    assert other.name == "ward EHR"
    models.CdsClient.objects.filter(name="north").update(enabled=False)
    assert ehr.get(PATH, tenant="north").status_code == 401


def test_a_client_sees_the_pathways_it_was_given_only(ehr, live_version):
    other = models.Pathway.objects.create(slug="sleep", title="Sleep")
    models.CdsClient.objects.get().pathways.add(other)

    assert ehr.get(PATH).json() == {"services": []}


def jwk(key, **more):
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else (
        jwt.algorithms.ECAlgorithm
    )  # fmt: skip
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": "k", **more}


UNUSABLE = {
    "nothing": {},
    "a list": [],
    "no key": {"keys": []},
    "a secret": {"keys": [{"kty": "oct", "k": "eA", "kid": "k"}, jwk(OTHERS, kid="l")]},
    "P-256": {"keys": [jwk(ec.generate_private_key(ec.SECP256R1()))]},
    "a short RSA key": {"keys": [jwk(rsa.generate_private_key(65_537, 1024))]},
    "Ed25519": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "kid": "k"}]},
    "without a kid": {"keys": [jwk(OTHERS, kid=None)]},
    "two of one kid": {"keys": [jwk(OTHERS), jwk(ec.generate_private_key(ec.SECP384R1()))]},
    "a private key": {
        "keys": [{**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(OTHERS)), "kid": "k"}]
    },
}


@pytest.mark.parametrize("keys", UNUSABLE.values(), ids=UNUSABLE)
def test_keys_that_could_not_be_used_are_refused_when_they_are_registered(db, keys):
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
    assert "origin" in other["Vary"].lower()


def test_a_browser_of_a_registered_origin_may_read_the_answer_and_the_refusal(ehr):
    headers = {"Origin": "https://ehr.example"}
    token = {"Authorization": f"Bearer {ehr.token(PATH)}"}

    answers = [Client().get(PATH, headers={**headers, **more}) for more in (token, {})]

    assert [each.status_code for each in answers] == [200, 401]
    for each in answers:
        assert each["Access-Control-Allow-Origin"] == "https://ehr.example"
        assert "origin" in each["Vary"].lower()


@pytest.mark.parametrize("path", ["/api/v1/suggestions/", "/oauth/token", "/admin/"])
def test_other_addresses_are_not_for_browsers_elsewhere(ehr, path):
    answer = Client().get(path, headers={"Origin": "https://ehr.example"})

    assert "Access-Control-Allow-Origin" not in answer


def test_a_client_that_is_switched_off_may_not_call_from_its_browsers(ehr):
    models.CdsClient.objects.update(enabled=False)

    answer = Client().get(PATH, headers={"Origin": "https://ehr.example"})

    assert "Access-Control-Allow-Origin" not in answer


def test_an_id_may_name_another_call_when_the_first_one_is_over(ehr):
    first, again = (ehr.token(PATH, jti="visit-1") for _ in range(2))
    assert ehr.get(PATH, token=first).status_code == 200
    assert ehr.get(PATH, token=again).status_code == 401

    models.CdsCall.objects.update(expires=timezone.now() - timedelta(seconds=1))

    assert ehr.get(PATH, token=again).status_code == 200
    assert ehr.get(PATH, token=ehr.token(PATH, jti="visit-1")).status_code == 401


def test_two_clients_may_call_by_the_same_id(ehr):
    assert ehr.get(PATH, jti="visit-1").status_code == 200
    cds_clients.register(name="other", issuer="https://other.example", keys=ehr.keys, by="test")

    assert ehr.get(PATH, jti="visit-1", iss="https://other.example").status_code == 200


def test_only_calls_that_are_over_are_forgotten(ehr):
    over, fresh = ehr.token(PATH), ehr.token(PATH)
    ehr.get(PATH, token=over)
    models.CdsCall.objects.update(expires=timezone.now() - timedelta(seconds=1))
    ehr.get(PATH, token=fresh)

    assert cds_clients.forget_calls() == 1
    assert ehr.get(PATH, token=fresh).status_code == 401


def test_a_client_may_ask_about_every_live_pathway_until_it_is_given_some(ehr, live_version):
    other = models.Pathway.objects.create(slug="sleep", title="Sleep")
    client = models.CdsClient.objects.get()

    def asked_about():
        return [pathway.slug for pathway in cds_clients.pathways_of(client)]

    assert asked_about() == ["depression"]
    client.pathways.set([other])
    assert asked_about() == []
    client.pathways.set([other, live_version.pathway])
    assert asked_about() == ["depression"]
