"""Reading from an EHR's own FHIR server what it didn't send along.

Only servers registered for the client are asked, never one that a request names by itself, and no
redirect is followed: else a caller could make the service knock at any door. What comes back, and
the token it was asked with, stay in memory.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from recommender import models
from recommender.exceptions import BadInput
from recommender.services.other_servers import Limits, answer_of, asking

Json = Mapping[str, Any]

# For one query with all its pages, however slowly a server drips.
SECONDS = 2.0
MOST_PAGES = 5
MOST_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class FhirAccess:
    """Where to ask, and the token that the EHR lent for it."""

    server: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """What a query found, and whether that is all of it."""

    resources: tuple[Json, ...]
    is_whole: bool


def check_server(address: str, *, field: str = "fhir_server") -> None:
    """Refuse what can't be asked safely: no base address, or not encrypted in production."""
    parts = urlsplit(address)
    schemes = ("https",) if settings.PRODUCTION else ("https", "http")
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme not in schemes or not parts.hostname or not is_plain:
        raise BadInput("Give a base address such as https://ehr.example/fhir.", field=field)


def may_be_asked(access: FhirAccess, *, client: models.CdsClient) -> bool:
    """Whether the server is one that is registered for the client."""
    return access.server.rstrip("/") in {each.rstrip("/") for each in client.fhir_servers}


def fetch(
    access: FhirAccess,
    queries: Mapping[str, str],
    *,
    client: models.CdsClient,
    begun: Mapping[str, Json] | None = None,
) -> dict[str, Found]:
    """What each query found; one that failed is left out.

    Of the Bundles that are `begun` already, the pages after the first.
    """
    if not may_be_asked(access, client=client):
        return {}
    base = access.server.rstrip("/")
    addresses = {name: f"{base}/{query}" for name, query in queries.items()}
    for name, bundle in (begun or {}).items():
        page = _next_page(bundle, base)
        if page is not None:
            addresses[name] = page
    if not addresses:
        return {}
    answers = asyncio.run(_all_of(access, base, addresses))
    return {name: found for name, found in answers.items() if found is not None}


async def _all_of(
    access: FhirAccess, base: str, addresses: Mapping[str, str]
) -> dict[str, Found | None]:
    """What each address brings, asked all at once."""
    headers = {"Authorization": f"Bearer {access.token}", "Accept": "application/fhir+json"}
    async with asking(headers) as http:
        found = await asyncio.gather(*(_found(http, base, each) for each in addresses.values()))
    return dict(zip(addresses, found, strict=True))


def is_cut(bundle: Json) -> bool:
    """Whether more pages follow than came."""
    return any(True for _ in _next_links(bundle))


async def _found(http: httpx.AsyncClient, base: str, address: str) -> Found | None:
    """What is on the first pages in the time there is, or None where the first of them failed."""
    resources: list[Json] = []
    until = time.monotonic() + SECONDS
    page: str | None = address
    for number in range(MOST_PAGES):
        answer = await _get(http, page, until) if page is not None else None
        if answer is None or answer.get("resourceType") == "OperationOutcome":
            return Found(tuple(resources), is_whole=False) if number else None
        if answer.get("resourceType") != "Bundle":
            return Found((answer,), is_whole=True)
        resources += entries(answer)
        if not is_cut(answer):
            return Found(tuple(resources), is_whole=True)
        page = _next_page(answer, base)
    return Found(tuple(resources), is_whole=False)


def entries(bundle: Json) -> list[Json]:
    """The resources of a Bundle; what isn't one is passed over."""
    listed = bundle.get("entry")
    if not isinstance(listed, list):
        return []
    resources = [entry.get("resource") for entry in listed if isinstance(entry, dict)]
    return [resource for resource in resources if isinstance(resource, dict)]


async def _get(http: httpx.AsyncClient, address: str, until: float) -> Json | None:
    limits = Limits(until - time.monotonic(), MOST_BYTES)
    answer = await answer_of(http, address, limits=limits)
    read = None if answer is None else answer.as_json()
    return read if isinstance(read, dict) else None


def _next_page(bundle: Json, base: str) -> str | None:
    """The next page, if it is on the same server."""
    for address in _next_links(bundle):
        if address.startswith((f"{base}/", f"{base}?")):
            return address
    return None


def _next_links(bundle: Json) -> Iterator[str]:
    links = bundle.get("link")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("relation") == "next":
            address = link.get("url")
            if isinstance(address, str):
                yield address
