"""The site of the documentation: complete, without a dead link, and nothing on it from elsewhere."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from scalecalc import commands, tables
from scalecalc.cli.parameters import option_name
from scalecalc.result import Positional

DOCS = Path(__file__).parents[2] / "docs"


class Page(HTMLParser):
    """The links, assets and anchors of a page, and its text."""

    def __init__(self, path):
        super().__init__()
        self.path, self.links, self.assets, self.ids, self.words = path, [], [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        held = dict(attributes)
        if "id" in held:
            self.ids.add(held["id"])
        if tag == "a" and held.get("href"):
            self.links.append(held["href"])
        is_asset = tag in ("script", "img", "iframe", "source") or (
            tag == "link" and held.get("rel") in ("stylesheet", "icon", "preload")
        )
        if is_asset:
            self.assets += [held[name] for name in ("src", "href") if held.get(name)]

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join("".join(self.words).split())


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site).as_posix(): Page(path) for path in site.rglob("*.html")}


def slug(name):
    return name.replace(" ", "-")


@pytest.mark.parametrize("name", commands.names())
def test_every_command_has_a_page_with_every_option_and_its_explanation(pages, name):
    text = pages[f"generated/commands/{slug(name)}.html"].text
    fields = commands.command(name).inputs.model_fields
    for field, info in fields.items():
        is_positional = any(isinstance(mark, Positional) for mark in info.metadata)
        assert (field.upper() if is_positional else option_name(field)) in text
        assert info.description, f"{name}: {field} has no description"
        assert " ".join(re.sub("[`*]", "", info.description).split()) in text.replace("`", "")
    assert "--strict" in text
    assert "Keys of the result" in text


@pytest.mark.parametrize("name", commands.names())
def test_every_key_of_a_result_has_a_meaning(site, name):
    rows = (site.parent / f"docs/generated/commands/{slug(name)}.md").read_text().partition("| key |")[2]
    told = [row.split(" | ") for row in rows.splitlines() if row.startswith("| `")]
    assert all(meaning.rstrip("| ") and kind for _, kind, meaning in told)
    assert told or name == "schema"


def test_every_published_law_has_a_page_with_its_formula_and_source(pages):
    for name, law in tables.all_laws().items():
        text = pages[f"generated/laws/{name}.html"].text
        assert law.arxiv is None or law.arxiv in text
        assert "N counts" in text
        assert "formula" in text
    for name, law in tables.hyperparameter_laws().items():
        text = pages[f"generated/laws/{name}.html"].text
        assert law.arxiv in text
        assert all(rule.formula in text for rule in law.rules.values())


def test_every_page_that_somebody_wrote_is_on_the_site(pages):
    written = {path.relative_to(DOCS).with_suffix(".html").as_posix() for path in DOCS.rglob("*.md")}
    assert {page for page in written if not page.startswith(("generated/", "laws/"))} - {*pages} == {
        "reference.html"
    }


def test_every_internal_link_resolves(pages, site):
    dead = [
        f"{name} -> {link}"
        for name, page in pages.items()
        for link in page.links
        if not urlsplit(link).scheme and not resolves(link, page, pages, site)
    ]
    assert dead == []


def resolves(link, page, pages, site):
    parts = urlsplit(link)
    target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
    if not target.exists():
        return False
    reached = pages.get(target.relative_to(site.resolve()).as_posix())
    return not parts.fragment or reached is None or unquote(parts.fragment) in reached.ids


def test_nothing_on_a_page_comes_from_elsewhere(pages, site):
    assert [asset for page in pages.values() for asset in page.assets if urlsplit(asset).scheme] == []
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//\S+", styles) == []


def test_no_page_shows_the_code_that_wrote_it(pages):
    assert [name for name, page in pages.items() if "[[[cog" in page.text or "cog.out" in page.text] == []


def test_a_page_of_the_repository_gets_the_links_of_the_site(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(DOCS), *sys.path])
    import site_pages

    links = "[a](../reference.md#gpu-hours) [b](../../data/laws.toml#kaplan2020)"
    text = f"<!-- [[[cog\ncog.outl(1)\n]]] -->\nHere.\n<!-- [[[end]]] -->\n{links}"
    told = "Here.\n[a](../generated/commands/gpu-hours.md) [b](../generated/laws/kaplan2020.md)"
    assert site_pages.of_the_site("howto/dollars", text) == told
