"""Asking for suggestions as a program does: the contract's JSON, and what is refused."""

import hashlib
import json

import msgspec
import pytest

from api.v1.suggestion_bodies import SuggestionListAnswer
from recommender import models
from recommender.services import audit
from recommender.services.access import Role
from tests import learned, published
from tests.integration.suggestions.bodies import ADDRESS, sleepless

pytestmark = pytest.mark.django_db

LIST_FIELDS = {
    "id", "status", "pathway", "personalised", "created", "model_version", "safety_rules_version",
    "red_flags", "suggestions", "withheld", "unrecognised", "notice",
}  # fmt: skip
SUGGESTION_FIELDS = {
    "id", "rank", "therapy", "probability", "interval", "tied_with", "baseline", "support",
    "because", "against", "cautions",
}  # fmt: skip


def ask(client, body):
    return client.post(ADDRESS, body, format="json")


def test_the_answer_has_the_shape_of_the_contract(clinician, live_version):
    body = sleepless(
        findings=[{"kind": "symptom", "code": "unheard-of"}],
        responses=[{"therapy": "sertraline", "response": "none"}],
    )

    response = ask(clinician, body)

    answer = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"{ADDRESS}{answer['id']}/"
    assert set(answer) >= LIST_FIELDS
    assert (answer["status"], answer["pathway"]) == ("suggested", "depression")
    assert answer["personalised"] is True
    assert answer["model_version"]["id"] == str(live_version.pk)
    assert answer["model_version"]["trained_on"] == [{"dataset": "made-up", "version": "1"}]
    assert answer["model_version"]["card"] == f"/api/v1/model-versions/{live_version.pk}/card/"
    assert answer["unrecognised"] == [{"kind": "symptom", "code": "unheard-of"}]
    assert [one["therapy"]["code"] for one in answer["already_tried"]] == ["sertraline"]
    first = answer["suggestions"][0]
    assert set(first) == SUGGESTION_FIELDS
    assert (first["rank"], first["therapy"]["code"]) == (1, "mirtazapine")
    assert set(first["therapy"]) == {"code", "name", "kind", "class"}
    assert set(first["interval"]) == {"level", "lower", "upper"}
    assert set(first["support"]) == {"cases", "responded"}
    assert first["because"][0]["code"] == "insomnia"
    assert set(first["because"][0]) == {"kind", "code", "contribution"}


def test_the_answer_is_what_the_documentation_says(clinician, live_version):
    rules = [{"kind": "symptom", "code": "fatigue", "value": 3}]

    content = ask(clinician, sleepless(findings=rules)).content

    described = msgspec.json.decode(content, type=SuggestionListAnswer)
    assert [one.therapy.code for one in described.withheld] == ["mirtazapine"]
    assert msgspec.to_builtins(described) == json.loads(content)


def test_a_suggestion_says_what_published_studies_found_and_where_they_come_from(clinician, db):
    learned.a_live_version(evidence=learned.STUDIES)

    response = ask(clinician, sleepless())

    shown = {each["therapy"]["code"]: each for each in response.json()["suggestions"]}
    cbt, exercise = shown["cbt"]["evidence"], shown["exercise"]["evidence"]
    assert (cbt["studies"], cbt["people"], cbt["studies_not_at_low_risk_of_bias"]) == (2, 160, 1)
    assert (cbt["conditions"], cbt["sources"]) == (["depression"], ["Trials (trials v1)"])
    assert cbt["pooled"] != exercise["pooled"]
    # No study compared the two, so neither is set above the other.
    assert cbt["used"] == exercise["used"]
    assert cbt["active_therapies_differ"] is False
    assert "2 studies of 160 people in depression, 1 not at low risk of bias" in cbt["text"]
    assert "evidence" not in shown["mirtazapine"]
    described = msgspec.json.decode(response.content, type=SuggestionListAnswer)
    assert msgspec.to_builtins(described) == response.json()


