"""A rule from draft to bedside in a real browser: drafted, signed by two, published, used."""

import pytest
from django.conf import settings

from recommender import models
from recommender.clinical.case import Case, Finding
from recommender.clinical.coding import FindingKind
from recommender.clinical.suggestion_request import SuggestionRequest
from recommender.services import catalogue, catalogue_drafts, suggestions
from recommender.services.access import Role
from tests.browser.lists import a_pathway

pytestmark = pytest.mark.django_db(transaction=True)
VERSION, ENTRY = "#catalogue-version", "#catalogue-entry"
VIEW = {"width": 1300, "height": 900}


@pytest.fixture
def editor(desk):
    return desk(Role.DATASET_ADMIN, is_staff=True, viewport=VIEW)


@pytest.fixture
def second(desk):
    return desk(Role.DATASET_ADMIN, is_staff=True, viewport=VIEW)


def fill_in_example(editor, number, **cells):
    for name, value in cells.items():
        field = f"[name=example-{number}-{name}]"
        if name == "does":
            editor.page.select_option(field, value)
        else:
            editor.page.fill(field, value)


def press(desk, words, *, then=VERSION):
    desk.page.click(f"button:has-text('{words}')")
    desk.page.wait_for_load_state("networkidle")
    desk.page.wait_for_selector(then)


def begin(desk, reason):
    desk.open("/admin/recommender/catalogueversion/add/")
    desk.page.fill("[name=reason]", reason)
    desk.page.click("[name=_save]")
    desk.page.wait_for_selector(VERSION)


def test_a_rule_is_drafted_signed_by_two_and_published_and_the_next_list_keeps_to_it(
    editor, second, desk, transactional_db
):
    slug = a_pathway()
    catalogue.load(folder=settings.FIXTURES_DIR, by="test")
    sleepless = SuggestionRequest(slug, Case((Finding(FindingKind.SYMPTOM, "insomnia", 3.0),)))
    before = suggestions.suggest(request=sleepless, by="test").answer.as_given()

    begin(editor, "Falls on the ward after mirtazapine.")
    draft = models.CatalogueVersion.objects.get(status="draft")
    editor.page.fill("#new-rule", "SITE-1")
    editor.page.click("form[action*='/entries/rule/'] button")
    editor.page.wait_for_selector(ENTRY)
    for name, value in {
        "therapy": "mirtazapine",
        "finding": "insomnia",
        "reason": "Falls at night.",
        "source": "ward review, unverified",
    }.items():
        editor.page.fill(f"[name={name}]", value)
    editor.page.select_option("[name=kind]", "symptom")
    editor.page.select_option("[name=severity]", "withhold")
    fill_in_example(editor, 0, therapy="mirtazapine", findings="symptom:insomnia", does="withhold")
    editor.picture("catalogue-entry")
    press(editor, "Keep it in the draft")

    assert editor.says("needs two examples")
    assert editor.page.locator("button:has-text('Sign')").count() == 0

    editor.page.click("text=Change it")
    editor.page.wait_for_selector(ENTRY)
    fill_in_example(editor, 1, therapy="mirtazapine", findings="symptom:insomnia=0")
    press(editor, "Keep it in the draft")
    editor.picture("admin-catalogue")
    press(editor, "Sign")

    # On a busy machine the page from before is still there for a moment.
    editor.page.wait_for_selector("text=1 more to sign")
    assert editor.page.locator("button:has-text('Publish')").count() == 0

    second.open(f"/admin/recommender/catalogueversion/{draft.pk}/change/")
    press(second, "Sign")
    press(second, "Publish")

    assert second.says("Catalogue version 2")
    after = suggestions.suggest(request=sleepless, by="test").answer.as_given()
    assert (before["catalogue_version"], after["catalogue_version"]) == (1, 2)
    assert before["suggestions"][0]["therapy"]["code"] == "mirtazapine"
    assert {"mirtazapine"} == {each["therapy"]["code"] for each in after["withheld"]}
    clinician = desk(Role.CLINICIAN)
    clinician.open(f"/review/{after['id']}/")
    clinician.page.click("text=Versions")
    assert clinician.says("Catalogue version 2")
    assert clinician.says("Falls at night.")
    assert editor.complaints == second.complaints == []


def test_the_draft_page_finds_entries_and_says_what_the_floor_forbids(editor, transactional_db):
    catalogue.load(folder=settings.FIXTURES_DIR, by="test")
    draft = catalogue_drafts.begin(reason="A look around.", by="somebody")
    editor.open(f"/admin/recommender/catalogueversion/{draft.pk}/change/")

    editor.page.fill("#q", "valproate")
    press(editor, "Search")
    assert editor.page.locator("#found li").count() > 3
    editor.page.click("#found >> text=rule CI069")
    editor.page.wait_for_selector(ENTRY)
    editor.page.uncheck("[name=active]")
    press(editor, "Keep it in the draft", then=ENTRY)

    assert editor.says("CI069 is of the floor")
    assert models.CatalogueChange.objects.filter(version__status="draft").count() == 0

    editor.page.click("text=Back to the draft")
    editor.page.wait_for_selector(VERSION)
    editor.page.fill("#q", "cbt")
    press(editor, "Search")
    editor.page.click("#found >> text=/^therapy cbt$/")
    editor.page.wait_for_selector(ENTRY)
    editor.page.check("[name=retired]")
    press(editor, "Keep it in the draft")

    assert editor.says("retired")
    assert editor.complaints == []
