"""The administrator's desk in a real browser: the first page, promotion, roll-back, the stop."""

from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from recommender import models
from recommender.services import registry
from recommender.services.access import Role
from tests import published
from tests.browser.lists import a_list, a_pathway

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(desk):
    return desk(Role.DATASET_ADMIN, is_staff=True, viewport={"width": 1300, "height": 900})


def a_reviewed_list(slug, outcome, *, weeks_ago):
    found = a_list(slug)
    when = timezone.now() - timedelta(weeks=weeks_ago)
    review = models.Review.objects.create(
        suggestion_list=found,
        outcome=outcome,
        therapy=found.answer["suggestions"][0]["therapy"]["code"],
        reason_code="other" if outcome == "overridden" else "",
        comment="As agreed." if outcome == "overridden" else "",
        reviewed_by="dr",
    )
    models.Review.objects.filter(pk=review.pk).update(created=when)
    models.SuggestionList.objects.filter(pk=found.pk).update(created=when)


def test_the_first_page_shows_what_there_is(admin, transactional_db):
    slug = a_pathway()
    a_list(slug, urgent=True)
    for weeks, outcome in enumerate(("accepted", "overridden", "accepted", "deferred") * 3):
        for number in range(1 + weeks % 3):
            a_reviewed_list(slug, outcome if number else "accepted", weeks_ago=weeks)

    admin.open("/admin/")
    admin.page.wait_for_load_state("networkidle")
    admin.picture("admin-overview")

    assert admin.says("Alerts nobody has taken up")
    assert admin.page.locator("canvas").count() == 2
    assert admin.says("SIMULATED")
    assert admin.complaints == []


def test_a_version_goes_live_is_replaced_and_is_taken_back(admin, transactional_db):
    registry.forget()
    dataset = published.a_published_dataset()
    first, second = (published.a_version(dataset, seed=seed) for seed in (1, 2))

    for version in (first, second):
        admin.open(f"/admin/recommender/modelversion/{version.pk}/promotion/")
        admin.picture("admin-promotion")
        admin.click("text=Promote depression version >> nth=-1")
        admin.page.wait_for_load_state()
    assert models.ModelVersion.objects.get(status="live") == second

    admin.open("/admin/recommender/modelversion/")
    admin.page.check(f"input[name=_selected_action][value='{second.pk}']")
    admin.page.select_option("select[name=action]", "roll_back")
    admin.page.click("button[name=index]")
    admin.page.wait_for_load_state()

    assert models.ModelVersion.objects.get(status="live") == first
    for version in (first, second):
        storages["artifacts"].delete(version.artifact)


def test_a_version_is_tried_on_a_made_up_case(admin, transactional_db):
    a_pathway()

    admin.open("/try/")
    label = admin.page.locator("#findings option").first.get_attribute("value")
    admin.page.fill("[name=finding] >> nth=0", label)
    admin.page.fill("[name=value] >> nth=0", "2")
    admin.page.click("text=Try it >> nth=-1")
    admin.page.wait_for_load_state()
    admin.picture("try")

    assert admin.page.locator("ol.suggestions li").count() > 0
    assert admin.complaints == []


def test_suggestions_are_stopped_from_the_desk_and_clinicians_see_why(
    admin, desk, transactional_db
):
    found = a_list(a_pathway())

    admin.open("/admin/recommender/suggestionstop/add/")
    admin.page.fill("[name=reason]", "Doses are being checked.")
    admin.picture("admin-stop")
    admin.page.click("[name=_save]")
    admin.page.wait_for_load_state()
    clinician = desk(Role.CLINICIAN)
    clinician.open(f"/review/{found.pk}/")

    assert models.SuggestionStop.objects.get().reason == "Doses are being checked."
    assert clinician.says("Doses are being checked.")
