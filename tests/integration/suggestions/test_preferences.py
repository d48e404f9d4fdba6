"""Preferences set therapies aside with the reason; safety has its say before and after."""

import pytest

from recommender import models
from tests.integration.suggestions.bodies import ADDRESS, sleepless

pytestmark = pytest.mark.django_db


def ask(clinician, **preferences):
    body = sleepless(preferences=preferences) if preferences else sleepless()
    response = clinician.post(ADDRESS, body, format="json")
    assert response.status_code == 201, response.content
    return response.json()


def codes(entries):
    return [one["therapy"]["code"] for one in entries]


def test_what_is_not_offered_is_set_aside_and_said(live_version, clinician):
    first = codes(ask(clinician)["suggestions"])[0]

    answer = ask(clinician, not_offered=[first])

    assert first not in codes(answer["suggestions"])
    assert [(one["therapy"]["code"], one["reason"]) for one in answer["set_aside"]] == [
        (first, "It isn't offered here.")
    ]


def test_a_class_to_avoid_is_set_aside_in_any_spelling(live_version, clinician):
    answer = ask(clinician, avoid_classes=["SSRI"])

    assert codes(answer["set_aside"]) == ["sertraline"]
    assert "class (ssri)" in answer["set_aside"][0]["reason"]


def test_a_kind_to_avoid_can_leave_nothing_and_says_so(live_version, clinician):
    answer = ask(clinician, avoid_kinds=["medication"])

    assert answer["suggestions"] == []
    assert answer["status"] == "insufficient_evidence"
    assert "set aside" in answer["reason"]


def test_a_side_effect_to_avoid_sets_aside_what_is_listed_under_it(live_version, clinician):
    answer = ask(clinician, avoid_effects=["sedation"])

    (aside,) = answer["set_aside"]
    assert aside["therapy"]["code"] == "mirtazapine"
    assert "side effect" in aside["reason"]
    assert "unverified" in aside["reason"]
    stored = models.SuggestionList.objects.get(pk=answer["id"])
    assert stored.case["preferences"]["avoid_effects"] == ["sedation"]


def test_a_side_effect_that_nobody_lists_is_refused_with_those_there_are(live_version, clinician):
    response = clinician.post(
        ADDRESS, sleepless(preferences={"avoid_effects": ["sunburn"]}), format="json"
    )

    assert response.status_code == 400
    assert "sedation" in response.json()["detail"]
    assert "sunburn" not in response.content.decode()


def test_what_safety_withholds_stays_withheld_whatever_is_preferred(live_version, clinician):
    models.SafetyRuleRecord.objects.create(
        code="sleepless-rule",
        therapy="mirtazapine",
        kind="symptom",
        finding="insomnia",
        severity="withhold",
        reason="A rule for tests.",
        source="tests",
    )

    answer = ask(clinician, not_offered=["mirtazapine"])

    assert codes(answer["withheld"]) == ["mirtazapine"]
    assert answer["set_aside"] == []


def test_a_code_that_nobody_knows_is_not_kept(live_version, clinician):
    ask(clinician, not_offered=["jane-miller", "sertraline"], avoid_classes=["jane-miller"])

    stored = models.SuggestionList.objects.get()
    assert "jane" not in f"{stored.case}{stored.answer}"
    assert stored.case["preferences"]["not_offered"] == ["sertraline"]


@pytest.mark.parametrize(
    "preferences", [{"avoid_kinds": ["sunshine"]}, {"likes": []}, {"not_offered": "ect"}]
)
def test_preferences_that_cannot_be_read_are_refused_by_field(live_version, clinician, preferences):
    response = clinician.post(ADDRESS, sleepless(preferences=preferences), format="json")

    assert response.status_code == 400
    assert "preferences" in str(response.json())
