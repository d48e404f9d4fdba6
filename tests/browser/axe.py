"""axe-core put into a page, which the pages' own policy would refuse: `bypass_csp=True`."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules whose answer another theme of the same page can change."""
SETTLED = "document.getAnimations().every(each => each.playState !== 'running')"


def violations(page: Page, *, tags: list[str] = WCAG, within: str | None = None) -> list[str]:
    """What axe finds on the page: the rule, and the first places where it's broken."""
    return _asked(page, {"type": "tag", "values": tags}, within)


def colours(page: Page) -> list[str]:
    """What axe finds of the page in the theme that it has just been given."""
    page.wait_for_function(SETTLED)
    return _asked(page, {"type": "rule", "values": COLOURS}, None)


def _asked(page: Page, run_only: dict[str, object], within: str | None) -> list[str]:
    options = {"runOnly": run_only, "resultTypes": ["violations"]}
    found = Axe().run(page, context=within, options=options).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"][:3]]
