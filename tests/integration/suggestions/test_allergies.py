"""Allergies and rules with conditions as a caller meets them."""

import pytest

from recommender import models
from tests.integration.suggestions.bodies import ADDRESS, sleepless

pytestmark = pytest.mark.django_db


def ask(client, **more):
    body = sleepless()
    body["case"].update(more)
    return client.post(ADDRESS, body, format="json")


def test_what_is_not_tolerated_is_withheld_with_the_record_as_its_source(clinician, live_version):
    first = ask(clinician).json()["suggestions"][0]["therapy"]["code"]

    answer = ask(clinician, allergies=[first]).json()

    assert first not in [each["therapy"]["code"] for each in answer["suggestions"]]
    (withheld,) = [each for each in answer["withheld"] if each["therapy"]["code"] == first]
    assert (withheld["rule"], withheld["source"]) == ("allergy", "The case's own record.")
    assert withheld["because"] == [{"kind": "allergy", "code": first}]
    assert models.SuggestionList.objects.get(pk=answer["id"]).case["allergies"] == [first]


def test_an_allergy_that_no_therapy_is_known_for_is_named(clinician, live_version):
    answer = ask(clinician, allergies=["penicillin"]).json()

    assert {"kind": "allergy", "code": "penicillin"} in answer["unrecognised"]


def test_an_allergy_in_free_text_is_refused_and_not_repeated(clinician, live_version):
    answer = ask(clinician, allergies=["came out in a rash"])

    assert (answer.status_code, answer.json()["field"]) == (400, "case.allergies[0]")
    assert "rash" not in answer.content.decode()


def test_a_rule_with_a_condition_withholds_until_enough_is_known(clinician, live_version):
    models.SafetyRuleRecord.objects.create(
        code="own-1",
        therapy="mirtazapine",
        condition={"total_at_least": {"instrument": "phq9", "minimum": 20}},
        severity="withhold",
        reason="Made up for a test.",
        source="tests",
    )

    def rules(**more):
        answer = ask(clinician, **more).json()
        return {
            each["reason"]
            for each in answer["withheld"]
            if each["therapy"]["code"] == "mirtazapine"
        }

    assert rules() == {"Not recorded whether this holds, and it has to be: Made up for a test."}
    assert rules(instruments=[{"instrument": "phq9", "total": 20}]) == {"Made up for a test."}
    assert rules(instruments=[{"instrument": "phq9", "total": 19}]) == set()


def test_a_therapy_beside_the_list_is_held_against_the_allergies_too(clinician, live_version):
    listed = ask(clinician, allergies=["lithium"]).json()
    models.TherapyRecord.objects.get_or_create(
        code="lithium", defaults={"name": "Lithium", "kind": "medication"}
    )

    review = clinician.post(
        f"{ADDRESS}{listed['id']}/reviews/",
        {"outcome": "overridden", "therapy": "lithium"},
        format="json",
    )

    assert review.status_code == 400
    assert review.json()["field"] == "reason"
