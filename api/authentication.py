"""Who sends a request: a program by its API token, a person by a session."""

import time
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from recommender.services import access
from recommender.services.access import Role, TokenOwner

# A hot client's calls cost no query. The price: a revoked token lives this much longer.
CACHE_SECONDS = 5.0
CACHE_SIZE = 10_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who was recognised, as `request.auth`."""

    username: str
    roles: frozenset[Role]
    by_token: bool
    scope: str = ""


class _Owners:
    """The owners of the tokens seen lately, by digest; secrets aren't held."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, TokenOwner]] = {}
        self._lock = Lock()

    def of(self, digest: str) -> TokenOwner | None:
        kept = self._kept.get(digest)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        owner = access.owner_of(digest)
        with self._lock:
            if owner is None:
                self._kept.pop(digest, None)
                return None
            if len(self._kept) >= CACHE_SIZE:
                self._kept.clear()
            self._kept[digest] = (time.monotonic() + CACHE_SECONDS, owner)
        return owner

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


_owners = _Owners()


def forget_tokens() -> None:
    """Ask the database again at each token's next use."""
    _owners.forget()


def caller_of(authorization: str) -> tuple[User, Caller] | None:
    """Whom an Authorization header stands for; None when it holds no bearer token."""
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return None
    owner = _owners.of(access.digest_of(secret.strip()))
    if owner is None or (owner.expires is not None and owner.expires <= timezone.now()):
        raise exceptions.AuthenticationFailed
    return owner.user, Caller(owner.user.username, owner.roles, by_token=True, scope=owner.scope)


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <API token>`."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        """The token's owner, or None when there's no token."""
        return caller_of(request.META.get("HTTP_AUTHORIZATION", ""))

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        del request
        return 'Bearer realm="api"'


class SessionAuthentication(authentication.SessionAuthentication):
    """A person who logged in; whatever changes something needs the CSRF token too."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The session's user, or None."""
        recognised = super().authenticate(request)
        if recognised is None:
            return None
        user = recognised[0]
        return user, Caller(user.username, access.roles_of(user), by_token=False)