def test_the_list_is_stored_as_it_was_sent_with_the_case_as_it_was_used(clinician, live_version):
    body = sleepless(responses=[{"therapy": "cbt", "response": "partial", "stopped": "other"}])

    answer = ask(clinician, body).json()

    stored = models.SuggestionList.objects.get(pk=answer["id"])
    assert stored.answer == answer
    assert stored.case == {
        "findings": [
            {"kind": "symptom", "code": "insomnia", "value": 3.0},
            {"kind": "symptom", "code": "worry", "value": 0.0},
        ],
        "responses": [{"therapy": "cbt", "response": 0.5, "stopped": "other"}],
    }
    assert stored.model_version == live_version
    assert stored.requested_by == clinician.username


def test_an_answer_leaves_an_audit_event_without_a_finding(clinician, live_version):
    answer = ask(clinician, sleepless()).json()

    event = models.AuditEvent.objects.latest("id")
    assert (event.action, event.target) == ("suggestion_list.given", answer["id"])
    assert (event.actor, event.version) == (clinician.username, str(live_version.pk))
    canonical = (
        '{"case":{"findings":[{"code":"insomnia","kind":"symptom","value":3.0},'
        '{"code":"worry","kind":"symptom","value":0.0}],"responses":[]},'
        '"explain":"","limit":5,"pathway":"depression"}'
    )
    assert event.digest == hashlib.sha256(canonical.encode()).hexdigest()
    assert audit.verify().intact


def test_a_list_is_read_again_as_it_was_given(clinician, live_version):
    answer = ask(clinician, sleepless()).json()

    again = clinician.get(f"{ADDRESS}{answer['id']}/")

    assert again.status_code == 200
    assert again.json() == {**answer, "reviews": []}


def test_a_new_version_does_not_change_an_old_answer(clinician, live_version):
    answer = ask(clinician, sleepless()).json()
    learned.a_live_version(learned.REPEATING)

    assert clinician.get(f"{ADDRESS}{answer['id']}/").json() == {**answer, "reviews": []}


def test_fewer_are_given_when_fewer_are_asked_for(clinician, live_version):
    assert len(ask(clinician, sleepless(limit=2)).json()["suggestions"]) == 2


def test_all_contributions_are_given_when_asked_for(clinician, live_version):
    findings = [{"kind": "symptom", "code": code, "value": 2} for code in published.SYMPTOMS]
    body = {"pathway": "depression", "case": {"findings": findings}, "explain": "all"}

    first = ask(clinician, body).json()["suggestions"][0]

    assert len(first["because"]) + len(first["against"]) == len(findings)


def test_a_repeated_request_with_its_key_is_answered_by_the_same_list(clinician, live_version):
    first = clinician.post(ADDRESS, sleepless(), format="json", HTTP_IDEMPOTENCY_KEY="a-key")
    again = clinician.post(ADDRESS, sleepless(), format="json", HTTP_IDEMPOTENCY_KEY="a-key")

    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert models.SuggestionList.objects.count() == 1


def test_an_age_above_the_oldest_is_kept_as_one_band(clinician, live_version):
    age = {"kind": "background", "code": "age", "value": 97}

    answer = ask(clinician, sleepless(findings=[age])).json()

    stored = models.SuggestionList.objects.get(pk=answer["id"])
    assert stored.case["findings"][-1]["value"] == 90


def finding(**changes):
    return {"kind": "symptom", "code": "low-mood", "value": 2, **changes}


def attempt(**changes):
    return {"therapy": "cbt", "response": 0.5, **changes}


