"""A small EHR to try CDS Hooks with, for development only: a chart, its cards, what came of them.

The page's script is the CDS client: it calls the services as any EHR does. What it can't do is
keep a key, so calls are signed here, by a key that lives as long as this process.
"""

import json
import time
import uuid
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from api.pages.guard import page
from recommender import models
from recommender.exceptions import BadInput
from recommender.services import cds_clients

NAME, ISSUER = "EHR simulator", "https://ehr-simulator.invalid"
TOKEN_SECONDS = 60
KEYS_KEPT = 8
SERVICES = "/cds-services"


@page("pages:ehr")
def ehr(request: HttpRequest) -> HttpResponse:
    """Made-up patients to open."""
    text = (settings.FIXTURES_DIR / "fhir" / "patients.json").read_text(encoding="utf-8")
    return render(request, "pages/ehr.html", {"charts": json.loads(text)})


@page("pages:ehr-token")
def token(request: HttpRequest) -> HttpResponse:
    """Sign one call of a CDS service, for a minute."""
    path = request.POST.get("path", "")
    if path != SERVICES and not path.startswith(f"{SERVICES}/"):
        raise BadInput("Only calls of CDS services are signed here.", field="path")
    kid, key = _key()
    _register(kid, key)
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": request.build_absolute_uri(path),
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "jti": uuid.uuid4().hex,
    }
    signed = jwt.encode(claims, key, algorithm="ES384", headers={"kid": kid, "typ": "JWT"})
    return JsonResponse({"token": signed})


@cache
def _key() -> tuple[str, ec.EllipticCurvePrivateKey]:
    return uuid.uuid4().hex, ec.generate_private_key(ec.SECP384R1())


def _register(kid: str, key: ec.EllipticCurvePrivateKey) -> None:
    """Let this process's key in beside those of the others."""
    known = models.CdsClient.objects.filter(name=NAME).first()
    keys: list[dict[str, Any]] = known.keys["keys"] if known else []
    if any(each["kid"] == kid for each in keys):
        return
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    own = {**public, "kid": kid, "alg": "ES384", "use": "sig"}
    cds_clients.register(
        name=NAME, issuer=ISSUER, keys={"keys": [*keys, own][-KEYS_KEPT:]}, by=NAME
    )
