"""Cards beside a ranking are kept as safety notices, and feedback on them is joined to those."""

import pytest
from prometheus_client import REGISTRY

from recommender import models
from tests.integration.cds_hooks.bodies import PATH, bundle, patient_view
from tests.integration.cds_hooks.test_feedback import REASONS, entry
from tests.integration.cds_hooks.test_orders import (
    PHENELZINE,
    SERTRALINE,
    cards,
    catalogue,
    draft,
    order,
)

pytestmark = pytest.mark.django_db
FEEDBACK = "/cds-services/order-sign-depression/feedback"
INSOMNIA, SUICIDAL = "193462001", "267073005"
RULE = "ssri-with-insomnia"

__all__ = ["catalogue"]  # the made-up therapies and rule, used by every test here


def overridden(card, code="patient-contraindication", comment=""):
    reason = {"reason": {"code": code, "system": REASONS}, "userComment": comment}
    return entry(card["uuid"], "overridden", overrideReason=reason)


def told(ehr, *entries, path=FEEDBACK):
    return ehr.post(path, {"feedback": list(entries)}).status_code


@pytest.fixture
def warning(ehr):
    (card,) = cards(ehr, order(draft(SERTRALINE), conditions=[INSOMNIA]))
    return card


def test_a_card_on_an_order_is_kept_with_the_rules_that_spoke(warning):
    notice = models.SafetyNotice.objects.get(pk=warning["uuid"])

    assert (notice.therapy, notice.rules, notice.red_flags) == ("sertraline", [RULE], [])
    assert notice.given_to == "cds:ward EHR"
    assert notice.safety_rules_version
    assert notice.suggestion_list is None


def test_an_override_is_kept_once_audited_and_counted_by_rule(ehr, warning):
    labels = {"pathway": "depression", "rule": RULE}

    def counted():
        return REGISTRY.get_sample_value(
            "recommender_safety_rules_overridden_total", labels
        ) or 0  # fmt: skip

    before = counted()
    answers = [told(ehr, overridden(warning, comment="Slept well.")) for _ in range(2)]

    review = models.SafetyNoticeReview.objects.get()
    assert answers == [200, 200]
    assert (review.reason_code, review.comment) == ("contraindicated", "Slept well.")
    assert review.reviewed_by == "cds:ward EHR"
    assert models.AuditEvent.objects.filter(action="safety_notice.reviewed").count() == 1
    assert counted() == before + 1


def test_several_cards_are_told_of_at_once(ehr):
    found = cards(ehr, order(draft(SERTRALINE), draft(PHENELZINE, number="2")))

    assert told(ehr, *map(overridden, found)) == 200
    assert models.SafetyNoticeReview.objects.count() == len(found) > 1


def test_a_comment_that_names_somebody_is_refused_and_nothing_is_kept(ehr, warning):
    named = overridden(warning, comment="Mail jane@home.example")

    assert told(ehr, overridden(warning), named) == 400
    assert not models.SafetyNoticeReview.objects.exists()


def test_there_is_nothing_to_accept_on_a_card_without_suggestions(ehr, warning):
    accepted = entry(warning["uuid"], "accepted", acceptedSuggestions=[{"id": warning["uuid"]}])

    assert told(ehr, accepted) == 400


def test_a_notice_of_another_client_is_passed_over(ehr, warning):
    models.SafetyNotice.objects.update(given_to="cds:another")

    assert told(ehr, overridden(warning)) == 200
    assert not models.SafetyNoticeReview.objects.exists()


def test_the_red_flag_card_of_a_list_is_kept_beside_it(ehr):
    models.ConceptRecord.objects.update_or_create(
        pathway=None,
        kind="symptom",
        code="suicidal_ideation",
        defaults={"codes": {"snomed_ct": SUICIDAL}},
    )
    answered = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "44260-8"}]},
        "valueInteger": 3,
    }
    prefetch = {"conditions": bundle(SUICIDAL), "observations": answered}
    first, *_ = ehr.post(PATH, patient_view(prefetch=prefetch)).json()["cards"]

    answer = told(ehr, overridden(first), path=f"{PATH}/feedback")

    notice = models.SafetyNotice.objects.get(pk=first["uuid"])
    assert (first["indicator"], "suggestions" in first) == ("critical", False)
    assert notice.suggestion_list == models.SuggestionList.objects.get()
    assert notice.red_flags
    assert (answer, notice.reviews.count()) == (200, 1)
    assert not models.Review.objects.exists()
