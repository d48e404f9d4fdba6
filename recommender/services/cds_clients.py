"""CDS clients: whose signature a call carries. Every call is signed and taken once.

The checks are those of CDS Hooks 2.0.1, "Trusting CDS Clients"; a caller that fails one learns
nothing about which.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.db import transaction
from django.utils import timezone

from recommender import models
from recommender.exceptions import BadInput, NotTrusted, Refused
from recommender.services import audit, client_keys, prepared
from recommender.services.fhir_server import check_server

ALGORITHMS = client_keys.ALGORITHMS
LONGEST_LIFE = timedelta(hours=1)
LONGEST_ASSERTION = timedelta(minutes=5)
CLOCK_SKEW = timedelta(seconds=60)
MAX_TOKEN = 8_192
MAX_JTI = 200
REQUIRED = ("iss", "aud", "exp", "iat", "jti")
# What SMART asks of an assertion; when it was made isn't among it.
REQUIRED_TO_ASSERT = ("iss", "sub", "aud", "exp", "jti")

# A token that is over isn't taken for its own sake; its `jti` may then be another token's.
_USE_UP = """
INSERT INTO recommender_cdscall AS earlier (client_id, digest, expires) VALUES (%s, %s, %s)
ON CONFLICT (client_id, digest)
DO UPDATE SET expires = EXCLUDED.expires WHERE earlier.expires < %s
RETURNING true
"""
# The tenant's own registration goes before one for whatever tenant the issuer serves.
_OF_ISSUER = """
SELECT * FROM recommender_cdsclient WHERE issuer = %s AND tenant IN ('', %s)
ORDER BY tenant DESC LIMIT 1
"""
_ASKED_ABOUT = """
SELECT pathway.*
FROM recommender_pathway AS pathway
WHERE pathway.id IN (SELECT pathway_id FROM recommender_modelversion WHERE status = 'live')
    AND (
        NOT EXISTS (SELECT FROM recommender_cdsclient_pathways WHERE cdsclient_id = %s)
        OR EXISTS (
            SELECT FROM recommender_cdsclient_pathways AS given
            WHERE given.cdsclient_id = %s AND given.pathway_id = pathway.id
        )
    )
ORDER BY pathway.slug
"""


def caller_of(token: str, *, audience: str) -> models.CdsClient:
    """The client that signed this call to this address, or `NotTrusted`; the token is used up."""
    client, claims = _signed(token, audience, longest=LONGEST_LIFE, required=REQUIRED)
    _use_up(client, claims)
    return client


def asserted_by(assertion: str, *, audience: str) -> models.CdsClient:
    """The client that asks for a token (SMART, asymmetric client authentication), or `NotTrusted`.

    It names itself as `iss` and as `sub`, for five minutes at most.
    """
    client, claims = _signed(
        assertion, audience, longest=LONGEST_ASSERTION, required=REQUIRED_TO_ASSERT
    )
    if claims["sub"] != claims["iss"]:
        raise NotTrusted
    _use_up(client, claims)
    return client


def _signed(
    token: str, audience: str, *, longest: timedelta, required: Sequence[str]
) -> tuple[models.CdsClient, dict[str, Any]]:
    if len(token) > MAX_TOKEN:
        raise NotTrusted
    try:
        header = jwt.get_unverified_header(token)
        unverified = jwt.decode(token, options={"verify_signature": False})
        client = _client_of(unverified)
        claims = _verified(token, header, client, audience, required)
        ends_in = claims["exp"] - timezone.now().timestamp()
        lives = claims["exp"] - claims["iat"] if "iat" in claims else 0
        if lives > longest.total_seconds() or ends_in > (longest + CLOCK_SKEW).total_seconds():
            raise NotTrusted
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError) as problem:
        raise NotTrusted from problem
    return client, claims


def check_keys(keys: object) -> None:
    """Refuse what isn't a JWK Set of public keys with one for our algorithms, each with an id."""
    try:
        known = jwt.PyJWKSet.from_dict(keys).keys  # type: ignore[arg-type]
    except (jwt.PyJWTError, AttributeError, TypeError, KeyError, ValueError):
        raise BadInput('Give a JWK Set: {"keys": [...]}.', field="keys") from None
    if any({"d", "k"} & set(each) for each in keys["keys"]):  # type: ignore[index]
        raise BadInput("A private key is in here: give the public keys only.", field="keys")
    usable = [key for key in known if client_keys.is_usable(key)]
    if not usable:
        raise BadInput(
            "Give a key for ES384 (P-384) or RS384 (RSA, "
            f"{client_keys.SHORTEST_RSA} bits or more).",
            field="keys",
        )
    ids = [key.key_id for key in usable]
    if None in ids or len(set(ids)) != len(ids):
        raise BadInput("Give every key a `kid` of its own.", field="keys")


