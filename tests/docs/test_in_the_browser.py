"""The site in a real browser: nothing asked of the network, legible on a telephone, on paper, in the dark."""

from contextlib import contextmanager

import pytest
from chromium import DESK, PHONE, opened

SEEN = (
    "index",
    "guide",
    "questions",
    "howto/own-sweep",
    "generated/commands",
    "generated/commands/mfu",
    "generated/laws",
    "generated/laws/steplaw2025",
    "search",
)
"""A page of every kind."""


@contextmanager
def open_page(browser, site, name, width, **looks):
    with opened(browser, site / f"{name}.html", width, **looks) as seen:
        yield seen


LOOKS = [*((name, PHONE, False) for name in SEEN), *((name, DESK, True) for name in SEEN[:4])]


@pytest.mark.parametrize(
    ("name", "width", "dark"), LOOKS, ids=lambda value: value if isinstance(value, str) else int(value)
)
def test_a_page_breaks_no_rule_of_accessibility(browser, site, name, width, dark):
    with open_page(browser, site, name, width, dark=dark) as seen:
        assert seen.violations() == {}
        assert seen.page.locator("h1").is_visible()
        assert seen.overflow() <= 0
        assert seen.errors == []


def test_no_page_is_wider_than_a_telephone_or_asks_for_more_than_files(browser, site):
    names = sorted(path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html"))
    with open_page(browser, site, "index", PHONE) as seen:
        wide = []
        for name in names:
            seen.page.goto((site / f"{name}.html").resolve().as_uri())
            wide += [name] if seen.overflow() > 0 else []
        assert wide == []
        assert seen.errors == []
        assert {url.partition(":")[0] for url in seen.requests} <= {"file", "data"}


@pytest.mark.parametrize("name", ["guide", "generated/laws"])
def test_what_is_too_wide_scrolls_in_its_own_box(browser, site, name):
    with open_page(browser, site, name, PHONE) as seen:
        boxes = seen.page.locator(".content pre[tabindex='0'], .content .table-wrapper[tabindex='0']")
        assert boxes.count() > 0
        scrolled = "box => { box.scrollLeft = 50; return box.scrollLeft }"
        assert boxes.first.evaluate(scrolled) == 50


@pytest.mark.parametrize("name", SEEN[:-1])
def test_print_has_the_text_and_no_navigation(browser, site, name):
    with open_page(browser, site, name, DESK, media="print") as seen:
        assert seen.page.locator("article h1").is_visible()
        assert not seen.page.locator(".sidebar-search").is_visible()
        assert seen.overflow() <= 0
        boxes = "[...document.querySelectorAll('article pre')]"
        cut = f"{boxes}.filter(box => box.scrollWidth > box.clientWidth + 1).length"
        assert seen.page.evaluate(cut) == 0


def test_dark_is_dark(browser, site):
    with (
        open_page(browser, site, "guide", DESK) as light,
        open_page(browser, site, "guide", DESK, dark=True) as dark,
    ):
        assert brightness(light) > 200
        assert brightness(dark) < 60


def brightness(seen):
    """Mean of red, green and blue of the ground, up to 255."""
    color = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in color.removeprefix("rgb(").removesuffix(")").split(", ")) / 3


@pytest.mark.parametrize("words", ["goodput", "bits per byte", "steplaw2025"])
def test_search_finds_pages_without_a_network(browser, site, words):
    with open_page(browser, site, "search", DESK) as seen:
        seen.page.goto(f"{(site / 'search.html').resolve().as_uri()}?q={words.replace(' ', '+')}")
        seen.page.locator("#search-results li a").first.wait_for(timeout=20_000)
        assert seen.errors == []
        assert {url.partition(":")[0] for url in seen.requests} <= {"file", "data"}


def test_every_picture_has_words_in_its_place(browser, site):
    with open_page(browser, site, "index", DESK) as seen:
        assert (
            seen.page.evaluate("[...document.images].filter(image => !image.hasAttribute('alt')).length") == 0
        )
