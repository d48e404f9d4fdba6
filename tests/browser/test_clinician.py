"""The clinician's desk in a real browser, from the queue to a decision, and each of its states."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from recommender import models
from recommender.services import access, stops
from recommender.services.access import Role
from tests.browser.lists import a_list, a_pathway

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pathway(transactional_db):
    return a_pathway()


@pytest.fixture
def clinician(desk):
    return desk(Role.CLINICIAN)


def test_a_list_is_reviewed_in_three_clicks_after_log_in(desk, pathway):
    found = a_list(pathway)
    person = User.objects.create_user("dr-one", password="a long enough password")
    access.grant_roles(user=person, roles=frozenset({Role.CLINICIAN}), by="test")
    here = desk()

    here.open("/review/")
    here.picture("log-in")
    here.page.fill("[name=username]", "dr-one")
    here.page.fill("[name=password]", "a long enough password")
    here.page.click("main button[type=submit]")
    here.picture("queue")
    here.click(f"a[href='/review/{found.pk}/']")
    here.picture("review")
    assert here.says("SIMULATED") or here.says("Simulated data")
    assert here.page.locator("input:checked").count() == 0
    here.click("label[for=accept-1]")
    here.click("text=Record the decision")
    here.picture("recorded")

    recorded = found.reviews.get()
    assert here.says("It can be changed until")
    assert here.clicks <= 3
    assert (recorded.outcome, recorded.reviewed_by) == ("accepted", "dr-one")
    assert here.complaints == []


def test_a_decision_is_made_by_keyboard_alone(clinician, pathway):
    found = a_list(pathway)
    clinician.open(f"/review/{found.pk}/")
    page = clinician.page

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "decision":
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=It can be changed until")

    assert found.reviews.count() == 1


def test_another_therapy_is_recorded_with_a_reason_and_changed_later(clinician, pathway):
    found = a_list(pathway)
    clinician.open(f"/review/{found.pk}/")

    clinician.click("label[for=none-fits]")
    clinician.click("text=Another therapy, when to review, reason, comment")
    clinician.page.select_option("#reason", index=1)
    clinician.page.fill("#comment", "Nothing here suits.")
    clinician.click("text=Record the decision")
    clinician.page.wait_for_selector("text=It can be changed until")
    clinician.click("label[for=watch]")
    clinician.click("text=Record the decision")
    clinician.page.wait_for_load_state()

    assert [each.outcome for each in found.reviews.order_by("created")] == [
        "overridden",
        "deferred",
    ]


def test_a_comment_that_names_somebody_is_refused_on_the_page(clinician, pathway):
    found = a_list(pathway)
    clinician.open(f"/review/{found.pk}/")

    clinician.click("label[for=defer]")
    clinician.click("text=Another therapy, when to review, reason, comment")
    clinician.page.fill("#comment", "Call jane@home.example")
    clinician.click("text=Record the decision")
    clinician.page.wait_for_selector("[role=alert]")

    assert not found.reviews.exists()
    assert clinician.page.input_value("#comment") == "Call jane@home.example"


def test_a_red_flag_holds_the_list_until_it_is_acknowledged(clinician, pathway):
    found = a_list(pathway, urgent=True)
    clinician.open(f"/review/{found.pk}/")
    clinician.picture("red-flag")

    headings = clinician.page.locator("h2").all_inner_texts()
    assert headings[0].startswith("Red flags")
    assert clinician.page.locator("ol.suggestions li").count() == 0
    clinician.click("text=I am acting on this")
    clinician.page.wait_for_selector("ol.suggestions li")

    assert clinician.says("Acknowledged by")
    assert clinician.complaints == []


def test_suggestions_are_compared_side_by_side(clinician, pathway):
    found = a_list(pathway)
    clinician.open(f"/review/{found.pk}/")

    clinician.click("label[for=compare-1]")
    clinician.click("label[for=compare-2]")
    clinician.click("text=Compare two or three")
    clinician.page.wait_for_selector("h1")
    clinician.picture("compare")

    names = [one["therapy"]["name"] for one in found.answer["suggestions"][:2]]
    assert all(clinician.says(name) for name in names)


def test_a_list_is_asked_for_without_an_ehr(clinician, pathway):
    clinician.open(f"/ask/?pathway={pathway}")
    option = clinician.page.locator("#findings option").first.get_attribute("value")
    clinician.page.locator("input[list=findings]").first.fill(option)
    clinician.picture("ask")
    clinician.click("main form.card button[type=submit]")
    clinician.page.wait_for_selector("text=What this is based on")

    assert models.SuggestionList.objects.count() == 1


def test_every_state_is_a_page_that_says_what_to_do(desk, clinician, pathway):
    expired, stopped = a_list(pathway), a_list(pathway)
    models.SuggestionList.objects.filter(pk=expired.pk).update(
        created=timezone.now() - timedelta(days=400)
    )
    empty = models.Pathway.objects.create(slug="grief", title="Grief")

    clinician.open(f"/review/{expired.pk}/")
    clinician.picture("expired")
    assert clinician.says("This list has expired")
    assert clinician.page.locator("text=Record the decision").count() == 0

    stops.stop(reason="Doses are being checked.", by="an-admin")
    clinician.open(f"/review/{stopped.pk}/")
    clinician.picture("stopped")
    assert clinician.says("Doses are being checked.")
    clinician.click("label[for=accept-1]")
    clinician.click("text=Record the decision")
    clinician.page.wait_for_selector("text=Stopped at this site")
    assert not stopped.reviews.exists()

    clinician.open(f"/review/?pathway={empty.slug}")
    assert clinician.says("Nothing waits here")
    assert clinician.open(f"/review/{uuid.uuid4()}/") == 404
    clinician.picture("not-found")

    auditor = desk(Role.AUDITOR)
    assert auditor.open(f"/review/{stopped.pk}/") == 403
    auditor.picture("forbidden")
    assert auditor.says("Your role doesn't allow this")


def test_a_pathway_without_a_live_version_says_so(clinician, transactional_db):
    models.Pathway.objects.create(slug="grief", title="Grief")
    models.ConceptRecord.objects.create(
        kind="symptom", code="insomnia", display="Insomnia", value_type="severity"
    )
    clinician.open("/ask/?pathway=grief")
    clinician.page.locator("input[list=findings]").first.fill(
        clinician.page.locator("#findings option").first.get_attribute("value")
    )
    clinician.click("main form.card button[type=submit]")
    clinician.page.wait_for_load_state()
    clinician.picture("no-live-version")

    assert clinician.says("live")
    assert not models.SuggestionList.objects.exists()


def test_the_simulated_ehr_shows_cards_and_tells_what_came_of_them(clinician, pathway):
    clinician.open("/ehr/")
    clinician.page.wait_for_selector("#service option", state="attached")
    clinician.page.select_option("#service", pathway)
    # The made-up version knows two symptoms, so the chart is cut down to these.
    clinician.page.evaluate(
        "charts.patients[0].prefetch = {conditions: null, observations: {resourceType: 'Bundle',"
        " entry: charts.patients[0].prefetch.observations.entry.slice(2, 4)}}"
    )
    clinician.click("#open")
    clinician.page.wait_for_selector("#cards article")
    clinician.picture("ehr")
    clinician.click("#cards button >> nth=0")
    clinician.page.wait_for_selector("#cards .recorded")

    review = models.Review.objects.get()
    assert (review.outcome, review.reviewed_by) == ("accepted", "cds:EHR simulator")
    assert clinician.complaints == []
