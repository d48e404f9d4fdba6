"""Feedback on cards becomes a review of the list, once."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from recommender import models
from tests.integration.cds_hooks.bodies import PATH, patient_view

pytestmark = pytest.mark.django_db
FEEDBACK = f"{PATH}/feedback"
REASONS = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"


@pytest.fixture
def card(ehr, live_version):
    models.ConceptRecord.objects.update_or_create(
        pathway=None,
        kind="symptom",
        code="insomnia",
        defaults={"codes": {"snomed_ct": "193462001"}},
    )
    return ehr.post(PATH, patient_view("193462001")).json()["cards"][0]


def entry(card, outcome, **more):
    return {"card": card, "outcome": outcome, "outcomeTimestamp": "2026-11-24T10:00:00Z", **more}


def test_an_accepted_suggestion_is_a_review_of_that_therapy(ehr, card):
    chosen = card["suggestions"][0]
    accepted = entry(card["uuid"], "accepted", acceptedSuggestions=[{"id": chosen["uuid"]}])

    answers = [ehr.post(FEEDBACK, {"feedback": [accepted]}).status_code for _ in range(2)]

    review = models.Review.objects.get()
    assert answers == [200, 200]
    assert (review.outcome, review.reviewed_by) == ("accepted", "cds:ward EHR")
    assert f"Propose {review.therapy}".lower() == chosen["label"].lower()


def test_an_override_keeps_the_reason_and_the_words(ehr, card):
    reason = {"reason": {"code": "patient-refuses", "system": REASONS}, "userComment": "Not now"}

    ehr.post(FEEDBACK, {"feedback": [entry(card["uuid"], "overridden", overrideReason=reason)]})

    review = models.Review.objects.get()
    assert (review.outcome, review.reason_code, review.comment) == (
        "overridden",
        "declined",
        "Not now",
    )


def test_who_accepts_again_after_an_override_has_accepted(ehr, card):
    chosen = {"acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}]}
    first = entry(card["uuid"], "accepted", **chosen)
    then = {**entry(card["uuid"], "overridden"), "outcomeTimestamp": "2026-11-24T10:05:00Z"}
    again = {**first, "outcomeTimestamp": "2026-11-24T10:10:00Z"}

    for told in ([first], [again, then], [first], [then], [again]):
        assert ehr.post(FEEDBACK, {"feedback": told}).status_code == 200

    outcomes = models.Review.objects.order_by("created").values_list("outcome", flat=True)
    assert list(outcomes) == ["accepted", "overridden", "accepted"]


def test_an_older_outcome_that_is_told_later_does_not_take_the_newer_ones_place(ehr, card):
    chosen = {"acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}]}
    given = timezone.now() - timedelta(hours=2)
    models.SuggestionList.objects.update(created=given)
    times = [(given + timedelta(minutes=minutes)).isoformat() for minutes in (5, 4)]
    newer = {**entry(card["uuid"], "overridden"), "outcomeTimestamp": times[0]}
    older = {**entry(card["uuid"], "accepted", **chosen), "outcomeTimestamp": times[1]}

    for told in (newer, older, newer, older):
        assert ehr.post(FEEDBACK, {"feedback": [told]}).status_code == 200

    outcomes = models.SuggestionList.objects.get().reviews.values_list("outcome", flat=True)
    assert list(outcomes) == ["accepted", "overridden"]


def test_a_clock_that_is_ahead_does_not_put_an_answer_after_later_ones(ehr, card):
    chosen = {"acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}]}
    ahead = {**entry(card["uuid"], "overridden"), "outcomeTimestamp": "2999-01-01T00:00:00Z"}
    after = {**entry(card["uuid"], "accepted", **chosen), "outcomeTimestamp": None}

    for told in (ahead, after):
        assert ehr.post(FEEDBACK, {"feedback": [told]}).status_code == 200

    outcomes = models.SuggestionList.objects.get().reviews.values_list("outcome", flat=True)
    assert list(outcomes) == ["overridden", "accepted"]


def test_a_time_before_the_card_was_given_is_not_kept(ehr, card):
    told = {**entry(card["uuid"], "overridden"), "outcomeTimestamp": "1970-05-05T00:00:00Z"}

    assert ehr.post(FEEDBACK, {"feedback": [told]}).status_code == 200

    found = models.SuggestionList.objects.get()
    assert found.reviews.get().answered == found.created


@pytest.mark.parametrize("time", [None, "yesterday", 7, "0001-01-01T00:00:00+14:00", "2026-11-24"])
def test_feedback_without_a_readable_time_is_taken_once(ehr, card, time):
    told = {**entry(card["uuid"], "overridden"), "outcomeTimestamp": time}

    answers = [ehr.post(FEEDBACK, {"feedback": [told]}).status_code for _ in range(2)]

    assert answers == [200, 200]
    assert models.Review.objects.count() == 1


def test_feedback_is_taken_when_the_pathway_is_not_live_any_more(ehr, card):
    models.ModelVersion.objects.update(status="retired")
    overridden = entry(card["uuid"], "overridden")

    assert ehr.get("/cds-services").json() == {"services": []}
    assert ehr.post(FEEDBACK, {"feedback": [overridden]}).status_code == 200
    assert models.Review.objects.count() == 1
    elsewhere = "/cds-services/patient-view-nothing/feedback"
    assert ehr.post(elsewhere, {"feedback": [overridden]}).status_code == 404


def test_a_comment_that_names_somebody_is_refused_and_nothing_is_kept(ehr, card):
    reason = {"userComment": "Call 030 1234567 or mail m@example.org"}
    both = [entry(card["uuid"], "overridden"), entry(card["uuid"], "overridden", overrideReason=reason)]  # fmt: skip  # noqa: E501

    assert ehr.post(FEEDBACK, {"feedback": both}).status_code == 400
    assert not models.Review.objects.exists()


def test_feedback_on_a_card_that_nobody_gave_is_taken_and_changes_nothing(ehr, card):
    unknown = entry(str(uuid.uuid4()), "overridden")

    assert ehr.post(FEEDBACK, {"feedback": [unknown]}).status_code == 200
    assert not models.Review.objects.exists()


def test_no_more_entries_than_one_call_may_bring_are_taken(ehr, card):
    many = [entry(card["uuid"], "overridden")] * 101

    assert ehr.post(FEEDBACK, {"feedback": many}).status_code == 400
    assert not models.Review.objects.exists()
    assert ehr.post(FEEDBACK, {"feedback": many[:100]}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"feedback": []}, {"feedback": [1]}, {"feedback": [{}]}])
def test_malformed_feedback_is_400(ehr, card, body):
    assert ehr.post(FEEDBACK, body).status_code == 400
