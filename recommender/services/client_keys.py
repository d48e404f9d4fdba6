"""The public keys of clients: registered by hand, or published at a registered address.

A `jku` that a token names is never fetched; only what an administrator registered is, and no
redirect is followed.
"""

import threading
import time
from dataclasses import dataclass

import httpx
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from recommender import models
from recommender.exceptions import NotTrusted

ALGORITHMS = ("ES384", "RS384")
SHORTEST_RSA = 2048
KEPT_SECONDS = 300.0
# A key id that isn't known may be a new one; but nobody makes us ask more often than this.
ASK_AGAIN_SECONDS = 30.0
SECONDS = 2.0
MOST_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class _Fetched:
    keys: tuple[jwt.PyJWK, ...]
    at: float


_fetched: dict[str, _Fetched] = {}
_lock = threading.Lock()


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
    with _lock:
        _fetched.clear()


def _published(address: str, kid: str) -> list[jwt.PyJWK]:
    with _lock:
        known = _fetched.get(address)
        age = time.monotonic() - known.at if known else KEPT_SECONDS
        has_it = known is not None and any(key.key_id == kid for key in known.keys)
        if known is None or age >= KEPT_SECONDS or (not has_it and age >= ASK_AGAIN_SECONDS):
            known = _fetched[address] = _Fetched(_fetch(address), time.monotonic())
    return [key for key in known.keys if key.key_id == kid]


def _fetch(address: str) -> tuple[jwt.PyJWK, ...]:
    """What is published now; nothing where the address doesn't answer as it should."""
    content = bytearray()
    try:
        with httpx.stream("GET", address, timeout=SECONDS, follow_redirects=False) as response:
            if response.status_code != httpx.codes.OK:
                return ()
            for part in response.iter_bytes():
                content += part
                if len(content) > MOST_BYTES:
                    return ()
        return _readable(orjson.loads(bytes(content)))
    except (httpx.HTTPError, httpx.InvalidURL, orjson.JSONDecodeError):
        return ()


def _readable(given: object) -> tuple[jwt.PyJWK, ...]:
    """The keys of a set that can be used; one that can't doesn't spoil the others."""
    try:
        return tuple(jwt.PyJWKSet.from_dict(given).keys)  # type: ignore[arg-type]
    except (jwt.PyJWTError, AttributeError, TypeError, KeyError, ValueError):
        return ()
