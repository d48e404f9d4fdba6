"""The administrator's desk in a real browser: the first page, promotion, roll-back, the stop."""

import pytest
from django.core.files.storage import storages

from recommender import models
from recommender.services import registry
from recommender.services.access import Role
from tests import published
from tests.browser.lists import a_list, a_pathway

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(desk):
    return desk(Role.DATASET_ADMIN, is_staff=True, viewport={"width": 1300, "height": 900})


def test_the_first_page_shows_what_there_is(admin, transactional_db):
    a_list(a_pathway(), urgent=True)

    admin.open("/admin/")
    admin.page.wait_for_load_state("networkidle")
    admin.picture("admin-overview")

    assert admin.says("Alerts nobody has taken up")
    assert admin.page.locator("canvas").count() == 1
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
