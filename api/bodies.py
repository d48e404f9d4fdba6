"""Request bodies as they come off the wire: counted while they're read, and bounded in time."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

from django.conf import settings

from api import errors
from api.errors import Kind

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

# Where large bodies go, and the name of the address that says who may send one there.
UPLOADS = {
    "/api/v1/datasets/upload/": "v1:dataset-upload",
    "/admin/recommender/datasetupload/add/": "v1:dataset-upload",
}
CDS = "/cds-services/"
# Beside the file a form holds a few fields and its boundaries.
FORM_BYTES = 256 * 1024
WRITE_BYTES = 1024 * 1024
MAX_UPLOADS = 8


class Gone(Exception):
    """The client left before its body was whole."""


class BodyError(Exception):
    """A body that isn't read to its end."""

    def __init__(self, kind: Kind, detail: str = "") -> None:
        super().__init__(kind.code)
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a body may be, how long it may take, and how long nothing may come of it."""

    size: int
    seconds: float | None
    idle_seconds: float
    on_disk: bool

    def too_large(self) -> BodyError:
        """The error that names the limit."""
        return BodyError(errors.TOO_LARGE, f"Send at most {self.size} bytes.")


def limits_for(path: str) -> Limits:
    """An upload may be large and take its time while something comes; all else comes at once."""
    if path in UPLOADS:
        size = settings.MAX_UPLOAD_BYTES + FORM_BYTES
        return Limits(size, None, settings.UPLOAD_IDLE_SECONDS, on_disk=True)
    seconds = settings.BODY_SECONDS
    size = settings.MAX_CDS_BODY_BYTES if path.startswith(CDS) else settings.MAX_BODY_BYTES
    return Limits(size, seconds, seconds, on_disk=False)


class _Uploads:
    """The uploads that are being read, for each fills a disk."""

    count = 0


async def read_body(scope: MutableMapping[str, Any], receive: Receive) -> IO[bytes]:
    """The whole body, from its start; its length is set in the scope's headers."""
    limits = limits_for(scope["path"])
    announced = _announced_length(scope)
    if announced is not None and announced > limits.size:
        raise limits.too_large()
    if not limits.on_disk:
        return await _read_small(scope, receive, limits)
    if _Uploads.count >= MAX_UPLOADS:
        raise BodyError(errors.BUSY, "Other uploads are being read. Try again in a minute.")
    _Uploads.count += 1
    try:
        return await _read_upload(scope, receive, limits)
    finally:
        _Uploads.count -= 1


async def _read_small(
    scope: MutableMapping[str, Any], receive: Receive, limits: Limits
) -> IO[bytes]:
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.seconds):
            more = True
            while more:
                part, more = await _part(receive)
                size += len(part)
                if size > limits.size:
                    raise limits.too_large()
                parts.append(part)
    except TimeoutError:
        raise BodyError(errors.TOO_SLOW) from None
    _set_length(scope, size)
    return BytesIO(b"".join(parts))


async def _read_upload(
    scope: MutableMapping[str, Any], receive: Receive, limits: Limits
) -> IO[bytes]:
    loop = asyncio.get_running_loop()
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    waiting, size, more = bytearray(), 0, True
    try:
        while more:
            async with asyncio.timeout(limits.idle_seconds):
                part, more = await _part(receive)
            size += len(part)
            if size > limits.size:
                raise limits.too_large()
            waiting += part
            if len(waiting) >= WRITE_BYTES or not more:
                await loop.run_in_executor(None, file.write, bytes(waiting))
                waiting.clear()
    except BaseException as error:
        file.close()
        if isinstance(error, TimeoutError):
            raise BodyError(errors.TOO_SLOW) from None
        raise
    file.seek(0)
    _set_length(scope, size)
    return file


async def _part(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    return message.get("body", b""), message.get("more_body", False)


def _announced_length(scope: MutableMapping[str, Any]) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return None


def _set_length(scope: MutableMapping[str, Any], size: int) -> None:
    """Say the length of a body that came in chunks: the framework reads no further than that."""
    headers = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
    scope["headers"] = [*headers, (b"content-length", str(size).encode())] if size else headers
