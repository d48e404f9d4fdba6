"""In front of Django: bodies are read here, within limits, before it hears of a request.

A client that sends its body slowly, or never, costs a coroutine and what it has sent so far, not
a thread. Whole requests then go to a fixed set of threads, each with a database connection of its
own that lives as long as the thread. Answers are whole too, but for event streams, which run in
the event loop.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import IO, Any

from django.conf import settings
from django.core import signals
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import set_script_prefix

from api import errors
from api.admission import refusal_of_upload
from api.bodies import CDS, UPLOADS, BodyError, Gone, Receive, read_body
from api.cds_hooks.origins import let_read
from api.cds_hooks.outcomes import outcome

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
# Requests that wait for a thread; more than this are told to come back.
WAITING_PER_THREAD = 64
BODILESS = frozenset({204, 304})


class Front:
    """An ASGI application around Django's synchronous handler."""

    def __init__(self) -> None:
        self._handler = BaseHandler()
        self._handler.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(settings.WEB_THREADS, thread_name_prefix="web")
        self._at_work = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the server's own start and end."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                self._threads.shutdown(wait=True)
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # What looks at a run while its events are streamed borrows from the same threads.
            loop.set_default_executor(self._threads)
            self._loop = loop
        try:
            await self._admit(scope)
            body = await read_body(scope, receive)
        except Gone:
            return
        except BodyError as error:
            # The rest of the body is still on its way, so this connection can't be used again.
            refused = _refusal(scope, error.kind, error.detail)
            if scope["path"].startswith(CDS):
                await loop.run_in_executor(None, let_read, refused, _origin_of(scope))
            await _send_whole(refused, send, close=True)
            return
        with body:
            if self._at_work >= settings.WEB_THREADS * WAITING_PER_THREAD:
                await _send_whole(_refusal(scope, errors.BUSY), send)
                return
            self._at_work += 1
            try:
                response = await loop.run_in_executor(None, self._respond, scope, body)
            finally:
                self._at_work -= 1
        if isinstance(response, StreamingHttpResponse) and response.is_async:
            await _send_stream(response, receive, send)
        else:
            await _send_whole(response, send)

    async def _admit(self, scope: Scope) -> None:
        """Keep a large body from whoever may not send one."""
        if scope["method"] != "POST" or scope["path"] not in UPLOADS:
            return
        loop = asyncio.get_running_loop()
        kind = await loop.run_in_executor(None, refusal_of_upload, scope["path"], scope["headers"])
        if kind is not None:
            raise BodyError(kind)

    def _respond(self, scope: Scope, body: IO[bytes]) -> HttpResponseBase:
        """What Django answers; run in one of the threads, whose connection it uses."""
        set_script_prefix(scope.get("root_path", ""))
        signals.request_started.send(sender=type(self), scope=scope)
        try:
            request = ASGIRequest(scope, body)
        except UnicodeDecodeError:
            return errors.answer(errors.MALFORMED)
        response = self._handler.get_response(request)
        if isinstance(response, StreamingHttpResponse):
            if response.is_async:
                signals.request_finished.send(sender=type(self))
                return response
            whole = HttpResponse(b"".join(response), status=response.status_code)
            whole.headers, whole.cookies = response.headers, response.cookies
            response.close()
            return whole
        response.close()
        return response


def _refusal(scope: Scope, kind: errors.Kind, detail: str = "") -> HttpResponse:
    """An error before Django heard of the request, in the words of its address."""
    if scope["path"].startswith(CDS):
        refused = outcome(
            kind.status,
            "too-long" if kind is errors.TOO_LARGE else "transient",
            f"{detail or kind.title} {kind.remedy}",
        )
    else:
        refused = errors.answer(kind, detail)
    if kind is errors.BUSY:
        refused.headers["Retry-After"] = "1"
    return refused


def _origin_of(scope: Scope) -> str:
    found = (value for name, value in scope["headers"] if name == b"origin")
    return next(found, b"").decode("latin1")


def _head(response: HttpResponseBase, *, close: bool = False) -> MutableMapping[str, Any]:
    headers = [(name.encode(), value.encode("latin1")) for name, value in response.items()]
    headers += [
        (b"Set-Cookie", cookie.output(header="").strip().encode())
        for cookie in response.cookies.values()
    ]
    if close:
        headers.append((b"Connection", b"close"))
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}


async def _send_whole(response: HttpResponseBase, send: Send, *, close: bool = False) -> None:
    content = response.content if isinstance(response, HttpResponse) else b""
    if response.status_code not in BODILESS:
        response.headers.setdefault("Content-Length", str(len(content)))
    await send(_head(response, close=close))
    await send({"type": "http.response.body", "body": content})


async def _send_stream(response: StreamingHttpResponse, receive: Receive, send: Send) -> None:
    """Send the parts as they come, until they end or the client leaves."""
    sending = asyncio.ensure_future(_send_parts(response, send))
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, leaving):
            task.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)


async def _send_parts(response: StreamingHttpResponse, send: Send) -> None:
    await send(_head(response))
    async with aclosing(aiter(response)) as parts:  # type: ignore[type-var]
        async for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
