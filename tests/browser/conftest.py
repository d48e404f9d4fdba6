"""Chromium on the real server: people who log in, pages that are looked at, pictures of them.

Screenshots are taken where `SCREENSHOTS` names a folder. Without a Chromium these tests are
skipped, unless BROWSER_TESTS=required.
"""

import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from recommender.services import access
from recommender.services.access import Role
from tests.web_server import Server

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DESKTOP = {"width": 1280, "height": 900}
PATIENCE_MS = 10_000


@contextmanager
def started(environment: dict[str, str]) -> Iterator[Server]:
    """The web server with this environment, until the block ends."""
    folder = Path(settings.STATE_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(environment, folder / f"{uuid.uuid4().hex}.log")
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.process.terminate()
        server.process.wait(30)


@pytest.fixture(scope="session")
def server(environment: dict[str, str]) -> Iterator[Server]:
    """The web server, for the rest of the run; it remembers nothing that outlives a test."""
    with started(environment) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser. While it runs, its event loop does, which Django would take for its own."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        if os.environ.get("BROWSER_TESTS") == "required":
            pytest.fail("There is no Chromium, and BROWSER_TESTS=required.")
        pytest.skip("There is no Chromium: apt install chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=path,
            args=[
                *("--no-sandbox", "--disable-dev-shm-usage"),
                # Each window would get pages of the browser's own, which cost as much as ours.
                "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
            ],
        )
        yield browser
        browser.close()


class Desk:
    """One person's browser: what they click, and what the browser complains of."""

    def __init__(self, context: BrowserContext, url: str, pictures: Path | None) -> None:
        self.context, self.url, self._pictures = context, url, pictures
        self.complaints: list[str] = []
        self.clicks = 0
        context.set_default_timeout(PATIENCE_MS)
        self.page: Page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> int:
        """Go there; answers the status."""
        response = self.page.goto(self.url + path)
        assert response is not None
        return response.status

    def click(self, selector: str) -> None:
        self.clicks += 1
        self.page.click(selector)

    def says(self, words: str) -> bool:
        return words in self.page.inner_text("body")

    def picture(self, name: str, *, whole: bool = True) -> None:
        """Keep a picture of the page; what sticks to the window's edges needs `whole=False`."""
        if self._pictures is None:
            return
        self._pictures.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(self._pictures / f"{name}.png"), full_page=whole)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@cache
def _a_password() -> str:
    """Nobody types it, but who has none is taken for a program; hashing one takes long."""
    return make_password(uuid.uuid4().hex)


@pytest.fixture
def desk(
    chromium: Browser, server: Server, transactional_db: None
) -> Iterator[Callable[..., Desk]]:
    """A browser in which somebody with these roles has logged in; without a role nobody has."""
    opened: list[BrowserContext] = []
    password = _a_password()
    pictures = os.environ.get("SCREENSHOTS")

    def make(*roles: Role, is_staff: bool = False, is_superuser: bool = False, **options) -> Desk:
        url = options.pop("url", server.url)
        context = chromium.new_context(viewport=options.pop("viewport", DESKTOP), **options)
        opened.append(context)
        if roles or is_superuser:
            person = User.objects.create(
                username=uuid.uuid4().hex[:8],
                password=password,
                is_staff=is_staff,
                is_superuser=is_superuser,
            )
            access.grant_roles(user=person, roles=frozenset(roles), by="test")
            _log_in(context, person, url)
        return Desk(context, url, Path(pictures) if pictures else None)

    yield make
    for context in opened:
        context.close()
    _wait_for_the_last_requests()


QUIET_LOOKS = 4


def _wait_for_the_last_requests() -> None:
    """What a page asked for just before it closed may still hold tables that are emptied next.

    A request is several transactions: nothing is left to come only when several looks find none.
    """
    quiet, deadline = 0, time.monotonic() + 10
    while quiet < QUIET_LOOKS and time.monotonic() < deadline:
        quiet = 0 if _somebody_is_in_a_transaction() else quiet + 1
        time.sleep(0.05)


def _somebody_is_in_a_transaction() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
        )
        return bool(cursor.fetchone() != (0,))


def _log_in(context: BrowserContext, person: User, url: str) -> None:
    client = Client()
    client.force_login(person)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    host = urlsplit(url).hostname
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "domain": host, "path": "/"}]
    )
