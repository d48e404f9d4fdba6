"""The public keys of clients: registered by hand, or published at a registered address.

A `jku` that a token names is never fetched; only what an administrator registered is, and no
redirect is followed.
"""

import threading
import time
from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from recommender import models
from recommender.exceptions import NotTrusted
from recommender.services.other_servers import Limits, ask

ALGORITHMS = ("ES384", "RS384")
SHORTEST_RSA = 2048
KEPT_SECONDS = 300.0
# A key id that isn't known may be a new one; but nobody makes us ask more often than this.
ASK_AGAIN_SECONDS = 30.0
# Known keys outlive an address that doesn't answer for so long, and no longer.
TRUSTED_UNSEEN_SECONDS = 3_600.0
LIMITS = Limits(seconds=2.0, size=100_000)


@dataclass(frozen=True, slots=True)
class _Fetched:
    """Keys, when they were last asked for, and when that was last answered."""

    keys: tuple[jwt.PyJWK, ...]
    at: float
    seen: float

    def is_due(self, kid: str) -> bool:
        """Whether to ask again: it's old, or it hasn't got this key."""
        age = time.monotonic() - self.at
        has_it = any(key.key_id == kid for key in self.keys)
        return age >= KEPT_SECONDS or (not has_it and age >= ASK_AGAIN_SECONDS)


_fetched: dict[str, _Fetched] = {}
# Who needs the keys of an address waits for it; the clients of others don't.
_locks: dict[str, threading.Lock] = {}


def key_of(client: models.CdsClient, kid: str) -> jwt.PyJWK:
    """The client's key of this id, or `NotTrusted`."""
    found = [key for key in _readable(client.keys) if key.key_id == kid]
    if not found and client.jwks_url:
        found = [published_key(client.jwks_url, kid)]
    if len(found) != 1 or not is_usable(found[0]):
        raise NotTrusted
    return found[0]


def is_usable(key: jwt.PyJWK) -> bool:
    """Whether one of our algorithms can be checked with it."""
    if isinstance(key.key, ec.EllipticCurvePublicKey):
        return isinstance(key.key.curve, ec.SECP384R1)
    return isinstance(key.key, rsa.RSAPublicKey) and key.key.key_size >= SHORTEST_RSA


def published_key(address: str, kid: str) -> jwt.PyJWK:
    """The key of this id among those published at an address, or `NotTrusted`."""
    found = _published(address, kid)
    if len(found) != 1:
        raise NotTrusted
    return found[0]


def forget() -> None:
    """Ask for published keys again at their next use."""
    _fetched.clear()


def _published(address: str, kid: str) -> list[jwt.PyJWK]:
    known = _fetched.get(address)
    if known is None or known.is_due(kid):
        with _locks.setdefault(address, threading.Lock()):
            known = _fetched.get(address)
            if known is None or known.is_due(kid):
                known = _fetched[address] = _asked(address, known)
    return [key for key in known.keys if key.key_id == kid]


def _asked(address: str, known: _Fetched | None) -> _Fetched:
    keys, now = _fetch(address), time.monotonic()
    if keys is not None:
        return _Fetched(keys, now, now)
    if known is not None and now - known.seen < TRUSTED_UNSEEN_SECONDS:
        return _Fetched(known.keys, now, known.seen)
    return _Fetched((), now, now)


def _fetch(address: str) -> tuple[jwt.PyJWK, ...] | None:
    """What is published now; None where the address doesn't answer as it should."""
    answer = ask(address, limits=LIMITS)
    published = None if answer is None else answer.as_json()
    return None if published is None else _readable(published)


def _readable(given: object) -> tuple[jwt.PyJWK, ...]:
    """The keys of a set that can be used; one that can't doesn't spoil the others."""
    try:
        return tuple(jwt.PyJWKSet.from_dict(given).keys)  # type: ignore[arg-type]
    except (jwt.PyJWTError, AttributeError, TypeError, KeyError, ValueError):
        return ()
