"""SMART App Launch: a clinician comes from the EHR, and the EHR says who it is.

The EHR's access token isn't needed and isn't kept: all that is taken from the launch is who the
clinician is, and which list the card named.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import jwt
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from recommender import models
from recommender.exceptions import BadInput, NotTrusted, OutOfReach
from recommender.services import access, client_keys
from recommender.services.access import Role
from recommender.services.other_servers import Limits, ask

LIMITS = Limits(seconds=5.0, size=200_000)
BAD_REQUEST = 400
LEEWAY = 60
ALGORITHMS = ("RS256", "RS384", "ES256", "ES384")
SCOPES = "openid fhirUser"
LAUNCH_SCOPES = f"launch {SCOPES}"
PRACTITIONERS = ("Practitioner", "PractitionerRole")
# How long somebody may take to log in at the EHR.
WAIT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Pending:
    """A launch under way, kept in the session of the browser that began it."""

    client: int
    issuer: str
    token_endpoint: str
    jwks_uri: str
    redirect_uri: str
    verifier: str
    nonce: str
    begun: float

    def as_kept(self) -> dict[str, Any]:
        """For the session."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came, and the list to open, where the card named one."""

    user: User
    list_id: UUID | None


def begin(*, iss: str, launch: str, redirect_uri: str) -> tuple[str, str, Pending]:
    """Where to send the browser, the state it comes back with, and what to remember."""
    client = _client_of(iss)
    found = _configuration(iss.rstrip("/"))
    state, verifier, nonce = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    asked = {
        "response_type": "code",
        "client_id": client.smart_client_id,
        "redirect_uri": redirect_uri,
        "scope": LAUNCH_SCOPES if launch else SCOPES,
        "state": state,
        "nonce": nonce,
        "aud": iss,
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **({"launch": launch} if launch else {}),
    }
    pending = Pending(
        client=client.pk,
        issuer=found["issuer"],
        token_endpoint=found["token_endpoint"],
        jwks_uri=found["jwks_uri"],
        redirect_uri=redirect_uri,
        verifier=verifier,
        nonce=nonce,
        begun=time.time(),
    )
    separator = "&" if urlsplit(found["authorization_endpoint"]).query else "?"
    return f"{found['authorization_endpoint']}{separator}{urlencode(asked)}", state, pending


def finish(*, code: str, kept: Mapping[str, Any], iss: str = "") -> Arrival:
    """Change the code for an identity, check it, and know or make the clinician.

    `iss` is who says that the code is theirs (RFC 9207), where the EHR tells that.
    """
    pending = Pending(**kept)
    if iss and iss != pending.issuer:
        raise NotTrusted
    client = models.CdsClient.objects.filter(
        pk=pending.client, enabled=True, smart_client_id__gt=""
    ).first()
    if client is None or time.time() - pending.begun > WAIT_SECONDS:
        raise NotTrusted
    answer = _exchange(pending, client, code)
    fhir_user = _identity(answer.get("id_token"), pending, client)
    return Arrival(_clinician(client, fhir_user), _named_list(client, answer))


def known_ehrs() -> list[tuple[str, str]]:
    """The EHRs that clinicians may come in from, each by its name and its `iss`."""
    clients = models.CdsClient.objects.filter(enabled=True, smart_client_id__gt="")
    return [(client.name, client.fhir_servers[0]) for client in clients if client.fhir_servers]


def _client_of(iss: str) -> models.CdsClient:
    clients = models.CdsClient.objects.filter(enabled=True, smart_client_id__gt="")
    for client in clients:
        if iss.rstrip("/") in {each.rstrip("/") for each in client.fhir_servers}:
            return client
    raise BadInput("This EHR isn't registered for launches. Ask an administrator.", field="iss")


def _configuration(base: str) -> dict[str, str]:
    found = _json(f"{base}/.well-known/smart-configuration")
    wanted = {
        name: found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    }
    schemes = ("https",) if settings.PRODUCTION else ("https", "http")
    for name, address in wanted.items():
        if not isinstance(address, str) or urlsplit(address).scheme not in schemes:
            raise OutOfReach(f"The EHR's configuration has no usable {name}.")
    issuer = found.get("issuer")
    return {**wanted, "issuer": issuer if isinstance(issuer, str) else base}  # type: ignore[dict-item]


def _exchange(pending: Pending, client: models.CdsClient, code: str) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": pending.redirect_uri,
        "client_id": client.smart_client_id,
        "code_verifier": pending.verifier,
    }
    return _json(pending.token_endpoint, form)


def _json(address: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
    answer = ask(address, limits=LIMITS, form=form)
    if answer is None:
        raise OutOfReach("The EHR doesn't answer. Open the list by logging in here.")
    if answer.status == BAD_REQUEST and form is not None:
        raise NotTrusted
    read = answer.as_json()
    if not isinstance(read, dict):
        raise OutOfReach("The EHR doesn't answer as expected. Open the list by logging in here.")
    return read


def _identity(token: object, pending: Pending, client: models.CdsClient) -> tuple[str, str]:
    """The practitioner that the EHR vouches for, as type and id."""
    if not isinstance(token, str):
        raise NotTrusted
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise NotTrusted
        claims = jwt.decode(
            token,
            client_keys.published_key(pending.jwks_uri, header["kid"]).key,
            algorithms=[header["alg"]],
            audience=client.smart_client_id,
            issuer=pending.issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "aud", "iss", "nonce"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as problem:
        raise NotTrusted from problem
    if not secrets.compare_digest(str(claims["nonce"]).encode(), pending.nonce.encode()):
        raise NotTrusted
    # A token for several clients says which of them asked for it.
    if claims.get("azp", client.smart_client_id) != client.smart_client_id:
        raise NotTrusted
    parts = str(claims.get("fhirUser") or claims.get("profile") or "").split("/")
    kind, number = parts[-2:] if len(parts) > 1 else ("", "")
    is_id = 0 < len(number) <= 64 and number.replace("-", "").replace(".", "").isalnum()
    if kind not in PRACTITIONERS or not is_id or not number.isascii():
        raise NotTrusted
    return kind, number


@transaction.atomic
def _clinician(client: models.CdsClient, fhir_user: tuple[str, str]) -> User:
    name = f"ehr-{client.pk}-{fhir_user[0]}-{fhir_user[1]}"
    user = User.objects.filter(username=name).first()
    if user is None:
        user = User.objects.create_user(name)
        access.grant_roles(user=user, roles=frozenset({Role.CLINICIAN}), by=f"cds:{client.name}")
    if not user.is_active:
        raise NotTrusted
    return user


def _named_list(client: models.CdsClient, answer: Mapping[str, Any]) -> UUID | None:
    """The list of this EHR that the launch names; anything else is as if it named none."""
    try:
        number = UUID(str(answer.get("appContext", "")))
    except ValueError:
        return None
    own = models.SuggestionList.objects.filter(pk=number, requested_by=f"cds:{client.name}")
    return number if own.exists() else None
