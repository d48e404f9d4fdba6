"""Reviewing a list: what a clinician decided, and what can't be decided that way."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from recommender import models
from recommender.services.access import Role
from tests.integration.suggestions.bodies import ADDRESS, sleepless

pytestmark = pytest.mark.django_db


@pytest.fixture
def given(clinician, live_version):
    """A list on which mirtazapine is withheld and sertraline is known to have failed."""
    body = sleepless(
        findings=[{"kind": "symptom", "code": "fatigue", "value": 3}],
        responses=[{"therapy": "sertraline", "response": "none"}],
    )
    return clinician.post(ADDRESS, body, format="json").json()


@pytest.fixture
def review(clinician, given):
    def send(client=clinician, **body):
        return client.post(f"{ADDRESS}{given['id']}/reviews/", body, format="json")

    return send


def test_a_suggested_therapy_is_accepted(review, clinician, given):
    response = review(outcome="accepted", therapy="cbt")

    assert response.status_code == 201
    recorded = models.Review.objects.get()
    assert (recorded.outcome, recorded.therapy) == ("accepted", "cbt")
    assert recorded.reviewed_by == clinician.username
    assert response.json()["id"] == str(recorded.pk)


def test_reviews_are_shown_with_the_list_in_their_order(review, clinician, given):
    review(outcome="deferred", reason="incomplete-findings")
    review(outcome="accepted", therapy="cbt", comment="After talking it over.")

    shown = clinician.get(f"{ADDRESS}{given['id']}/").json()["reviews"]

    assert [one["outcome"] for one in shown] == ["deferred", "accepted"]
    assert shown[1]["comment"] == "After talking it over."


def test_a_list_is_overridden_by_a_choice_of_ones_own(review):
    response = review(
        outcome="overridden", therapy="lithium", reason="clinical-judgement", comment="As before."
    )

    assert response.status_code == 201
    assert response.json()["reason"] == "clinical-judgement"


def test_a_withheld_therapy_cannot_be_accepted(review):
    response = review(outcome="accepted", therapy="mirtazapine")

    assert (response.status_code, response.json()["code"]) == (409, "refused")
    assert not models.Review.objects.exists()


def test_a_safety_stop_is_overridden_only_with_a_reason(review):
    without = review(outcome="overridden", therapy="mirtazapine")
    with_reason = review(
        outcome="overridden", therapy="mirtazapine", reason="benefit-outweighs-risk"
    )

    assert (without.status_code, without.json()["field"]) == (400, "reason")
    assert with_reason.status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"outcome": "accepted"}, "therapy"),
        ({"outcome": "accepted", "therapy": "sertraline"}, "therapy"),
        ({"outcome": "accepted", "therapy": "unheard-of"}, "therapy"),
        ({"outcome": "approved"}, "outcome"),
        ({"outcome": "deferred", "therapy": "cbt"}, "therapy"),
        ({"outcome": "overridden", "therapy": "the blue pills"}, "therapy"),
        ({"outcome": "overridden", "reason": "because"}, "reason"),
        ({"outcome": "overridden", "reason": "other"}, "comment"),
        ({"outcome": "deferred", "comment": "Call Mrs Example first"}, "comment"),
        ({"outcome": "deferred", "comment": "reach them at ann@example.org"}, "comment"),
        ({"outcome": "deferred", "comment": "x" * 2001}, "comment"),
    ],
)
def test_what_cannot_be_recorded_is_refused_by_its_field(review, body, field):
    response = review(**body)

    assert (response.status_code, response.json()["field"]) == (400, field)
    assert "xample" not in response.content.decode()
    assert not models.Review.objects.exists()


def test_a_review_leaves_an_audit_event(review, clinician, given):
    review(outcome="accepted", therapy="cbt")

    event = models.AuditEvent.objects.latest("id")
    assert (event.action, event.target) == ("suggestion_list.reviewed", given["id"])
    assert event.actor == clinician.username


def test_a_list_that_is_not_there_cannot_be_reviewed(clinician, live_version):
    unknown = f"{ADDRESS}00000000-0000-0000-0000-000000000001/reviews/"

    response = clinician.post(unknown, {"outcome": "deferred"}, format="json")

    assert response.status_code == 404


def test_an_ehr_client_reads_lists_but_does_not_review(review, caller):
    response = review(client=caller(Role.EHR_CLIENT), outcome="deferred")

    assert response.status_code == 403


def test_a_repeated_review_with_its_key_is_recorded_once(clinician, given):
    address = f"{ADDRESS}{given['id']}/reviews/"
    for _ in range(2):
        response = clinician.post(
            address, {"outcome": "deferred"}, format="json", HTTP_IDEMPOTENCY_KEY="once"
        )

    assert response.status_code == 201
    assert models.Review.objects.count() == 1


def test_a_list_is_watched_until_a_day(review, given):
    day = timezone.localdate() + timedelta(weeks=4)

    response = review(outcome="deferred", reason="watch-and-review", review_on=day.isoformat())

    assert response.json()["review_on"] == day.isoformat()
    watched = models.SuggestionList.objects.get(pk=given["id"])
    assert (watched.stage, watched.due_on) == ("watching", day)
    review(outcome="deferred")
    watched.refresh_from_db()
    assert (watched.stage, watched.due_on) == ("waiting", None)


@pytest.mark.parametrize(
    ("outcome", "days"), [("deferred", 0), ("deferred", -1), ("deferred", 400), ("overridden", 7)]
)
def test_only_a_deferral_has_a_day_and_that_in_the_year_to_come(review, outcome, days):
    day = timezone.localdate() + timedelta(days=days)

    response = review(outcome=outcome, review_on=day.isoformat())

    assert (response.status_code, response.json()["field"]) == (400, "review_on")


def test_the_database_knows_a_day_of_deferrals_only(review):
    review(outcome="overridden")

    with pytest.raises(IntegrityError):
        models.Review.objects.update(review_on=timezone.localdate())


def test_a_choice_that_the_version_does_not_know_is_screened_all_the_same(review, given):
    models.TherapyRecord.objects.create(code="lithium", name="Lithium", kind="medication")
    models.SafetyRuleRecord.objects.create(
        code="lithium-fatigue",
        therapy="lithium",
        kind="symptom",
        finding="fatigue",
        severity="withhold",
        reason="Not with fatigue.",
        source="tests",
        floor=True,
    )

    without = review(outcome="overridden", therapy="lithium")
    with_reason = review(outcome="overridden", therapy="lithium", reason="benefit-outweighs-risk")

    assert (without.status_code, without.json()["field"]) == (400, "reason")
    assert with_reason.json()["waits_for_second"]
