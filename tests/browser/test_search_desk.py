"""A search in a real browser: asked for, watched until its worker is done, its winner trained."""

import pytest

from recommender import models
from recommender.services.access import Role
from tests.browser.axe import violations
from tests.published import a_published_dataset

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_MS = 60_000


@pytest.fixture
def admin(desk):
    return desk(Role.DATASET_ADMIN, is_staff=True, viewport={"width": 1300, "height": 900})


def test_a_search_is_watched_to_its_end_and_what_it_found_is_trained(admin, celery_worker_process):
    a_published_dataset("grief", name="other")
    a_published_dataset(cases=700)

    admin.open("/admin/recommender/parametersearch/add/")
    # Another pathway has other data sets, and they are asked for as it is chosen.
    for pathway, dataset in (("grief", "other v1"), ("depression", "small v1")):
        admin.page.select_option("[name=pathway]", pathway)
        admin.page.wait_for_selector(f"text={dataset}")
    admin.page.select_option("[name=recipe]", "crossed-effects")
    admin.page.fill("[name=trials]", "6")
    admin.page.fill("[name=name]", "sharper")
    admin.click("button:has-text('Search')")
    # Nobody reloads the page.
    admin.page.wait_for_selector("#train-recipe", timeout=PATIENCE_MS)
    admin.picture("admin-search")

    assert admin.says("Rung 2 of 2, on all of the cases")
    assert admin.says("Better:") or admin.says("The base stays:")
    assert admin.complaints == []
    admin.click("#train-recipe")
    admin.page.wait_for_load_state()
    assert models.ParameterSearch.objects.get().base_name == "crossed-effects"
    assert models.TrainingRun.objects.get().recipe_name == "sharper"


def test_axe_finds_nothing_on_the_desks_own_part_of_a_search(desk, celery_worker_process):
    a_published_dataset()
    here = desk(Role.DATASET_ADMIN, is_staff=True, bypass_csp=True)

    here.open("/admin/recommender/parametersearch/add/")
    form = violations(here.page, within=".desk")
    here.page.fill("[name=trials]", "2")
    here.page.select_option("[name=recipe]", "crossed-effects")
    here.click("button:has-text('Search')")
    here.page.wait_for_selector("#train-recipe", timeout=PATIENCE_MS)
    page = violations(here.page, within=".desk")

    assert (form, page) == ([], [])