@transaction.atomic
def register(  # noqa: PLR0913 - the fields of one record
    *,
    name: str,
    issuer: str,
    keys: object,
    by: str,
    jwks_url: str = "",
    smart_client_id: str = "",
    tenant: str = "",
    origins: Sequence[str] = (),
    fhir_servers: Sequence[str] = (),
) -> models.CdsClient:
    """Register a client, or change the one of that name."""
    if keys is not None or not jwks_url:
        check_keys(keys)
    if jwks_url:
        check_server(jwks_url, field="jwks_url")
    for each in fhir_servers:
        check_server(each)
    known = models.CdsClient.objects.filter(issuer=issuer, tenant=tenant)
    if known.exclude(name=name).exists():
        raise Refused("Another client has this issuer and tenant. Change that one instead.")
    client, created = models.CdsClient.objects.update_or_create(
        name=name,
        defaults={
            "issuer": issuer,
            "keys": keys or {"keys": []},
            "jwks_url": jwks_url,
            "smart_client_id": smart_client_id,
            "tenant": tenant,
            "origins": list(origins),
            "fhir_servers": list(fhir_servers),
        },
    )
    action = "cds_client.registered" if created else "cds_client.changed"
    audit.record(action=action, target=name, by=by)
    return client


def pathways_of(client: models.CdsClient) -> list[models.Pathway]:
    """What the client may ask about, of what has a live version."""
    return prepared.records(models.Pathway, _ASKED_ABOUT, [client.pk, client.pk])


def is_known_origin(origin: str) -> bool:
    """Whether browsers of an enabled client come from this web origin."""
    return models.CdsClient.objects.filter(enabled=True, origins__contains=[origin]).exists()


def _client_of(claims: Mapping[str, Any]) -> models.CdsClient:
    issuer, tenant = claims.get("iss"), claims.get("tenant", "")
    if not isinstance(issuer, str) or not isinstance(tenant, str):
        raise NotTrusted
    if "\0" in issuer or "\0" in tenant:  # which the database can't be asked about
        raise NotTrusted
    found = prepared.records(models.CdsClient, _OF_ISSUER, [issuer, tenant])
    if not found or not found[0].enabled:
        raise NotTrusted
    client = found[0]
    client.called_as = tenant
    return client


def _verified(
    token: str,
    header: Mapping[str, Any],
    client: models.CdsClient,
    audience: str,
    required: Sequence[str],
) -> dict[str, Any]:
    if header.get("alg") not in ALGORITHMS or header.get("typ") != "JWT":
        raise NotTrusted
    # Where keys are to be had is registered; a token can only name the same address.
    if header.get("jku", client.jwks_url) != client.jwks_url:
        raise NotTrusted
    claims: dict[str, Any] = jwt.decode(
        token,
        client_keys.key_of(client, header["kid"]).key,
        algorithms=[header["alg"]],
        audience=audience,
        issuer=client.issuer,
        leeway=CLOCK_SKEW,
        options={"require": list(required)},
    )
    if not isinstance(claims["jti"], str) or not 0 < len(claims["jti"]) <= MAX_JTI:
        raise NotTrusted
    return claims


def _use_up(client: models.CdsClient, claims: Mapping[str, Any]) -> None:
    """Remember the token until it expires, in the database that all workers share."""
    expires = datetime.fromtimestamp(claims["exp"], UTC) + CLOCK_SKEW
    digest = hashlib.sha256(claims["jti"].encode()).hexdigest()
    if not prepared.rows(_USE_UP, [client.pk, digest, expires, timezone.now()]):
        raise NotTrusted


def forget_calls() -> int:
    """Delete the used tokens that are over, which nobody takes any more; answers how many."""
    deleted, _ = models.CdsCall.objects.filter(expires__lt=timezone.now()).delete()
    return deleted
