"""A registered EHR that signs its calls, and a live version that answers."""

import json
import time
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from recommender.services import cds_clients, fhir_codes, registry
from tests import learned

ISSUER, KID = "https://ehr.example", "first"
HOST = "http://testserver"


class Ehr:
    """Signs and sends as a CDS client does."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP384R1())
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        self.keys = {"keys": [{**public, "kid": KID, "alg": "ES384", "use": "sig"}]}
        self.client = Client(raise_request_exception=True)

    def token(self, path, *, key=None, alg="ES384", kid=KID, typ="JWT", **claims):
        now = int(time.time())
        body = {
            "iss": ISSUER,
            "aud": HOST + path,
            "iat": now,
            "exp": now + 300,
            "jti": uuid.uuid4().hex,
            **claims,
        }
        # Times are given from now on, for a suite may take longer than a token lives.
        body = {
            name: value(now) if callable(value) else value
            for name, value in body.items()
            if value is not None
        }
        head = {"typ": typ, **({} if kid is None else {"kid": kid})}
        return jwt.encode(body, self.key if key is None else key, algorithm=alg, headers=head)

    def get(self, path, **claims):
        return self.client.get(path, headers=self._headers(path, claims))

    def post(self, path, body, *, content_type="application/json", **claims):
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(
            path, data, content_type=content_type, headers=self._headers(path, claims)
        )

    def _headers(self, path, claims):
        return {
            "Authorization": f"Bearer {claims.pop('token', None) or self.token(path, **claims)}"
        }


@pytest.fixture(autouse=True)
def no_memory_of_other_tests():
    registry.forget()
    fhir_codes.forget()


@pytest.fixture
def ehr(db):
    made = Ehr()
    cds_clients.register(
        name="ward EHR",
        issuer=ISSUER,
        keys=made.keys,
        tenant="",
        origins=["https://ehr.example"],
        by="test",
    )
    return made


@pytest.fixture
def live_version(db):
    return learned.a_live_version()
