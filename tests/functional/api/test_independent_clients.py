"""Clients nobody here wrote, on the real server: Authlib gets tokens, joserfc signs calls."""

import json
import time
import uuid

import httpx
import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from recommender import models
from recommender.services import cds_clients
from tests import learned

pytestmark = pytest.mark.django_db(transaction=True)
ISSUER, KID = "https://ehr.example", "k1"


@pytest.fixture
def live_version(transactional_db):
    return learned.a_live_version(pathway=f"depression-{uuid.uuid4().hex[:8]}")


def registered(key, algorithm):
    public = {**key.as_dict(private=False), "kid": KID, "alg": algorithm, "use": "sig"}
    cds_clients.register(name="independent", issuer=ISSUER, keys={"keys": [public]}, by="test")
    return key


KEYS = {
    "ES384": lambda: ECKey.generate_key("P-384"),
    "RS384": lambda: RSAKey.generate_key(2048),
}


@pytest.mark.parametrize("algorithm", KEYS)
def test_authlib_gets_a_token_and_asks_with_it(server, live_version, algorithm):
    key = registered(KEYS[algorithm](), algorithm)
    configuration = httpx.get(f"{server.url}/.well-known/smart-configuration").json()
    token_endpoint = configuration["token_endpoint"]
    authentication = PrivateKeyJWT(
        token_endpoint,
        # Its own default is an hour, which SMART forbids.
        claims={"exp": int(time.time()) + 300},
        headers={"kid": KID, "typ": "JWT"},
        alg=algorithm,
    )
    with OAuth2Session(
        client_id=ISSUER,
        client_secret=key,
        token_endpoint_auth_method=authentication,
        scope="system/Suggestion.cr",
    ) as client:
        token = client.fetch_token(token_endpoint, grant_type="client_credentials")
        answer = client.post(
            f"{server.url}/api/v1/suggestions/",
            json={"pathway": live_version.pathway.slug, "case": {"findings": []}},
        )

    assert token["expires_in"] <= 300
    assert answer.status_code == 201
    assert models.SuggestionList.objects.get().status in {"suggested", "insufficient_evidence"}


@pytest.mark.parametrize("algorithm", KEYS)
def test_joserfc_signs_calls_from_the_discovery_to_the_feedback(server, live_version, algorithm):
    key = registered(KEYS[algorithm](), algorithm)

    def call(path, body=None):
        now = int(time.time())
        claims = {
            "iss": ISSUER, "aud": f"{server.url}{path}", "iat": now, "exp": now + 60,
            "jti": uuid.uuid4().hex,
        }  # fmt: skip
        head = {"alg": algorithm, "kid": KID, "typ": "JWT"}
        signed = jwt.encode(head, claims, key, algorithms=[algorithm])
        headers = {"Authorization": f"Bearer {signed}"}
        if body is None:
            return httpx.get(f"{server.url}{path}", headers=headers)
        return httpx.post(f"{server.url}{path}", headers=headers, json=body)

    services = call("/cds-services").json()["services"]
    chosen = next(one for one in services if one["hook"] == "patient-view")
    answer = call(
        f"/cds-services/{chosen['id']}",
        {
            "hook": chosen["hook"],
            "hookInstance": str(uuid.uuid4()),
            "context": {"userId": "Practitioner/1", "patientId": "p"},
            "prefetch": dict.fromkeys(chosen["prefetch"]),
        },
    )
    card = answer.json()["cards"][-1]
    told = {
        "card": card["uuid"],
        "outcome": "overridden",
        "outcomeTimestamp": "2026-01-01T00:00:00Z",
    }
    feedback = call(f"/cds-services/{chosen['id']}/feedback", {"feedback": [told]})

    assert answer.status_code == 200
    assert json.dumps(card)
    assert feedback.status_code == 200
    assert models.Review.objects.get().outcome == "overridden"
