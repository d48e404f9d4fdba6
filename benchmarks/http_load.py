"""Load on an HTTP server: keep-alive connections that send one request after another.

Bytes in, bytes out, on asyncio's own protocol: a client that parses and builds messages would
take more of the machine than the server it measures.
"""

import asyncio
import time

HEAD_END = b"\r\n\r\n"


class UnexpectedAnswerError(Exception):
    """The server answered something else than the benchmark counts."""


class _Connection(asyncio.Protocol):
    """Sends the request again as soon as its answer is whole."""

    def __init__(self, request: bytes, status: int, done: asyncio.Future[None]) -> None:
        self._request = request
        self._start = b"HTTP/1.1 %d " % status
        self._done = done
        self._received = bytearray()
        self.answers = 0
        self.stopping = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(HEAD_END)
        if end < 0 or len(self._received) < end + len(HEAD_END) + self._body_length(end):
            return
        if not self._received.startswith(self._start):
            self._fail(bytes(self._received[:300]))
            return
        self._received.clear()
        self.answers += 1
        if self.stopping:
            self._transport.close()
        else:
            self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own
        if not self._done.done():
            if self.stopping:
                self._done.set_result(None)
            else:
                self._done.set_exception(UnexpectedAnswerError("The connection was closed."))

    def _body_length(self, end: int) -> int:
        head = bytes(self._received[:end]).lower()
        _, _, rest = head.partition(b"\r\ncontent-length:")
        return int(rest.split(b"\r\n", 1)[0])

    def _fail(self, received: bytes) -> None:
        if not self._done.done():
            self._done.set_exception(UnexpectedAnswerError(received.decode(errors="replace")))
        self._transport.close()


def rate(port: int, request: bytes, *, status: int, connections: int, seconds: float) -> float:
    """Requests a second that were answered with this status."""
    return asyncio.run(_rate(port, request, status, connections, seconds))


async def _rate(port: int, request: bytes, status: int, connections: int, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    ends = [loop.create_future() for _ in range(connections)]
    opened = [
        (
            await loop.create_connection(
                lambda end=end: _Connection(request, status, end),  # type: ignore[misc]
                "127.0.0.1",
                port,
            )
        )[1]
        for end in ends
    ]
    begun = time.perf_counter()
    before = sum(connection.answers for connection in opened)
    await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    answered = sum(connection.answers for connection in opened) - before
    elapsed = time.perf_counter() - begun
    for connection in opened:
        connection.stopping = True
    await asyncio.gather(*ends)
    return answered / elapsed


def get(path: str) -> bytes:
    """A GET of this path."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def post(path: str, body: bytes, *, token: str) -> bytes:
    """A POST of a JSON body with a bearer token."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
