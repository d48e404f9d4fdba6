"""Whatever goes wrong is told in one shape."""

import json

import pytest
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api import errors
from recommender import exceptions

pytestmark = pytest.mark.django_db
MEMBERS = {"type", "title", "status", "code", "detail", "field", "remedy", "errors"}
HUGE = b'{"title": "' + b"x" * 1_100_000 + b'"}'
DEEP = b'{"title": ' + b"[" * 50 + b"]" * 50 + b"}"


def check(answer, status, code):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert set(problem) == MEMBERS
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["remedy"]
    return problem


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v1/nothing/", "/api/v1/pathways/nowhere/", "/x%00y"]
)
def test_an_unknown_address_is_a_404_problem(dataset_admin, path):
    answer = dataset_admin.get(path)

    assert answer.status_code in {404, 400}
    assert answer["Content-Type"] == "application/problem+json"


def test_no_token_is_a_401_problem(anonymous):
    check(anonymous.get("/api/v1/pathways/"), 401, "not-authenticated")


def test_a_wrong_role_is_a_403_problem(clinician):
    check(clinician.get("/api/v1/audit-events/"), 403, "forbidden")


def test_a_wrong_method_is_a_405_problem_that_names_the_right_ones(dataset_admin, anonymous):
    answer = dataset_admin.delete("/api/v1/pathways/")
    check(answer, 405, "method-not-allowed")
    assert "POST" in answer["Allow"]

    check(anonymous.post("/livez"), 405, "method-not-allowed")


def test_an_answer_that_cannot_be_given_is_a_406_problem(dataset_admin):
    answer = dataset_admin.get("/api/v1/pathways/", HTTP_ACCEPT="text/csv")

    check(answer, 406, "not-acceptable")


def test_a_body_of_another_kind_is_a_415_problem(dataset_admin):
    answer = dataset_admin.post("/api/v1/pathways/", b"slug=x", content_type="text/plain")

    check(answer, 415, "unsupported-media-type")


def test_a_body_too_large_is_a_413_problem(dataset_admin):
    answer = dataset_admin.post("/api/v1/pathways/", HUGE, content_type="application/json")

    check(answer, 413, "too-large")


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"x"', b"\xff", b'{"slug": NaN}', b'{"slug": "\\u0000"}', DEEP]
)
def test_a_body_that_cannot_be_read_is_a_400_problem(dataset_admin, body):
    answer = dataset_admin.post("/api/v1/pathways/", body, content_type="application/json")

    check(answer, 400, "malformed-body")


def test_what_is_wrong_is_told_by_field_and_never_by_value(dataset_admin):
    answer = dataset_admin.post("/api/v1/pathways/", {"slug": "Jane Doe", "title": ""})

    problem = check(answer, 400, "bad-input")
    assert {one["field"] for one in problem["errors"]} == {"slug", "title"}
    assert problem["field"] in {"slug", "title"}
    assert b"Jane" not in answer.content


@pytest.mark.parametrize(
    "query", ["cursor=nonsense", "cursor=cD1hYmM=", "cursor=cD0lMDA=", "limit=x"]
)
@pytest.mark.parametrize("address", ["datasets", "therapies", "training-runs"])
def test_a_wrong_cursor_is_no_server_error(dataset_admin, address, query):
    assert dataset_admin.get(f"/api/v1/{address}/?{query}").status_code in {200, 400, 404}


def test_a_filter_that_cannot_be_read_is_a_400_problem(auditor):
    problem = check(auditor.get("/api/v1/audit-events/?since=yesterday"), 400, "bad-input")

    assert problem["field"] == "since"


def test_a_failure_of_ours_is_a_500_problem_without_a_word_of_what_it_was(
    dataset_admin, monkeypatch
):
    def fail(*args, **kwargs):
        raise RuntimeError("insomnia of Jane Doe")

    monkeypatch.setattr("api.v1.pathways.Pathways.get", fail)

    answer = dataset_admin.get("/api/v1/pathways/")

    check(answer, 500, "internal-error")
    assert b"Jane" not in answer.content
    assert answer["X-Request-ID"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (exceptions.BadInput("Give a name.", field="name"), 400, "bad-input"),
        (exceptions.UnknownName("There is no such pathway."), 404, "not-found"),
        (exceptions.Refused("It is live already."), 409, "refused"),
        (exceptions.GateNotPassed("It may not."), 409, "gate-not-passed"),
        (exceptions.NoLiveVersion("None is live."), 503, "no-live-version"),
        (exceptions.CorruptArtifact("It's broken."), 503, "corrupt-artifact"),
        (exceptions.NoSafetyRules("There are none."), 503, "no-safety-rules"),
        (exceptions.OutOfReach("It doesn't answer."), 503, "out-of-reach"),
    ],
)
def test_each_error_of_the_product_has_its_status_and_code(error, status, code):
    answer = errors.answer_to(error)

    problem = check(answer, status, code)
    assert problem["detail"] == str(error)
    assert ("Retry-After" in answer) == (status == 503)


def test_a_refused_import_lists_where_each_problem_is():
    found = exceptions.Problem("findings.csv", 3, "value", "out-of-range", "Give 0 to 3.")

    problem = check(errors.answer_to(exceptions.RefusedImport((found,))), 400, "import-refused")

    assert problem["errors"] == [
        {
            "field": "value",
            "code": "out-of-range",
            "message": "findings.csv, row 3, field 'value': Give 0 to 3.",
        }
    ]


def test_a_nested_error_is_told_by_its_path():
    class Inner(serializers.Serializer):
        code = serializers.ChoiceField(["a"])

    class Outer(serializers.Serializer):
        findings = Inner(many=True)

    with pytest.raises(ValidationError) as raised:
        Outer(data={"findings": [{"code": "a"}, {"code": "Jane"}]}).is_valid(raise_exception=True)

    problem = json.loads(errors.answer_to(raised.value).content)
    assert problem["field"] == "findings[1].code"
    assert "Jane" not in str(problem)


def test_a_page_for_people_keeps_its_own_errors(client):
    assert client.get("/admin/nothing/").status_code in {302, 404}
