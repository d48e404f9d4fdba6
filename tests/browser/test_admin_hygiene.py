"""What the desk's own pages owe: WCAG 2.2 AA, a strict policy, a quiet console, a narrow screen."""

import pytest
from django.contrib import admin
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse

from recommender import models
from recommender.services import chain_checks, registry, uploads
from recommender.services.access import Role
from tests import published
from tests.browser.axe import colours, violations
from tests.browser.conftest import DESKTOP
from tests.browser.lists import a_list, a_pathway
from tests.browser.pace import (
    FIRST_PAINT_MS,
    MOST_BYTES,
    MOST_SHIFT,
    SHIFTS,
    WEIGHT,
    WEIGHT_OF_ALL,
    quickest,
)

pytestmark = pytest.mark.django_db(transaction=True)
NARROW = {"width": 360, "height": 740}
# As Ctrl-E does.
OTHER_THEME = "dispatchEvent(new KeyboardEvent('keydown', {key: 'e', ctrlKey: true}))"
THEME = "document.documentElement.classList.contains('dark') ? 'dark' : 'light'"
TABLE = b"id,arm,insomnia,sex,better\n1,cbt,2,f,1\n2,exercise,1,m,0\n3,cbt,0,f,1\n"


def of(name, *args):
    return reverse(f"admin:recommender_{name}", args=args)


@pytest.fixture
def pages(transactional_db):
    """The pages that are ours, each with something on it."""
    registry.forget()
    a_list(a_pathway())
    dataset = published.a_published_dataset()
    first, second = (published.a_version(dataset, seed=seed) for seed in (1, 2))
    registry.promote(version=first, by="tests")
    table = uploads.receive(
        file=ContentFile(TABLE, name="t.csv"), name="t", pathway="grief", by="x", map_first=True
    )
    refused = models.DataSetUpload.objects.create(
        pathway_slug="grief",
        name="folder",
        status="refused",
        created_by="x",
        finished=table.created,
        problems=[{"file": "cases.csv", "row": 2, "field": "year", "message": "isn't a number"}],
        problem_counts={"not-a-number": 3},
    )
    chain_checks.carry_out(check_id=chain_checks.ask().pk)
    yield [
        "/admin/",
        of("datasetupload_add"),
        of("datasetupload_mapping", table.pk),
        of("datasetupload_change", refused.pk),
        of("dataset_changelist"),
        of("dataset_change", dataset.pk),
        of("trainingrun_add"),
        of("trainingrun_change", first.training_run.pk),
        of("modelversion_change", first.pk),
        of("modelversion_promotion", second.pk),
        f"{of('modelversion_compare')}?version={first.pk}&version={second.pk}",
        of("auditevent_changelist"),
        of("apitoken_add"),
        of("suggestionstop_add"),
        "/try/",
    ]
    for version in (first, second):
        storages["artifacts"].delete(version.artifact)


@pytest.fixture
def everything(desk):
    """Somebody who may see all of it."""

    def make(**options):
        return desk(Role.DATASET_ADMIN, Role.AUDITOR, is_staff=True, is_superuser=True, **options)

    return make


def test_axe_finds_nothing_on_the_desks_pages_by_day_by_night_and_on_a_narrow_screen(
    everything, pages
):
    here = everything(bypass_csp=True)
    here.open(pages[0])
    here.page.evaluate(OTHER_THEME)
    found, themes = {}, set()
    for path in pages:
        here.page.set_viewport_size(DESKTOP)
        here.open(path)
        here.page.wait_for_load_state("networkidle")
        found[path] = violations(here.page)
        themes.add(here.page.evaluate(THEME))
        # The desk remembers it, so that the next page is looked at by night, and so on.
        here.page.evaluate(OTHER_THEME)
        themes.add(here.page.evaluate(THEME))
        found[path] += colours(here.page)
        here.page.set_viewport_size(NARROW)
        found[path] += violations(here.page)

    assert themes == {"light", "dark"}
    assert {path: problems for path, problems in found.items() if problems} == {}


def test_the_desks_pages_keep_to_the_policy_are_quiet_and_fit_a_narrow_screen(everything, pages):
    here = everything(viewport=NARROW)
    complaints, wide = {}, {}
    for path in pages:
        here.complaints.clear()
        assert here.open(path) == 200, path
        here.page.wait_for_load_state("networkidle")
        complaints[path] = list(here.complaints)
        wide[path] = here.page.locator("html").evaluate("one => one.scrollWidth")

    assert {path: said for path, said in complaints.items() if said} == {}
    assert {path: width for path, width in wide.items() if width > NARROW["width"]} == {}


def test_the_desks_pages_are_light_quick_and_do_not_move(everything, pages):
    models.TrainingRun.objects.create(
        pathway=models.Pathway.objects.first(),
        recipe_name="default",
        recipe={},
        seed=1,
        requested_by="x",
    )
    weights, paints, shifts = {}, {}, {}
    for path in pages:
        # A browser of its own, so that nothing is remembered from the page before.
        here = everything(bypass_csp=True)
        here.open(path)
        here.page.wait_for_timeout(2_500 if path == "/admin/" else 500)
        weights[path] = here.page.evaluate(WEIGHT)
        shifts[path] = here.page.evaluate(SHIFTS)
        paints[path] = quickest(here, path)

    assert {path: one for path, one in weights.items() if one >= MOST_BYTES} == {}
    assert {path: one for path, one in paints.items() if one >= FIRST_PAINT_MS} == {}
    assert {path: one for path, one in shifts.items() if one >= MOST_SHIFT} == {}


def test_every_list_and_form_of_the_admin_is_light_and_does_not_move(everything, pages):
    here = everything(bypass_csp=True)
    weights, shifts = {}, {}
    for path in lists_and_forms():
        if here.open(path) == 403:
            continue
        here.page.wait_for_load_state("networkidle")
        weights[path] = here.page.evaluate(WEIGHT_OF_ALL)
        shifts[path] = here.page.evaluate(SHIFTS)

    assert len(weights) > 30
    assert {path: one for path, one in weights.items() if one >= MOST_BYTES} == {}
    assert {path: one for path, one in shifts.items() if one >= MOST_SHIFT} == {}


def lists_and_forms():
    """Of every record that the admin shows, ours or not."""
    for record in admin.site._registry:
        for page in ("changelist", "add"):
            yield reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_{page}")


def test_no_field_is_filled_in_from_another_since_that_library_is_left_out():
    assert [one for one in admin.site._registry.values() if one.prepopulated_fields] == []
