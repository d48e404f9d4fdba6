"""Log lines say what happened, and never to whom."""

import io
import json
import logging

import pytest

from recommender.logs import JsonFormatter


@pytest.fixture
def lines():
    """Everything that is logged, as it would be printed."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


def requests_in(lines):
    return [line for line in lines() if line["logger"] == "api.requests"]


@pytest.mark.django_db
def test_a_request_is_one_line_with_route_status_time_and_role(clinician, lines):
    answer = clinician.get("/api/v1/pathways/nowhere/?secret=jane")

    (line,) = requests_in(lines)
    assert line.pop("ms") > 0
    assert line.pop("at")
    assert line == {
        "level": "info",
        "logger": "api.requests",
        "event": "request",
        "request_id": answer["X-Request-ID"],
        "method": "GET",
        "route": "api/v1/pathways/<slug:slug>/",
        "status": 404,
        "role": "clinician",
    }


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("trace-0123456789", True), ("short", False), ("with space 123", False), ("x" * 65, False)],
)
def test_a_request_id_is_kept_when_it_is_well_formed(client, sent, kept):
    answer = client.get("/livez", HTTP_X_REQUEST_ID=sent)

    assert (answer["X-Request-ID"] == sent) is kept


@pytest.mark.django_db
def test_nothing_that_was_sent_reaches_the_log(dataset_admin, lines):
    body = {"slug": "Jane Doe", "title": "insomnia", "note": "flashbacks"}

    dataset_admin.post("/api/v1/pathways/?who=jane", body)
    dataset_admin.post("/api/v1/nowhere/jane/", body)

    assert len(requests_in(lines)) == 2
    assert not [word for word in ("ane", "insomnia", "flashbacks") if word in str(lines())]


@pytest.mark.django_db
def test_an_exception_is_logged_by_type_place_and_request_without_its_words(
    dataset_admin, lines, monkeypatch
):
    def fail(*args, **kwargs):
        raise RuntimeError("insomnia of Jane Doe")

    monkeypatch.setattr("api.v1.pathways.Pathways.get", fail)

    answer = dataset_admin.get("/api/v1/pathways/")

    (line,) = [line for line in lines() if line["logger"] == "django.request"]
    assert line["exception"] == "RuntimeError"
    assert line["request_id"] == answer["X-Request-ID"]
    assert line["where"][-1].endswith(" fail")
    assert "Jane" not in str(lines())


def test_what_a_library_puts_into_its_message_stays_out(lines):
    logging.getLogger("celery.app.trace").error(
        "Task %(name)s[%(id)s] failed: %(exc)s",
        {"name": "tasks.training.train", "id": "42", "exc": "insomnia"},
    )
    logging.getLogger("some.library").warning("Bad row: %s", "insomnia")

    celery, library = lines()
    assert (celery["task"], celery["task_id"]) == ("tasks.training.train", "42")
    assert library["event"] == "Bad row: %s"
    assert "insomnia" not in str(lines())
