"""A training run as it goes, as server-sent events.

A stream holds no thread: it sleeps in the event loop and borrows one for each look at the row.
`log` events carry the time of their line as id, so a client that comes back with `Last-Event-ID`
goes on where it stopped; `progress` is sent when it changes, `end` once, with the final state.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from api.errors import BUSY, HttpError
from api.renderers import JsonRenderer, to_json
from recommender import models

POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 15.0
LONGEST_SECONDS = 3600.0
RETRY_MS = 2000


class EventStreamRenderer(BaseRenderer):
    """Lets a client ask for `text/event-stream`; the stream itself is made by the view."""

    media_type = "text/event-stream"
    format = "events"

    def render(self, data: object, *_: object, **__: object) -> bytes:
        """Only an answer that isn't a stream comes here."""
        return to_json(data)


@dataclass(frozen=True, slots=True)
class Look:
    """A run at one moment."""

    progress: dict[str, Any]
    lines: tuple[dict[str, str], ...]
    is_final: bool


# The streams this process has open.
_open = set[UUID]()


def look_at(run_id: UUID, after: str) -> Look:
    """The run's progress, and the log lines after the one with this time."""
    run = models.TrainingRun.objects.only(
        "status", "stage", "share_done", "eta_seconds", "failure", "log", "finished"
    ).get(pk=run_id)
    progress = {
        "status": run.status,
        "stage": run.stage,
        "share_done": run.share_done,
        "eta_seconds": run.eta_seconds,
        "failure": run.failure,
    }
    lines = tuple(line for line in run.log if line["at"] > after)
    return Look(progress, lines, run.is_final)


def _look(run_id: UUID, after: str) -> Look:
    close_old_connections()
    return look_at(run_id, after)


def event(name: str, content: object, *, event_id: str = "") -> bytes:
    """One event in the wire format."""
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {name}\ndata: ".encode() + to_json(content) + b"\n\n"


async def events_of(run_id: UUID, after: str) -> AsyncIterator[bytes]:
    """Log lines and progress until the run is final."""
    clock = asyncio.get_running_loop().time
    ends, spoke, shown = clock() + LONGEST_SECONDS, clock(), None
    yield f"retry: {RETRY_MS}\n\n".encode()
    while clock() < ends:
        look = await sync_to_async(_look, thread_sensitive=False)(run_id, after)
        for line in look.lines:
            after = line["at"]
            yield event("log", line, event_id=after)
        if look.progress != shown:
            shown, spoke = look.progress, clock()
            yield event("progress", look.progress)
        if look.is_final:
            yield event("end", look.progress)
            return
        if clock() - spoke > HEARTBEAT_SECONDS:
            spoke = clock()
            yield b": still here\n\n"
        await asyncio.sleep(POLL_SECONDS)


async def _counted(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    ticket = uuid4()
    _open.add(ticket)
    try:
        async for part in content:
            yield part
    finally:
        _open.discard(ticket)


class TrainingRunEvents(APIView):
    """How a run goes, live."""

    renderer_classes = (EventStreamRenderer, JsonRenderer)

    @extend_schema(responses={(200, "text/event-stream"): OpenApiTypes.STR})
    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        """A stream of `log`, `progress` and, at last, one `end` event."""
        run = generics.get_object_or_404(models.TrainingRun.objects.only("pk"), pk=pk)
        if len(_open) >= settings.MAX_EVENT_STREAMS:
            raise HttpError(BUSY, "Too many event streams are open. Ask for the run itself.")
        after = _time_of(request.headers.get("Last-Event-ID", ""))
        return StreamingHttpResponse(
            _counted(events_of(run.pk, after)),
            content_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _time_of(event_id: str) -> str:
    """The id as the log spells its times; what isn't a time starts from the beginning."""
    try:
        return datetime.fromisoformat(event_id).isoformat()
    except ValueError:
        return ""
