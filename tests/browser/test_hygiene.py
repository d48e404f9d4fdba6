"""What every page owes to everybody: WCAG 2.2 AA, small, quick, still, and quiet in the console."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recommender import models
from recommender.clinical.review import Decision, Outcome
from recommender.services import reviews
from recommender.services.access import Role
from tests.browser.axe import WCAG, colours, violations
from tests.browser.lists import a_list, a_pathway
from tests.browser.ordinary import an_ordinary_list
from tests.browser.pace import FIRST_PAINT_MS, MOST_BYTES, MOST_SHIFT, SHIFTS, WEIGHT, quickest

pytestmark = pytest.mark.django_db(transaction=True)
NARROW = {"width": 360, "height": 740}
# What a screen of 1280 by 800 shows at 200 %.
ZOOMED = {"width": 640, "height": 400}
MOVING = """[...document.querySelectorAll('*')].filter(one => {
  const style = getComputedStyle(one);
  return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none';
}).map(one => one.outerHTML.slice(0, 80))"""


@pytest.fixture
def pages(transactional_db):
    slug = a_pathway()
    found, urgent = an_ordinary_list(slug), a_list(slug, urgent=True)
    codes = [one["therapy"]["code"] for one in found.answer["suggestions"][:2]]
    return [
        "/review/",
        f"/review/{found.pk}/",
        f"/review/{urgent.pk}/",
        f"/review/{found.pk}/?order=kind&offered=yes",
        f"/review/{_waits_for_second(slug)}/",
        f"/review/{_expired(slug)}/",
        f"/review/{found.pk}/print/",
        f"/review/{found.pk}/compare/?therapy={codes[0]}&therapy={codes[1]}",
        f"/ask/?pathway={slug}",
        "/ehr/",
        "/nothing-here/",
    ]


def _waits_for_second(slug):
    waiting = an_ordinary_list(slug)
    reviews.record(
        suggestion_list=waiting,
        decision=Decision(Outcome.OVERRIDDEN, "phenelzine", "benefit-outweighs-risk"),
        by="dr-one",
    )
    return waiting.pk


def _expired(slug):
    old = a_list(slug)
    long_ago = timezone.now() - timedelta(days=400)
    models.SuggestionList.objects.filter(pk=old.pk).update(created=long_ago)
    return old.pk


def test_axe_finds_nothing_on_any_page_by_day_and_by_night(desk, pages):
    here = desk(Role.CLINICIAN, bypass_csp=True, color_scheme="light", reduced_motion="reduce")
    found = {}
    for path in [*pages, "/login/"]:
        here.open(path)
        found[path] = violations(here.page, tags=[*WCAG, "best-practice"])
        here.page.emulate_media(color_scheme="dark")
        found[path] += colours(here.page)
        here.page.emulate_media(color_scheme="light")

    assert {path: problems for path, problems in found.items() if problems} == {}


def test_pages_are_quiet_and_still_and_fit_a_narrow_screen_and_a_zoomed_one(desk, pages):
    here = desk(Role.CLINICIAN, viewport=NARROW, device_scale_factor=2, reduced_motion="reduce")
    for path in pages:
        here.page.set_viewport_size(NARROW)
        here.open(path)

        # The missing page is meant to be missing, and the browser says so.
        assert [one for one in here.complaints if "404" not in one] == [], path
        assert here.page.evaluate(MOVING) == [], path
        for size in (NARROW, ZOOMED):
            here.page.set_viewport_size(size)
            wide = here.page.locator("html").evaluate("one => one.scrollWidth")

            assert wide <= size["width"], path
            if path == pages[1]:
                here.picture(f"review-{size['width']}")


def test_pages_are_light_quick_and_do_not_move(desk, pages):
    here = desk(Role.CLINICIAN, bypass_csp=True)
    for path in pages[:-1]:
        here.open(path)
        here.page.wait_for_load_state("networkidle")

        assert here.page.evaluate(WEIGHT) < MOST_BYTES, path
        assert here.page.evaluate(SHIFTS) < MOST_SHIFT, path
        assert quickest(here, path) < FIRST_PAINT_MS, path
