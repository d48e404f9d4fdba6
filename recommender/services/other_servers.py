"""Asking other servers: for so long and so much, and no further than the address given.

The time is for the whole answer, its head too, however slowly a server drips it: a limit for each
read, as clients of HTTP have it, would let a server hold us for hours. Only the look-up of a name
takes as long as the system's resolver does. No redirect is followed.
"""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import orjson

# Few bytes of other encodings, or of several on one another, may unfold to more than fits.
_GZIP, _PLAIN = "gzip", ("", "identity")
_GZIP_WINDOW = 31


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an answer may take, and how many bytes it may have."""

    seconds: float
    size: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back whole."""

    status: int
    content: bytes

    def as_json(self) -> object:
        """What it says; None where that isn't JSON, or the server says that it failed."""
        if self.status != httpx.codes.OK:
            return None
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return None


def ask(
    address: str,
    *,
    limits: Limits,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer | None:
    """GET the address, or POST it a form; None where no whole answer comes within the limits."""

    async def asked() -> Answer | None:
        async with asking(headers) as http:
            return await answer_of(http, address, limits=limits, form=form)

    return asyncio.run(asked())


def asking(headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """For several questions to one server."""
    ours = {"Accept": "application/json", **(headers or {}), "Accept-Encoding": _GZIP}
    return httpx.AsyncClient(headers=ours, follow_redirects=False)


async def answer_of(
    http: httpx.AsyncClient,
    address: str,
    *,
    limits: Limits,
    form: Mapping[str, str] | None = None,
) -> Answer | None:
    """The same of a client that is open already."""
    method = "GET" if form is None else "POST"
    try:
        async with (
            asyncio.timeout(limits.seconds),
            http.stream(method, address, data=form) as response,
        ):
            content = await _content(response, limits.size)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        return None
    return None if content is None else Answer(response.status_code, content)


async def _content(response: httpx.Response, size: int) -> bytes | None:
    """The body as it was before it was packed; None where it is too long, or can't be read."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {_GZIP, *_PLAIN}:
        return None
    unpacked = zlib.decompressobj(_GZIP_WINDOW)
    content = bytearray()
    async for part in response.aiter_raw():
        try:
            content += part if encoding in _PLAIN else unpacked.decompress(part, size + 1)
        except zlib.error:
            return None
        if len(content) > size:
            return None
    is_whole = encoding in _PLAIN or unpacked.eof
    return bytes(content) if is_whole else None
