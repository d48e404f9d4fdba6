"""What slow, large and broken requests do to the real web server, and what they don't."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPResponse

import httpx
import pytest

from recommender import models
from recommender.services.access import Role
from tests.functional.api.conftest import MAX_BODY_BYTES, MAX_UPLOAD_BYTES
from tests.web_server import Server

SLOW_CLIENTS = 300
PATHWAYS = "/api/v1/pathways/"
UPLOAD = "/api/v1/datasets/upload/"


def answer_on(connection) -> tuple[int, dict]:
    received = b""
    while part := connection.recv(65536):
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def test_clients_that_send_their_bodies_slowly_do_not_keep_others_waiting(server: Server):
    with ExitStack() as stack:
        slow = [
            stack.enter_context(server.connect(f"POST {PATHWAYS} HTTP/1.1"))
            for _ in range(SLOW_CLIENTS)
        ]
        for connection in slow:
            connection.sendall(b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")

        others = [httpx.get(f"{server.url}/livez", timeout=5).status_code for _ in range(20)]
        ends = {answer_on(connection)[0] for connection in slow}

    assert set(others) == {200}
    assert ends == {408}


def test_clients_that_send_their_headers_slowly_do_not_keep_others_waiting(server: Server):
    with ExitStack() as stack:
        for _ in range(SLOW_CLIENTS):
            stack.enter_context(server.connect(f"GET {PATHWAYS} HTTP/1.1"))

        others = [httpx.get(f"{server.url}/livez", timeout=5).status_code for _ in range(20)]

    assert set(others) == {200}


def test_a_body_announced_as_too_large_is_refused_before_it_is_read(server: Server):
    with server.connect(f"POST {PATHWAYS} HTTP/1.1") as connection:
        connection.sendall(f"Content-Length: {MAX_BODY_BYTES + 1}\r\n\r\n".encode())

        status, problem = answer_on(connection)

    assert (status, problem["code"]) == (413, "too-large")


def test_a_body_without_a_length_is_counted_while_it_is_read(server: Server):
    def endless() -> Iterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1024 + 2):
            yield b"x" * 1024

    answer = httpx.post(f"{server.url}{PATHWAYS}", content=endless())

    assert answer.status_code == 413


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("origin", ["https://ehr.example", "https://elsewhere.example", None])
def test_a_registered_page_may_read_that_its_call_was_too_large(server: Server, origin):
    models.CdsClient.objects.create(name="ward", issuer="ward", origins=["https://ehr.example"])
    head = "POST /cds-services/patient-view-depression HTTP/1.1"
    with server.connect(head) as connection:
        if origin:
            connection.sendall(f"Origin: {origin}\r\n".encode())
        connection.sendall(b"Content-Length: 1000000000\r\n\r\n")
        answer = HTTPResponse(connection)
        answer.begin()

    allowed = "https://ehr.example" if origin == "https://ehr.example" else None
    assert answer.status == 413
    assert answer.getheader("Access-Control-Allow-Origin") == allowed
    assert answer.getheader("Vary") == "origin"


@pytest.mark.django_db(transaction=True)
def test_a_body_in_chunks_is_read_whole(server: Server, token_of):
    body = [b'{"slug": "grief",', b' "title": "Grief"}']
    headers = {**token_of(Role.DATASET_ADMIN), "Content-Type": "application/json"}

    answer = httpx.post(f"{server.url}{PATHWAYS}", content=iter(body), headers=headers)

    assert answer.status_code == 201
    assert models.Pathway.objects.get().title == "Grief"


@pytest.mark.django_db(transaction=True)
def test_an_upload_may_not_be_endless(server: Server, token_of):
    token = token_of(Role.DATASET_ADMIN)["Authorization"]
    with server.connect(f"POST {UPLOAD} HTTP/1.1") as connection:
        connection.sendall(
            f"Authorization: {token}\r\nContent-Length: {MAX_UPLOAD_BYTES * 2}\r\n\r\n".encode()
        )

        assert answer_on(connection)[0] == 413


def test_an_upload_from_nobody_is_refused_before_it_is_read(server: Server):
    with server.connect(f"POST {UPLOAD} HTTP/1.1") as connection:
        connection.sendall(b"Content-Length: 1000000\r\n\r\n")

        status, problem = answer_on(connection)

    assert (status, problem["code"]) == (401, "not-authenticated")


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_stops_coming_is_ended(server: Server, token_of):
    token = token_of(Role.DATASET_ADMIN)["Authorization"]
    with server.connect(f"POST {UPLOAD} HTTP/1.1") as connection:
        connection.sendall(f"Authorization: {token}\r\nContent-Length: 1000000\r\n\r\nx".encode())

        assert answer_on(connection)[0] == 408


@pytest.mark.parametrize(
    "request_line", ["GET /%ff%fe HTTP/1.1", "GET /?q=%00 HTTP/1.1", "BREW /livez HTTP/1.1"]
)
def test_odd_requests_are_answered(server: Server, request_line):
    with server.connect(request_line) as connection:
        connection.sendall(b"Connection: close\r\n\r\n")

        assert answer_on(connection)[0] in {400, 404, 405}


@pytest.mark.django_db(transaction=True)
def test_a_connection_is_kept_and_the_database_is_too(server: Server, token_of):
    headers = token_of(Role.CLINICIAN)

    with httpx.Client(base_url=server.url, headers=headers) as client:
        statuses = {client.get("/api/v1/therapies/").status_code for _ in range(30)}

    assert statuses == {200}


def test_an_answer_to_head_has_no_body_and_the_same_length(server: Server):
    whole, head = httpx.get(f"{server.url}/livez"), httpx.head(f"{server.url}/livez")

    assert head.content == b""
    assert head.headers["content-length"] == whole.headers["content-length"]


def test_the_page_of_the_docs_gets_its_files(server: Server):
    address = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"

    assert httpx.get(f"{server.url}{address}").status_code == 200


def test_every_line_the_server_logs_is_json(server: Server):
    httpx.get(f"{server.url}/nowhere?q=insomnia")

    lines = [json.loads(line) for line in server.output.splitlines()]

    assert {"at", "level", "logger", "event"} <= set(lines[-1])
    assert "insomnia" not in server.output
