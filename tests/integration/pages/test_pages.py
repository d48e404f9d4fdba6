"""The clinician's pages: who sees them, what a list looks like, and how it is decided."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from api.permissions import PAGE_ACCESS, may
from recommender import models
from recommender.services.access import Role
from tests import learned
from tests.integration.pages.conftest import CASE

pytestmark = pytest.mark.django_db
IN_4_WEEKS = (timezone.localdate() + timedelta(weeks=4)).isoformat()
PAGES = {
    "pages:queue": "/review/",
    "pages:review": "/review/00000000-0000-0000-0000-000000000001/",
    "pages:compare": "/review/00000000-0000-0000-0000-000000000001/compare/",
    "pages:print": "/review/00000000-0000-0000-0000-000000000001/print/",
    "pages:plan": "/review/00000000-0000-0000-0000-000000000001/plan/",
    "pages:second": "/review/second/00000000-0000-0000-0000-000000000001/",
    "pages:take-up": "/review/00000000-0000-0000-0000-000000000001/take-up/",
    "pages:acknowledge": "/review/00000000-0000-0000-0000-000000000001/acknowledge/",
    "pages:ask": "/ask/",
    "pages:trial": "/try/",
}


def test_every_page_is_open_to_clinicians_alone(person):
    for role in Role:
        client = person(role)
        for name, address in PAGES.items():
            for method in PAGE_ACCESS[name]:
                shut = client.generic(method, address).status_code == 403
                assert shut != may(frozenset({role}), name, method), (role, name, method)


def test_a_suggestion_shows_published_studies_with_their_source(clinician):
    learned.a_live_version(evidence=learned.STUDIES)
    asked = {"pathway": "depression", "case": CASE}
    given = clinician.post("/api/v1/suggestions/", asked, content_type="application/json").json()

    page = clinician.get(f"/review/{given['id']}/").content.decode()

    card = next(each for each in page.split('<li class="card">') if "Cbt</h3>" in each)
    assert "Published studies: 2 studies of 160 people" in card
    assert "no study here shows that they differ" in card
    assert "Source: Trials (trials v1)." in card


def test_whoever_has_not_logged_in_is_sent_to_the_log_in_and_back(client):
    for name, address in PAGES.items():
        method = "GET" if "GET" in PAGE_ACCESS[name] else "POST"
        response = client.generic(method, address)

        assert response.status_code == 302
        assert response["Location"] == f"/login/?next={address}"


@pytest.mark.parametrize(
    ("role", "desk"), [(Role.CLINICIAN, "/review/"), (Role.EHR_CLIENT, "/api/docs/")]
)
def test_the_start_leads_everybody_to_their_own_desk(person, role, desk):
    assert person(role).get("/")["Location"] == desk


def test_the_address_that_a_card_links_to_leads_to_the_page(clinician, ask):
    found = ask()

    response = clinician.get(f"/review/{found.pk}", follow=True)

    assert response.status_code == 200
    assert "Suggestions for review" in response.content.decode()


def test_the_page_shows_the_case_the_suggestions_and_what_was_withheld(clinician, ask):
    found = ask()

    page = clinician.get(f"/review/{found.pk}/").content.decode()

    assert "insomnia: 3" in page
    assert "sertraline: did not respond" in page
    for suggestion in found.answer["suggestions"]:
        assert suggestion["therapy"]["name"] in page
    assert "A rule for tests." in page
    assert "Simulated data." in page
    assert "similar cases respond</strong>" in page
    assert found.safety_rules_version in page


def test_an_answer_without_probabilities_is_shown_without_any(clinician, ask):
    found = ask()
    for suggestion in found.answer["suggestions"]:
        suggestion.update(probability=None, interval=None, baseline=None)
    found.save()

    page = clinician.get(f"/review/{found.pk}/").content.decode()

    assert "no probability is shown for this version" in page
    assert "Estimate" not in page
    assert "usual choice" not in page


def test_what_was_counted_stands_apart_from_the_estimate(clinician, ask):
    found = ask()
    given = found.answer["suggestions"][0]
    given.update(
        probability=0.61,
        interval={"level": 0.9, "lower": 0.52, "upper": 0.69},
        baseline=0.48,
        support={"cases": 20, "responded": 0.7},
    )
    found.save()

    page = clinician.get(f"/review/{found.pk}/").content.decode()

    assert (
        "Estimate: about 6 in 10 similar cases respond</strong>; 5 in 10 with the usual choice; "
        "based on 20 cases" in page
    )
    assert "Between 52 and 69 in 100 (90% interval)." in page
    assert "Counted: 14 of 20 similar cases who had it responded." in page


def test_nothing_is_chosen_beforehand(clinician, ask):
    page = clinician.get(f"/review/{ask().pk}/").content.decode()

    assert 'type="radio"' in page
    assert " checked" not in page


def test_pages_need_no_inline_script_or_style(clinician, ask):
    for address in (f"/review/{ask().pk}/", "/review/", "/ask/"):
        response = clinician.get(address)

        assert "unsafe" not in response["Content-Security-Policy"]
        page = response.content.decode()
        assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=", page)


def test_a_suggestion_is_accepted_and_the_page_says_so(clinician, ask):
    found = ask()
    code = found.answer["suggestions"][0]["therapy"]["code"]

    response = clinician.post(f"/review/{found.pk}/", {"decision": f"accept:{code}"}, follow=True)

    (recorded,) = found.reviews.all()
    assert (recorded.outcome, recorded.therapy) == ("accepted", code)
    assert "It can be changed until" in response.content.decode()


@pytest.mark.parametrize(
    ("form", "outcome", "therapy"),
    [
        ({"decision": "none-fits"}, "overridden", ""),
        ({"decision": "defer"}, "deferred", ""),
        ({"decision": "watch", "review_on": IN_4_WEEKS}, "deferred", ""),
    ],
)
def test_declining_a_list_is_recorded_as_what_it_is(clinician, ask, form, outcome, therapy):
    found = ask()

    clinician.post(f"/review/{found.pk}/", form)

    (recorded,) = found.reviews.all()
    assert (recorded.outcome, recorded.therapy) == (outcome, therapy)


def test_watching_says_when_to_review_again(clinician, ask):
    found = ask()

    page = clinician.post(
        f"/review/{found.pk}/", {"decision": "watch", "review_on": IN_4_WEEKS}, follow=True
    )

    (recorded,) = found.reviews.all()
    assert recorded.reason_code == "watch-and-review"
    assert recorded.review_on.isoformat() == IN_4_WEEKS
    assert "Watched until" in page.content.decode()


@pytest.mark.parametrize("day", ["", "tomorrow", "2020-01-01"])
def test_watching_without_a_day_to_come_is_asked_for_again(clinician, ask, day):
    found = ask()

    refused = clinician.post(f"/review/{found.pk}/", {"decision": "watch", "review_on": day})

    assert refused.status_code == 400
    assert not found.reviews.exists()


def test_a_therapy_of_ones_own_is_chosen_by_its_name(clinician, ask):
    models.TherapyRecord.objects.create(code="lithium", name="Lithium salts", kind="medication")
    found = ask()

    clinician.post(f"/review/{found.pk}/", {"decision": "other", "therapy": "lithium SALTS"})

    assert found.reviews.get().therapy == "lithium"


def test_a_withheld_therapy_needs_a_reason_and_what_was_written_stays(clinician, ask):
    models.TherapyRecord.objects.create(code="mirtazapine", name="Mirtazapine", kind="medication")
    found = ask()
    form = {"decision": "other", "therapy": "Mirtazapine", "comment": "As agreed in the team."}

    refused = clinician.post(f"/review/{found.pk}/", form)
    clinician.post(f"/review/{found.pk}/", {**form, "reason": "benefit-outweighs-risk"})

    assert refused.status_code == 400
    assert "As agreed in the team." in refused.content.decode()
    assert found.reviews.get().therapy == "mirtazapine"


def test_a_decision_that_was_not_made_is_not_recorded(clinician, ask):
    found = ask()

    assert clinician.post(f"/review/{found.pk}/", {}).status_code == 400
    assert not found.reviews.exists()


def test_a_decision_can_be_changed_for_a_day_and_then_stands(clinician, ask):
    found = ask()
    for therapy in ("none-fits", "defer"):
        clinician.post(f"/review/{found.pk}/", {"decision": therapy})
    models.Review.objects.update(created=timezone.now() - timedelta(hours=25))

    late = clinician.post(f"/review/{found.pk}/", {"decision": "none-fits"})

    assert late.status_code == 409
    assert found.reviews.count() == 2
    assert "The time to change this is over" in late.content.decode()


def test_a_list_that_was_only_deferred_can_be_decided_later(clinician, ask):
    found = ask()
    clinician.post(f"/review/{found.pk}/", {"decision": "defer"})
    models.Review.objects.update(created=timezone.now() - timedelta(hours=25))

    clinician.post(f"/review/{found.pk}/", {"decision": "none-fits"})

    assert [each.outcome for each in found.reviews.all()] == ["deferred", "overridden"]


def test_an_expired_list_says_so_and_takes_no_decision(clinician, ask):
    found = ask()
    models.SuggestionList.objects.update(created=timezone.now() - timedelta(days=31))

    page = clinician.get(f"/review/{found.pk}/").content.decode()
    late = clinician.post(f"/review/{found.pk}/", {"decision": "defer"})

    assert "This list has expired." in page
    assert "Record the decision" not in page
    assert (late.status_code, found.reviews.count()) == (409, 0)


def test_a_held_list_is_shown_once_its_red_flag_is_acted_on(clinician, ask):
    held = ask(instruments=[{"instrument": "phq9", "answers": {"9": 2}}])
    before = clinician.get(f"/review/{held.pk}/").content.decode()

    response = clinician.post(f"/review/{held.pk}/acknowledge/", follow=True)

    assert "Item 9 answered 2." in before
    assert "The suggestions are held." in before
    assert "Acknowledged by" in response.content.decode()
    assert "Accept " in response.content.decode()
    assert models.SuggestionList.objects.count() == 2


def test_two_suggestions_are_compared_side_by_side(clinician, ask):
    found = ask(responses=[])
    codes = [each["therapy"]["code"] for each in found.answer["suggestions"]][:2]

    both = clinician.get(f"/review/{found.pk}/compare/", {"therapy": codes})
    one = clinician.get(f"/review/{found.pk}/compare/", {"therapy": codes[:1]})

    assert (both.status_code, one.status_code) == (200, 400)
    assert "Back to the list" in both.content.decode()


def test_a_case_is_put_together_and_asked_about_without_an_ehr(clinician, live_version):
    models.ConceptRecord.objects.create(
        kind="symptom", code="insomnia", display="Sleeplessness", value_type="severity"
    )

    response = clinician.post(
        "/ask/",
        {"pathway": "depression", "finding": ["Sleeplessness · symptom"], "value": ["3"]},
        follow=True,
    )

    assert "Sleeplessness: severe" in response.content.decode()
    stored = models.SuggestionList.objects.get()
    assert stored.case["findings"] == [{"kind": "symptom", "code": "insomnia", "value": 3.0}]


def test_a_finding_that_is_not_in_the_vocabulary_is_asked_for_again(clinician, live_version):
    response = clinician.post(
        "/ask/", {"pathway": "depression", "finding": ["Sleeplesness"], "value": ["3"]}
    )

    assert response.status_code == 400
    assert "Sleeplesness" in response.content.decode()
    assert not models.SuggestionList.objects.exists()


def test_without_a_live_version_the_page_says_what_to_do(clinician):
    models.Pathway.objects.create(slug="anxiety", title="Anxiety")

    response = clinician.post("/ask/", {"pathway": "anxiety"})

    assert response.status_code == 503
    assert "promote" in response.content.decode()


def test_a_list_that_is_not_there_is_told_on_a_page(clinician):
    response = clinician.get("/review/00000000-0000-0000-0000-000000000001/")

    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")
    assert clinician.get("/review/nowhere/")["Content-Type"].startswith("text/html")


def test_any_version_is_tried_on_a_made_up_case_and_nothing_is_stored(person, live_version):
    models.ModelVersion.objects.update(status="retired", retired_at=timezone.now())
    admin = person(Role.DATASET_ADMIN)
    case = '{"findings": [{"kind": "symptom", "code": "insomnia", "value": 3}]}'

    page = admin.post("/try/", {"version": str(live_version.pk), "case": case}).content.decode()

    assert "Rank 1" in page or "Tied" in page
    assert "Every contribution" in page
    assert not models.SuggestionList.objects.exists()
    assert models.AuditEvent.objects.filter(action="model_version.tried").count() == 1


def test_a_case_is_built_from_the_vocabulary_to_try_a_version(person, live_version):
    admin = person(Role.DATASET_ADMIN)
    models.ConceptRecord.objects.get_or_create(
        kind="symptom",
        code="insomnia",
        defaults={"display": "Insomnia", "value_type": "severity"},
    )
    label = "Insomnia · symptom"
    built = {"version": str(live_version.pk), "finding": [label], "value": ["3"]}

    page = admin.post("/try/", built)
    unknown = admin.post("/try/", built | {"finding": ["moonlight"]})

    assert page.context["read"].suggestions
    assert page.context["finding_rows"][0] == (label, "3")
    assert "Choose each finding from the vocabulary" in unknown.content.decode()
    assert "Not tried yet." in admin.get("/try/?version=nothing").content.decode()


@pytest.mark.parametrize(
    "case",
    [
        "{",
        "[]",
        '{"findings": 1}',
        '{"findings": [{"kind": "symptom", "code": "jane@home.example"}]}',
    ],
)
def test_a_trial_of_what_cannot_be_used_says_why(person, live_version, case):
    page = person(Role.DATASET_ADMIN).post("/try/", {"version": str(live_version.pk), "case": case})

    assert page.status_code == 200
    assert "Not tried yet." in page.content.decode()
