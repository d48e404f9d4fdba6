"""No server that we ask can hold a worker: neither by slowness nor by much."""

import contextlib
import gzip
import socket
import threading
import time

import pytest

from recommender import models
from recommender.exceptions import NotTrusted, OutOfReach
from recommender.services import client_keys, fhir_server, smart_launch
from recommender.services.other_servers import Answer, Limits, ask

LIMITS = Limits(seconds=0.6, size=1_000)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PAUSE_S = 0.05


def whole(body, *more):
    lines = b"".join(line + b"\r\n" for line in more)
    return HEAD + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


class Server:
    """Writes to whoever connects what it's told to: at once, or byte by byte; then it may stay."""

    def __init__(self, at_once=b"", dripped=b"", *, stays=False):
        self.at_once, self.dripped, self.stays = at_once, dripped, stays
        self.asked = []
        self.ends = threading.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.threads = [threading.Thread(target=self.accept)]

    def accept(self):
        while not self.ends.is_set():
            with contextlib.suppress(OSError):
                connection, _ = self.listening.accept()
                self.threads.append(threading.Thread(target=self.answer, args=[connection]))
                self.threads[-1].start()

    def answer(self, connection):
        with contextlib.suppress(OSError), connection:
            self.asked.append(connection.recv(65_536))
            connection.sendall(self.at_once)
            for byte in self.dripped * 1_000:
                if self.ends.wait(PAUSE_S):
                    return
                connection.sendall(bytes([byte]))
            if self.stays:
                self.ends.wait()

    def __enter__(self):
        self.threads[0].start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for thread in self.threads:
            thread.join()


# What is written at once, and what is dripped after it.
SLOW = {
    "says nothing": (b"", b""),
    "drips its first line": (b"", HEAD),
    "drips headers without an end": (HEAD, b"X-More: x\r\n"),
    "drips a body without an end": (HEAD + b"\r\n", b" "),
    "drips chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.fixture(params=SLOW.values(), ids=SLOW)
def slow(request):
    with Server(*request.param, stays=True) as server:
        yield server


@contextlib.contextmanager
def within(seconds):
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def test_a_slow_answer_is_given_up_at_the_time_for_all_of_it(slow):
    with within(LIMITS.seconds + 1):
        assert ask(slow.base, limits=LIMITS) is None


def test_nobody_who_asks_waits_longer_than_the_time_there_is(slow):
    client = models.CdsClient(fhir_servers=[slow.base])

    with within(client_keys.LIMITS.seconds + 1.5), pytest.raises(NotTrusted):
        client_keys.published_key(f"{slow.base}/jwks", "k")
    with within(fhir_server.SECONDS + 1.5):
        found = fhir_server.fetch(
            fhir_server.FhirAccess(slow.base, "token"), {"a": "A", "b": "B"}, client=client
        )

    assert found == {}


@pytest.mark.django_db
def test_a_launch_from_a_slow_server_is_out_of_reach_in_time(slow):
    models.CdsClient.objects.create(
        name="slow", issuer="slow", fhir_servers=[slow.base], smart_client_id="us"
    )

    with within(smart_launch.LIMITS.seconds + 1.5), pytest.raises(OutOfReach):
        smart_launch.begin(iss=slow.base, launch="x", redirect_uri="http://testserver/")


PACKED = gzip.compress(b"{}")
BOMB = gzip.compress(b"x" * 10_000_000)
ENCODED = b"Content-Encoding: gzip"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (whole(b"{}"), Answer(200, b"{}")),
        (whole(PACKED, ENCODED), Answer(200, b"{}")),
        (whole(b"x" * 1_000), Answer(200, b"x" * 1_000)),
        (whole(b"x" * 1_001), None),
        (whole(BOMB, ENCODED), None),
        (whole(gzip.compress(BOMB), ENCODED + b", gzip"), None),
        (whole(PACKED[:-4], ENCODED), None),
        (whole(b"{}", ENCODED), None),
        (HEAD + b"Content-Length: 10\r\n\r\n{}", None),
        (b"SSH-2.0-x\r\n", None),
    ],
    ids=[
        *("plain", "packed", "as long as may be", "too long", "a bomb", "a bomb in a bomb"),
        *("packed and cut", "not packed", "cut", "not HTTP"),
    ],
)
def test_an_answer_is_taken_whole_and_no_longer_than_may_be(answer, found):
    with Server(answer) as server:
        assert ask(server.base, limits=LIMITS) == found


def test_a_redirect_is_an_answer_and_is_not_followed():
    with Server(whole(b"")) as elsewhere:
        moved = b"HTTP/1.1 307 Go\r\nContent-Length: 0\r\nLocation: %s/\r\n\r\n"
        with Server(moved % elsewhere.base.encode()) as server:
            answer = ask(server.base, limits=LIMITS)

    assert (answer.status, answer.as_json()) == (307, None)
    assert elsewhere.asked == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "ftp://x/", "http://[", "x", ""])
def test_an_address_that_cannot_be_asked_is_no_answer(address):
    assert ask(address, limits=LIMITS) is None
