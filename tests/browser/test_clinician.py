"""The clinician's desk in a real browser, from the queue to a decision, and each of its states."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from recommender import models
from recommender.services import access, stops
from recommender.services.access import Role
from tests.browser.conftest import started
from tests.browser.lists import a_list, a_pathway
from tests.browser.ordinary import an_ordinary_list

pytestmark = pytest.mark.django_db(transaction=True)
IN_4_WEEKS = (timezone.localdate() + timedelta(weeks=4)).isoformat()


@pytest.fixture
def pathway(transactional_db):
    return a_pathway()


@pytest.fixture
def clinician(desk):
    return desk(Role.CLINICIAN)


def test_a_list_is_reviewed_in_three_clicks_after_log_in(desk, pathway):
    found = an_ordinary_list(pathway)
    person = User.objects.create_user("dr-one", password="a long enough password")
    access.grant_roles(user=person, roles=frozenset({Role.CLINICIAN}), by="test")
    here = desk()

    here.open("/review/")
    here.picture("log-in")
    here.page.fill("[name=username]", "dr-one")
    here.page.fill("[name=password]", "a long enough password")
    here.page.click("main button[type=submit]")
    here.page.wait_for_selector("table.rows")
    here.picture("queue")
    here.click(f"a[href='/review/{found.pk}/']")
    here.picture("review")
    assert here.says("SIMULATED") or here.says("Simulated data")
    assert here.page.locator("input:checked").count() == 0
    here.click("label[for=accept-1]")
    assert here.page.locator("form:has(#decide) [required]:visible").count() <= 1
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
    clinician.click("text=Reason and comment")
    clinician.page.select_option("#reason", index=1)
    clinician.page.fill("#comment", "Nothing here suits.")
    clinician.click("text=Record the decision")
    clinician.page.wait_for_selector("text=It can be changed until")
    clinician.click("label[for=watch]")
    clinician.page.fill("#review_on", IN_4_WEEKS)
    clinician.click("text=Record the decision")
    clinician.page.wait_for_selector("text=Watched until")

    assert [each.outcome for each in found.reviews.order_by("created")] == [
        "overridden",
        "deferred",
    ]


def test_a_comment_that_names_somebody_is_refused_on_the_page(clinician, pathway):
    found = a_list(pathway)
    clinician.open(f"/review/{found.pk}/")

    clinician.click("label[for=defer]")
    clinician.click("text=Reason and comment")
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


def test_a_form_says_that_it_was_sent_and_is_sent_once(clinician, pathway):
    found = a_list(pathway)
    clinician.open(f"/review/{found.pk}/")
    # Held back here, so that what is shown meanwhile can be looked at.
    clinician.page.evaluate(
        "sent = 0; document.addEventListener('submit', event => {"
        " sent += event.defaultPrevented ? 0 : 1; event.preventDefault(); })"
    )

    clinician.click("label[for=defer]")
    for words in ("Record the decision", "Recording …"):
        clinician.click(f"button:has-text('{words}')")

    assert clinician.page.evaluate("sent") == 1
    assert clinician.page.locator("button[aria-busy=true]").inner_text() == "Recording …"


def test_suggestions_are_compared_side_by_side(clinician, pathway):
    found = an_ordinary_list(pathway)
    clinician.open(f"/review/{found.pk}/")

    clinician.click("label[for=compare-1]")
    clinician.click("label[for=compare-2]")
    clinician.click("label[for=compare-3]")
    clinician.click("text=Compare two or three")
    clinician.page.wait_for_selector("h1")
    clinician.picture("compare")

    names = [one["therapy"]["name"] for one in found.answer["suggestions"][:3]]
    assert all(clinician.says(name) for name in names)


def test_suggestions_are_sorted_by_what_the_person_would_like(clinician, pathway):
    found = an_ordinary_list(pathway)
    clinician.open(f"/review/{found.pk}/")

    clinician.click("text=Sort by preference")
    clinician.page.select_option("#kind", "medication")
    clinician.page.check("#offered")
    clinician.click("text=Sort >> nth=-1")
    clinician.page.wait_for_selector("text=Sorted by preference")
    clinician.picture("sorted")

    headings = clinician.page.locator("ol.suggestions h3").all_inner_texts()
    assert headings[0].endswith("Escitalopram")
    assert headings[-1].endswith("Bright light therapy")
    clinician.page.reload()
    assert clinician.page.locator("ol.suggestions h3").all_inner_texts() == headings


def test_a_page_to_print_for_deciding_together_has_no_ranks(clinician, pathway):
    found = an_ordinary_list(pathway)
    clinician.open(f"/review/{found.pk}/")

    clinician.click("text=Print for deciding together")
    clinician.page.wait_for_selector("text=Wait, and look again")
    clinician.picture("print")

    assert "rank" not in clinician.page.inner_text("main").lower()
    clinician.page.emulate_media(media="print")
    assert clinician.page.locator("[role=note]:has-text('Simulated data')").is_visible()
    assert not clinician.page.locator("button[data-print]").is_visible()
    assert clinician.complaints == []


def test_a_choice_against_the_floor_takes_two_clinicians(desk, clinician, pathway):
    found = an_ordinary_list(pathway)
    clinician.open(f"/review/{found.pk}/")

    clinician.click("label[for=other]")
    clinician.page.fill("#therapy", "Phenelzine")
    clinician.click("text=Record the decision")
    clinician.page.wait_for_selector("text=Safety keeps this back")
    clinician.picture("safety-stop", whole=False)
    clinician.page.select_option("#reason", "benefit-outweighs-risk")
    clinician.click("button:has-text('Ask a second clinician')")
    clinician.page.wait_for_selector("text=Ask a colleague")
    assert not found.reviews.get().counts

    colleague = desk(Role.CLINICIAN)
    colleague.open("/review/?shelf=second")
    colleague.click(f"a[href='/review/{found.pk}/'] >> nth=0")
    colleague.page.wait_for_selector("text=waits for a second person")
    colleague.picture("second-person", whole=False)
    colleague.click("text=I agree: let it count")
    colleague.page.wait_for_selector("text=agreed")

    assert found.reviews.get().counts
    # The choice without a reason was a bad request, and the browser says so.
    assert [one for one in clinician.complaints if "400" not in one] == colleague.complaints == []


def test_where_the_site_asks_for_it_ones_own_plan_comes_first(
    desk, environment, pathway, transactional_db
):
    found = an_ordinary_list(pathway)
    with started({**environment, "PLAN_FIRST": "true"}) as server:
        here = desk(Role.CLINICIAN, url=server.url)
        here.open(f"/review/{found.pk}/")
        here.picture("plan-first")
        assert not here.says("Behavioural activation")

        here.click("label[for=plan-therapy]")
        here.page.fill("#therapy", "Behavioural activation")
        here.click("text=Record my plan")
        here.page.wait_for_selector("text=Your own plan")
        here.picture("plan-kept")

        assert here.says("rank 2 here, tied")
        assert here.page.locator("ol.suggestions > li").count() == 5
        assert here.complaints == []


def test_alerts_are_taken_up_from_the_queue(clinician, pathway):
    a_list(pathway, urgent=True)
    clinician.open("/review/")
    clinician.picture("queue-alert")

    clinician.click("text=I take it up")
    clinician.page.wait_for_selector("h1")

    assert not clinician.says("Alerts nobody has taken up")
    assert clinician.complaints == []


def test_an_open_queue_says_that_it_has_changed_and_nothing_moves(clinician, pathway):
    a_list(pathway)
    clinician.open("/review/")
    before = clinician.page.locator("table.rows").bounding_box()
    look = "document.dispatchEvent(new Event('visibilitychange'))"

    clinician.page.evaluate(look)
    clinician.page.wait_for_load_state("networkidle")
    assert clinician.page.inner_text("#news") == ""
    newer = a_list(pathway)
    clinician.page.evaluate(look)
    clinician.page.wait_for_selector("text=The queue has changed")

    assert clinician.page.locator("table.rows").bounding_box() == before
    clinician.click("text=The queue has changed")
    clinician.page.wait_for_selector(f"a[href='/review/{newer.pk}/']")
    assert clinician.complaints == []


def test_filters_of_the_queue_survive_reload(clinician, pathway):
    a_list(pathway, urgent=True)
    a_list(pathway)
    clinician.open("/review/")

    clinician.page.check("#urgent")
    clinician.page.select_option("#order", "oldest")
    clinician.click("text=Show >> nth=-1")
    clinician.page.wait_for_load_state()
    clinician.page.reload()

    assert clinician.page.is_checked("#urgent")
    assert clinician.page.input_value("#order") == "oldest"
    assert clinician.page.locator("table.rows tbody tr").count() == 1


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


def test_what_a_version_may_not_say_is_said_to_be_missing(clinician, pathway):
    models.ModelVersion.objects.update(personalised=False, calibrated=False)
    found = an_ordinary_list(pathway)
    found.answer["personalised"] = False
    for each in found.answer["suggestions"]:
        each.update(probability=None, interval=None, baseline=None)
    found.answer["suggestions"][-1]["support"] = None
    found.save()

    clinician.open(f"/review/{found.pk}/")
    clinician.picture("without-numbers")

    assert clinician.says("Not personalised:")
    assert clinician.says("Without probabilities:")
    assert clinician.says("too few cases")
    assert clinician.page.locator("svg.strip").count() == 0


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("insufficient", {"status": "insufficient_evidence"}, "No order for this case"),
        ("blocked", {"status": "urgent"}, "A made-up flag stops this list."),
    ],
)
def test_a_list_without_suggestions_is_a_normal_answer(clinician, pathway, name, changes, words):
    found = a_list(pathway, urgent=name == "blocked")
    found.answer |= {**changes, "suggestions": [], "reason": "A made-up flag stops this list."}
    for flag in found.answer["red_flags"]:
        flag["action"] = "block_list"
    found.save()

    clinician.open(f"/review/{found.pk}/")
    clinician.picture(name)

    assert clinician.says(words)
    offered = clinician.page.locator(".choice > label").all_inner_texts()
    assert offered == ["No suggestion fits", "Watch and review on …", "Another therapy", "Defer"]


def test_no_suggestion_and_watching_are_as_large_as_any_suggestion(clinician, pathway):
    found = an_ordinary_list(pathway)
    clinician.open(f"/review/{found.pk}/")

    sizes = {
        chosen: clinician.page.locator(f"label[for={chosen}]").bounding_box()
        for chosen in ("accept-1", "none-fits", "watch")
    }

    assert len({(box["width"], box["height"]) for box in sizes.values()}) == 1


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


def open_chart(clinician, pathway):
    """Open the first made-up chart in the simulated EHR and wait for its cards."""
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


def test_a_card_leads_to_the_review_and_the_ehr_tells_what_came_of_it(clinician, pathway):
    open_chart(clinician, pathway)
    link = clinician.page.locator("#cards a[href*='/review/']").first.get_attribute("href")

    clinician.page.goto(link)
    clinician.click("label[for=accept-1]")
    clinician.click("text=Record the decision")
    clinician.page.wait_for_selector("text=It can be changed until")
    clinician.page.go_back()
    open_chart(clinician, pathway)
    clinician.click("#cards button >> nth=0")
    clinician.page.wait_for_selector("#cards .recorded")

    by = [each.reviewed_by for each in models.Review.objects.order_by("created")]
    assert len(by) == 2
    assert by[1] == "cds:EHR simulator"
    clinician.page.goto(
        clinician.page.locator("#cards a[href*='/review/']").first.get_attribute("href")
    )
    assert clinician.says("Earlier lists for the same patient")


def test_the_simulated_ehr_shows_cards_and_tells_what_came_of_them(clinician, pathway):
    open_chart(clinician, pathway)
    clinician.picture("ehr")
    clinician.click("#cards button >> nth=0")
    clinician.page.wait_for_selector("#cards .recorded")

    review = models.Review.objects.get()
    assert (review.outcome, review.reviewed_by) == ("accepted", "cds:EHR simulator")
    assert clinician.complaints == []
