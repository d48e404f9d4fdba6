"""Access tokens for EHR back ends: SMART Backend Services, by a signed assertion, for five minutes.

What a scope means here: `system/Suggestion.c` asks for lists, `.r` reads what is there.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction

from recommender import models
from recommender.exceptions import NotTrusted
from recommender.services import access, cds_clients
from recommender.services.access import NewToken, Role

LIFE = timedelta(seconds=300)
GRANT = "client_credentials"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPES = ("system/Suggestion.cr", "system/Suggestion.c", "system/Suggestion.r")
# SMART's version 2 spelling, and the words of version 1.
_SCOPE = re.compile(r"system/(?:\*|Suggestion)\.(c?r?u?d?s?|read|write|\*)(?:\?.*)?")
_WORDS = {"read": "r", "write": "c", "*": "cr"}


class OauthError(Exception):
    """A refusal as RFC 6749, 5.2, names it."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(frozen=True, slots=True)
class Granted:
    """A token just made, for how many seconds and for what."""

    token: str
    seconds: int
    scope: str


@transaction.atomic
def grant(
    *,
    grant_type: str,
    assertion_type: str,
    assertion: str,
    client_id: str,
    scope: str,
    audience: str,
) -> Granted:
    """A token for whoever signed the assertion for this address."""
    if not grant_type:
        raise OauthError("invalid_request", f"Send grant_type={GRANT}.")
    if grant_type != GRANT:
        raise OauthError("unsupported_grant_type", f"Use {GRANT}.")
    if assertion_type != ASSERTION or not assertion:
        raise OauthError("invalid_request", f"Send client_assertion and its type {ASSERTION}.")
    try:
        client = cds_clients.asserted_by(assertion, audience=audience)
    except NotTrusted:
        raise OauthError("invalid_client", "The assertion isn't accepted.") from None
    if client_id not in {"", client.issuer}:
        raise OauthError("invalid_client", "client_id isn't who signed the assertion.")
    granted = granted_of(scope)
    if not granted:
        raise OauthError("invalid_scope", f"Ask for one of: {', '.join(SCOPES)}.")
    made = _token(client, granted)
    return Granted(made.secret, int(LIFE.total_seconds()), granted)


def granted_of(asked: str) -> str:
    """What of the scopes asked for there is here, as one scope; empty when there's nothing."""
    letters = set[str]()
    for one in asked.split():
        found = _SCOPE.fullmatch(one)
        if found:
            letters |= set(_WORDS.get(found[1], found[1]))
    kept = "".join(letter for letter in "cr" if letter in letters)
    return f"system/Suggestion.{kept}" if kept else ""


def _token(client: models.CdsClient, scope: str) -> NewToken:
    name = f"cds-client-{client.pk}"
    user = User.objects.filter(username=name).first()
    if user is None:
        user = User.objects.create_user(name)
        access.grant_roles(user=user, roles=frozenset({Role.EHR_CLIENT}), by=str(client))
    return access.create_token(
        user=user, name="SMART", by=f"cds:{client.name}", expires_in=LIFE, scope=scope
    )
