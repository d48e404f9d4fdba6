"""Reading from an EHR's own FHIR server what it didn't send along.

Only servers registered for the client are asked, never one that a request names by itself, and no
redirect is followed: else a caller could make the service knock at any door. What comes back, and
the token it was asked with, stay in memory.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from django.conf import settings

from recommender import models
from recommender.exceptions import BadInput

Json = Mapping[str, Any]

SECONDS = 2.0
MOST_PAGES = 5
MOST_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class FhirAccess:
    """Where to ask, and the token that the EHR lent for it."""

    server: str
    token: str = field(repr=False)


def check_server(address: str, *, field: str = "fhir_server") -> None:
    """Refuse what can't be asked safely: no base address, or not encrypted in production."""
    parts = urlsplit(address)
    schemes = ("https",) if settings.PRODUCTION else ("https", "http")
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme not in schemes or not parts.hostname or not is_plain:
        raise BadInput("Give a base address such as https://ehr.example/fhir.", field=field)


def fetch(
    access: FhirAccess, queries: Mapping[str, str], *, client: models.CdsClient
) -> dict[str, tuple[Json, ...]]:
    """The resources of each query that was answered; one that failed is left out."""
    base = access.server.rstrip("/")
    if not queries or base not in {each.rstrip("/") for each in client.fhir_servers}:
        return {}
    headers = {"Authorization": f"Bearer {access.token}", "Accept": "application/fhir+json"}
    with (
        httpx.Client(headers=headers, timeout=SECONDS, follow_redirects=False) as http,
        ThreadPoolExecutor(max_workers=len(queries)) as pool,
    ):
        asked = {
            name: pool.submit(_resources, http, base, query) for name, query in queries.items()
        }
        answers = {name: future.result() for name, future in asked.items()}
    return {name: found for name, found in answers.items() if found is not None}


def _resources(http: httpx.Client, base: str, query: str) -> tuple[Json, ...] | None:
    """What one query finds on its first pages, or None where it failed."""
    found: list[Json] = []
    address: str | None = f"{base}/{query}"
    for _ in range(MOST_PAGES):
        if address is None:
            break
        answer = _get(http, address)
        if answer is None or answer.get("resourceType") == "OperationOutcome":
            return None
        if answer.get("resourceType") != "Bundle":
            return (answer,)
        found += entries(answer)
        address = _next_page(answer, base)
    return tuple(found)


def entries(bundle: Json) -> Iterator[Json]:
    """The resources of a Bundle; what isn't one is passed over."""
    listed = bundle.get("entry")
    for entry in listed if isinstance(listed, list) else []:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            yield resource


def _get(http: httpx.Client, address: str) -> Json | None:
    content = bytearray()
    try:
        with http.stream("GET", address) as response:
            if response.status_code != httpx.codes.OK:
                return None
            for part in response.iter_bytes():
                content += part
                if len(content) > MOST_BYTES:
                    return None
        answer = orjson.loads(bytes(content))
    except (httpx.HTTPError, httpx.InvalidURL, orjson.JSONDecodeError):
        return None
    return answer if isinstance(answer, dict) else None


def _next_page(bundle: Json, base: str) -> str | None:
    """The next page, if it is on the same server."""
    links = bundle.get("link")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("relation") == "next":
            address = link.get("url")
            if isinstance(address, str) and address.startswith((f"{base}/", f"{base}?")):
                return address
    return None