FINDING, RESPONSE = "case.findings[2]", "case.responses[0]"
REFUSED = {
    "a limit of zero": (sleepless(limit=0), "limit"),
    "a limit that is too large": (sleepless(limit=21), "limit"),
    "a limit that is no number": (sleepless(limit="5"), "limit"),
    "an unknown wish to explain": (sleepless(explain="some"), "explain"),
    "an unknown field": (sleepless(patient="Ann Example"), None),
    "no case": ({"pathway": "depression"}, None),
    "a kind that isn't one": (sleepless(findings=[finding(kind="mood")]), f"{FINDING}.kind"),
    "a code that is a sentence": (
        sleepless(findings=[finding(code="cannot sleep at all")]),
        f"{FINDING}.code",
    ),
    "a code that is a number of a person": (
        sleepless(findings=[finding(code="123-45-6789")]),
        f"{FINDING}.code",
    ),
    "a code that is a date": (
        sleepless(findings=[finding(code="1963-04-12")]),
        f"{FINDING}.code",
    ),
    "an empty code": (sleepless(findings=[finding(code="")]), f"{FINDING}.code"),
    "a severity out of range": (sleepless(findings=[finding(value=4)]), f"{FINDING}.value"),
    "a severity below zero": (sleepless(findings=[finding(value=-1)]), f"{FINDING}.value"),
    "a severity in words": (sleepless(findings=[finding(value="much")]), f"{FINDING}.value"),
    "a value that is a truth": (sleepless(findings=[finding(value=True)]), f"{FINDING}.value"),
    "a category that is a name": (
        sleepless(findings=[finding(code="mood-diary", value="Ann Example")]),
        f"{FINDING}.value",
    ),
    "a category that is free text": (
        sleepless(findings=[finding(code="mood-diary", value="felt low since the move")]),
        f"{FINDING}.value",
    ),
    "a number that is a record's": (
        sleepless(findings=[finding(code="scale", value=4_930_118_274)]),
        f"{FINDING}.value",
    ),
    "a finding twice": (sleepless(findings=[finding(code="insomnia")]), FINDING),
    "a therapy that is no code": (
        sleepless(responses=[attempt(therapy="the blue pills")]),
        f"{RESPONSE}.therapy",
    ),
    "a response above one": (sleepless(responses=[attempt(response=2)]), f"{RESPONSE}.response"),
    "a response in other words": (
        sleepless(responses=[attempt(response="great")]),
        f"{RESPONSE}.response",
    ),
    "an unknown way to stop": (
        sleepless(responses=[attempt(stopped="bored")]),
        f"{RESPONSE}.stopped",
    ),
    "a stored case": ({"pathway": "depression", "case": {"id": "a-case"}}, "case.id"),
    "too many findings": (
        sleepless(findings=[finding(code=f"code-{number}") for number in range(299)]),
        "case.findings",
    ),
    "too many responses": (sleepless(responses=[attempt()] * 101), "case.responses"),
}
SENT = ("Ann", "cannot sleep", "6789", "1963", "much", "since the move", "493", "blue", "great")


@pytest.mark.parametrize(("body", "field"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused_by_its_field_and_never_repeated(
    clinician, live_version, body, field
):
    response = ask(clinician, body)

    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["field"] == field
    assert not any(text in response.content.decode() for text in SENT)
    assert not models.SuggestionList.objects.exists()


def test_a_body_that_is_no_json_is_refused(clinician, live_version):
    response = clinician.post(ADDRESS, b"{", content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (400, "malformed-body")


def test_without_a_live_version_the_answer_says_so(clinician):
    models.Pathway.objects.create(slug="depression", title="Depression")

    response = ask(clinician, sleepless())

    assert (response.status_code, response.json()["code"]) == (503, "no-live-version")


def test_without_safety_rules_there_is_no_list(clinician, live_version):
    models.SafetyRuleRecord.objects.all().delete()

    response = ask(clinician, sleepless())

    assert (response.status_code, response.json()["code"]) == (503, "no-safety-rules")
    assert not models.SuggestionList.objects.exists()


def test_a_pathway_that_is_not_there_is_not_found(clinician, live_version):
    response = ask(clinician, sleepless(pathway="gout"))

    assert (response.status_code, response.json()["code"]) == (404, "not-found")


def test_a_list_that_is_not_there_is_not_found(clinician):
    response = clinician.get(f"{ADDRESS}00000000-0000-0000-0000-000000000001/")

    assert (response.status_code, response.json()["code"]) == (404, "not-found")


def test_an_ehr_may_ask_as_well(caller, live_version):
    assert ask(caller(Role.EHR_CLIENT), sleepless()).status_code == 201
