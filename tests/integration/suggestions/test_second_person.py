"""Choosing against a rule of the floor: a second clinician agrees, or it doesn't count."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from recommender import models
from recommender.services.access import Role
from tests.integration.suggestions.bodies import ADDRESS, sleepless

pytestmark = pytest.mark.django_db
CHOICE = {
    "outcome": "overridden",
    "therapy": "mirtazapine",
    "reason": "benefit-outweighs-risk",
}


@pytest.fixture
def given(clinician, live_version):
    """A list on which a rule of the floor withholds mirtazapine."""
    models.SafetyRuleRecord.objects.filter(code="test-rule").update(floor=True)
    body = sleepless(findings=[{"kind": "symptom", "code": "fatigue", "value": 3}])
    return clinician.post(ADDRESS, body, format="json").json()


@pytest.fixture
def chosen(clinician, given):
    return clinician.post(f"{ADDRESS}{given['id']}/reviews/", CHOICE, format="json").json()


@pytest.fixture
def answer(chosen):
    def send(client, *, agrees):
        address = f"/api/v1/reviews/{chosen['id']}/second/"
        return client.post(address, {"agrees": agrees}, format="json")

    return send


def stage():
    return models.SuggestionList.objects.get().stage


def test_the_list_says_which_rules_are_of_the_floor(given):
    assert [(one["therapy"]["code"], one["floor"]) for one in given["withheld"]] == [
        ("mirtazapine", True)
    ]


def test_a_choice_against_the_floor_waits_for_a_second_person(chosen):
    assert (chosen["waits_for_second"], chosen["second"]) == (True, None)
    assert stage() == "second"


def test_it_counts_once_another_clinician_agrees(answer, caller):
    colleague = caller()

    response = answer(colleague, agrees=True)

    assert response.status_code == 200
    assert response.json()["second"]["by"] == colleague.username
    assert not response.json()["waits_for_second"]
    assert models.Review.objects.get().counts
    assert stage() == "decided"
    assert models.AuditEvent.objects.latest("id").action == "review.second_person_agreed"


def test_a_colleague_who_disagrees_leaves_the_list_undecided(answer, caller, clinician, given):
    answer(caller(), agrees=False)

    assert stage() == "waiting"
    again = clinician.post(
        f"{ADDRESS}{given['id']}/reviews/", {"outcome": "deferred"}, format="json"
    )
    assert again.status_code == 201


def test_nobody_is_their_own_second_person(answer, clinician, chosen):
    response = answer(clinician, agrees=True)

    assert response.status_code == 409
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Review.objects.update(
            second_person=clinician.username, second_agrees=True, second_at=timezone.now()
        )


def test_the_database_takes_no_choice_against_the_floor_without_a_reason(chosen):
    with pytest.raises(IntegrityError):
        models.Review.objects.update(reason_code="")


def test_the_first_answer_of_a_second_person_stays(answer, caller):
    answer(caller(), agrees=True)

    assert answer(caller(), agrees=False).status_code == 409
    assert models.Review.objects.get().second_agrees


def test_a_choice_that_was_replaced_waits_for_nobody(answer, caller, clinician, given):
    clinician.post(f"{ADDRESS}{given['id']}/reviews/", {"outcome": "deferred"}, format="json")

    assert answer(caller(), agrees=True).status_code == 409


def test_only_clinicians_are_second_persons(answer, caller):
    assert answer(caller(Role.EHR_CLIENT), agrees=True).status_code == 403


def test_a_rule_that_the_site_may_switch_off_needs_a_reason_alone(clinician, live_version):
    body = sleepless(findings=[{"kind": "symptom", "code": "fatigue", "value": 3}])
    given = clinician.post(ADDRESS, body, format="json").json()

    chosen = clinician.post(f"{ADDRESS}{given['id']}/reviews/", CHOICE, format="json").json()

    assert not chosen["waits_for_second"]
    assert stage() == "decided"
