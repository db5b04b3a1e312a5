"""Pages opened in a real browser, without a window: what a reader would see, and what must not happen.

The tests skip where there is no Chromium; where CI is set they fail, so that nobody passes over them.
"""

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

PHONE, DESK = 360, 1280
"""Widths in pixels."""


@dataclass
class Opened:
    """A page in the browser, with what it said and asked for since it was opened."""

    page: object
    errors: list = field(default_factory=list)
    requests: list = field(default_factory=list)

    def overflow(self):
        """Pixels by which the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    def violations(self):
        """What axe finds against the rules of accessibility: rule, and the elements that break it."""
        from axe_playwright_python.sync_playwright import Axe

        # Without `preload` axe would fetch style sheets, which a page from a file may not.
        options = {"resultTypes": ["violations"], "preload": False}
        found = Axe().run(self.page, options=options).response["violations"]
        return {each["id"]: [node["target"] for node in each["nodes"]] for each in found}


@pytest.fixture(scope="session")
def browser():
    """A running Chromium."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail("no Chromium on this machine: install the package `chromium`")
    if found is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()


@contextmanager
def opened(browser, path, width=DESK, *, dark=False, media="screen"):
    """The file at `path` in a window of that width, light or dark, on a screen or in print."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    seen = Opened(context.new_page())
    seen.page.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    seen.page.on("request", lambda asked: seen.requests.append(asked.url))
    seen.page.emulate_media(media=media, color_scheme="dark" if dark else "light")
    seen.page.goto(path.resolve().as_uri())
    try:
        yield seen
    finally:
        context.close()
