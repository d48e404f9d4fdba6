"""Requests that call therapies and findings by names, and what nobody knows."""

import pytest

from recommender import models
from recommender.services import names, unmapped_codes
from tests.integration.suggestions.bodies import ADDRESS, sleepless

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def entries(live_version):
    """Two therapies and a finding of the catalogue, whatever the version learned."""
    for code in ("venlafaxine", "sertraline"):
        models.TherapyRecord.objects.get_or_create(
            pathway=None, code=code, defaults={"name": code.capitalize(), "kind": "medication"}
        )
    names.forget()


def ask(client, *, findings=(), **case):
    body = sleepless(findings=list(findings), responses=case.pop("responses", ()))
    body["case"].update(case)
    return client.post(ADDRESS, body, format="json")


def test_a_brand_with_its_strength_is_the_therapy(clinician):
    answer = ask(clinician, responses=[{"therapy": "venlafaxine XR 75 mg", "response": "none"}])

    assert answer.json()["read_as"] == [
        {"kind": "therapy", "given": "venlafaxine XR 75 mg", "code": "venlafaxine"}
    ]
    stored = models.SuggestionList.objects.get(pk=answer.json()["id"])
    assert [each["therapy"] for each in stored.case["responses"]] == ["venlafaxine"]


def test_a_medicine_beside_the_catalogue_counts_by_whatever_name_it_goes(clinician):
    in_use = {"therapy": "Linezolid 600 mg", "response": "unknown", "in_use": True}

    answer = ask(clinician, responses=[in_use]).json()

    assert [each["code"] for each in answer["read_as"]] == ["linezolid"]
    assert "mirtazapine" in {each["therapy"]["code"] for each in answer["withheld"]}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        *(("St John's Wort", "st-johns-wort"), ("st johns wort", "st-johns-wort")),
        *(("Methylene blue", "methylene-blue"), ("methylene-blue", "methylene-blue")),
    ],
)
def test_a_medicine_of_several_words_can_be_named(clinician, given, code):
    in_use = {"therapy": given, "response": "unknown", "in_use": True}

    answer = ask(clinician, responses=[in_use])

    assert answer.status_code == 201, answer.content
    stored = models.SuggestionList.objects.get(pk=answer.json()["id"])
    assert [each["therapy"] for each in stored.case["responses"]] == [code]


def test_an_allergy_by_brand_keeps_the_therapy_back(clinician):
    answer = ask(clinician, allergies=["EffexorXR"]).json()

    stored = models.SuggestionList.objects.get(pk=answer["id"])
    assert stored.case["allergies"] == ["venlafaxine"]


def test_a_request_in_our_codes_says_nothing_of_names(clinician):
    assert "read_as" not in ask(clinician).json()


def test_what_nobody_knows_comes_with_what_is_close_and_waits_to_be_mapped(clinician):
    answer = ask(
        clinician,
        findings=[{"kind": "symptom", "code": "unheard-of"}],
        responses=[{"therapy": "sertralin"}],
    ).json()

    assert answer["unrecognised"] == [
        {"kind": "symptom", "code": "unheard-of"},
        {"kind": "therapy", "code": "sertralin", "near": ["sertraline"]},
    ]
    waiting = models.UnmappedCode.objects.order_by("code")
    assert [(each.resource, each.system, each.code) for each in waiting] == [
        ("request", "name of a therapy", "sertralin"),
        ("request", "name of a symptom", "unheard-of"),
    ]


def test_a_code_that_the_version_merely_does_not_know_waits_for_nobody(clinician):
    answer = ask(clinician, responses=[{"therapy": "venlafaxine"}]).json()

    assert answer["unrecognised"] == [{"kind": "therapy", "code": "venlafaxine"}]
    assert not models.UnmappedCode.objects.exists()


def test_a_name_that_is_no_code_is_refused_with_what_is_close_to_it(clinician):
    answer = ask(clinician, responses=[{"therapy": "sertralin 50 mg"}])

    assert (answer.status_code, answer.json()["field"]) == (400, "case.responses[0].therapy")
    assert "Close to it: sertraline." in answer.json()["detail"]
    assert "sertralin 50" not in answer.content.decode()


def test_what_somebody_mapped_is_known_at_the_next_request(
    clinician, django_capture_on_commit_callbacks
):
    ask(clinician, responses=[{"therapy": "lustral"}])
    with django_capture_on_commit_callbacks(execute=True):
        unmapped_codes.resolve(
            code=models.UnmappedCode.objects.get(), kind="therapy", entry="sertraline", by="admin"
        )

    answer = ask(clinician, responses=[{"therapy": "Lustral"}]).json()

    assert answer["read_as"][0]["code"] == "sertraline"
