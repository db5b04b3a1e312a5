"""The page of a report: one file that needs nothing else, the same bytes every time, readable by everyone."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from chromium import DESK, PHONE, opened

from scalecalc import commands
from scalecalc.chart import Axis, Chart, Line, Points
from scalecalc.render import page_figure
from scalecalc.render.page_colors import Palette

REPORTS = {
    "runs": ("report", "chinchilla", "--at", "1e24"),
    "plan": ("report", "--plan", "--flops", "1e23", "--gpus", "512xh100"),
    "curve": ("report", "gpt3"),
}

EVERY_LOOK = [
    pytest.param(width, dark, id=f"{width}-{'dark' if dark else 'light'}")
    for width in (PHONE, DESK)
    for dark in (False, True)
]

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def pages(tmp_path_factory, scalecalc):
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, words in REPORTS.items():
        found[name] = folder / f"{name}.html"
        assert scalecalc(*words, "-o", str(found[name])).code == 0
    return found


@pytest.fixture(params=REPORTS)
def page(request, pages):
    return pages[request.param]


class Elements(HTMLParser):
    """Every element with its attributes, and the text within each kind of element."""

    def __init__(self, text):
        super().__init__()
        self.found, self.texts, self.open = [], {}, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


class TestInTheBrowser:
    @pytest.mark.parametrize(("width", "dark"), EVERY_LOOK)
    def test_it_is_in_order_for_every_reader(self, browser, page, width, dark):
        with opened(browser, page, width, dark=dark) as seen:
            assert (seen.errors, seen.violations()) == ([], {})
            assert seen.overflow() <= 0
            assert [url.partition(":")[0] for url in seen.requests] == ["file"]

    @pytest.mark.parametrize("width", [PHONE, DESK])
    def test_everything_is_to_be_seen(self, browser, page, width):
        with opened(browser, page, width) as seen:
            for selector in ("h1", ".answer", ".facts dd", "section", "table", "figure svg", ".steps", "pre"):
                found = seen.page.locator(selector)
                assert found.count() > 0
                assert all(found.nth(place).is_visible() for place in range(found.count())), selector

    def test_the_answer_stands_on_the_first_screen_in_large_type(self, browser, page):
        with opened(browser, page, PHONE) as seen:
            box = seen.page.locator(".answer").bounding_box()
            assert box["y"] + box["height"] < 640
            size = "parseFloat(getComputedStyle(document.querySelector('{}')).fontSize)"
            assert seen.page.evaluate(size.format(".answer")) > 1.2 * seen.page.evaluate(size.format("p"))

    def test_on_paper_it_is_light_and_whole(self, browser, page):
        paper = "getComputedStyle(document.body).backgroundColor"
        with opened(browser, page, 794, dark=True, media="print") as seen:  # A4 at 96 pixels to the inch
            assert seen.page.evaluate(paper) == "rgb(255, 255, 255)"
            assert seen.overflow() <= 0
            assert seen.page.is_visible(".answer")
            assert not seen.page.is_visible("nav")

    def test_figures_follow_the_page_into_the_dark(self, browser, pages):
        ink = "getComputedStyle(document.querySelector('figure svg text')).fill"
        with opened(browser, pages["runs"]) as light, opened(browser, pages["runs"], dark=True) as dark:
            assert light.page.evaluate(ink) != dark.page.evaluate(ink)

    def test_wide_tables_scroll_in_their_own_box(self, browser, pages):
        wider = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
        with opened(browser, pages["plan"], PHONE) as seen:
            assert seen.page.evaluate(wider) > 0
            assert seen.overflow() <= 0

    def test_marks_to_hover_over_lie_on_the_points(self, browser, pages):
        """The invisible marks of the residuals' points, beside the points that matplotlib drew."""
        with opened(browser, pages["runs"]) as seen:
            off = seen.page.evaluate(
                """() => {
                const svg = [...document.querySelectorAll('figure svg')][1];
                const drawn = [...svg.querySelectorAll('[id*=PathCollection] use')].map(e =>
                    [parseFloat(e.getAttribute('x')), parseFloat(e.getAttribute('y'))]);
                const marks = [...svg.querySelectorAll('.hover circle')].map(e =>
                    [parseFloat(e.getAttribute('cx')), parseFloat(e.getAttribute('cy'))]);
                return drawn.map(([x, y]) => Math.min(...marks.map(([a, b]) => Math.hypot(a - x, b - y))));
                }"""
            )
            assert len(off) == 240
            assert max(off) < 0.2


class TestTheFile:
    def test_it_is_less_than_a_megabyte(self, page):
        assert page.stat().st_size < MEGABYTE

    def test_it_loads_nothing_and_runs_nothing(self, page):
        text = page.read_text()
        elements = Elements(text).found
        kinds = [attributes.get("type") for tag, attributes in elements if tag == "script"]
        assert kinds == ["application/json"]
        links = [value for _, attributes in elements for key, value in attributes.items() if is_link(key)]
        assert [link for link in links if not link.startswith(("#", "data:,"))] == []
        assert not any(key.startswith("on") for _, attributes in elements for key in attributes)
        assert "@import" not in text
        assert re.findall(r"url\((?!#)", text) == []

    def test_every_reference_within_it_has_one_target(self, page):
        elements = Elements(page.read_text()).found
        identifiers = [attributes["id"] for _, attributes in elements if "id" in attributes]
        assert len(identifiers) == len(set(identifiers))
        links = [value[1:] for _, each in elements for key, value in each.items() if is_link(key)]
        assert {link for link in links if not link.startswith("ata")} <= set(identifiers)

    def test_it_holds_what_json_prints(self, pages, scalecalc):
        for name, words in REPORTS.items():
            (text,) = Elements(pages[name].read_text()).texts["script"]
            assert json.loads(text) == scalecalc(*words, "--json").json

    def test_every_assumption_source_note_and_step_is_on_it(self, pages, scalecalc):
        for name, words in REPORTS.items():
            document = scalecalc(*words, "--json").json
            texts = " ".join(
                text for each in Elements(pages[name].read_text()).texts.values() for text in each
            )
            flat = " ".join(texts.split())
            told = [*document["assumptions"], *document["sources"], document["result"]["command"]]
            told += [note["message"] for note in document["notes"]]
            told += [step["what"] for step in document["result"]["steps"]]
            assert [text for text in told if " ".join(text.split()) not in flat] == []

    def test_figures_say_in_words_what_they_show(self, page):
        figures = [attributes for tag, attributes in Elements(page.read_text()).found if tag == "svg"]
        assert figures
        assert all(each["role"] == "img" and len(each["aria-label"]) > 20 for each in figures)

    def test_two_processes_write_the_same_bytes(self, tmp_path, clean_environment):
        for name, words in list(REPORTS.items())[-2:]:
            written = [written_by_process(words, tmp_path, clean_environment, seed) for seed in ("1", "2")]
            assert written[0] == written[1], name

    def test_a_table_of_many_runs_stays_below_a_megabyte(self, scalecalc, tmp_path):
        random = np.random.default_rng(5)
        params, tokens = 10 ** random.uniform(7.5, 10.5, 20_000), 10 ** random.uniform(9, 12, 20_000)
        loss = (1.8 + 480 / params**0.35 + 2000 / tokens**0.37) * np.exp(random.normal(0, 0.01, 20_000))
        table = tmp_path / "many.csv"
        rows = zip(params.tolist(), tokens.tolist(), loss.tolist(), strict=True)
        table.write_text("params,tokens,loss\n" + "".join(f"{n},{d},{x}\n" for n, d, x in rows))
        place = tmp_path / "many.html"
        budgets = "1e20..1e24:50"
        assert scalecalc("report", str(table), "--at", budgets, "-o", str(place)).code == 0
        assert place.stat().st_size < MEGABYTE
        assert "One point in 34 is drawn" in place.read_text()


def is_link(attribute):
    return attribute in {"href", "xlink:href", "src", "srcset", "action", "data", "poster", "background"}


def written_by_process(words, folder, environment, seed):
    place = folder / f"{seed}.html"
    command = [sys.executable, "-m", "scalecalc", *words, "-o", str(place)]
    settings = environment(PYTHONHASHSEED=seed, LC_ALL="C" if seed == "1" else "C.UTF-8", TZ=f"UTC{seed}")
    subprocess.run(command, check=True, capture_output=True, env=settings, timeout=120)
    return place.read_bytes()


HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"' onmouseover='alert(1)'",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;&amp;",
    "<!-- --> <![CDATA[",
    "\u202eevil\u2066",
    "\u05d0\u05d1\u05d2 \u0627\u0628",
    "a\0b\x1b[31m\x07",
    "long" * 1000,
    " ".join("w" * 2000),
]


class TestHostileNames:
    def table(self, folder, column, name="runs.jsonl"):
        place = folder / name
        runs = [{column: 10.0**power, "loss": 3 * 10.0 ** (-0.05 * power)} for power in range(6, 14)]
        place.write_text("".join(json.dumps(run) + "\n" for run in runs))
        return str(place)

    @pytest.mark.parametrize("column", HOSTILE, ids=range(len(HOSTILE)))
    def test_a_column_never_becomes_markup(self, browser, scalecalc, tmp_path, column):
        place = tmp_path / "page.html"
        table = self.table(tmp_path, column)
        outcome = scalecalc("report", table, "--x", column, "-o", str(place))
        assert outcome.code == 0, outcome.err
        text = place.read_text()
        assert [sign for sign in text if not sign.isprintable() and sign != "\n"] == []
        elements = Elements(text).found
        assert [tag for tag, _ in elements if tag == "script"] == ["script"]
        assert not [
            attributes for _, attributes in elements if any(key.startswith("on") for key in attributes)
        ]
        assert not [tag for tag, _ in elements if tag == "img"]
        for width in (PHONE, DESK):
            with opened(browser, place, width) as seen:
                assert seen.errors == []
                assert len(seen.requests) == 1
                assert seen.overflow() <= 0
                assert seen.page.evaluate("document.querySelectorAll('script').length") == 1
                text = seen.page.evaluate("document.getElementById('scalecalc-json').textContent")
                assert json.loads(text)["inputs"]["x"] == column

    @pytest.mark.parametrize(
        "name", ["<b>runs<script>.csv", "'\" onload=x.csv", "a;b $(id) `id`.csv", "\u202ecsv.csv"]
    )
    def test_a_file_name_never_becomes_markup(self, browser, scalecalc, tmp_path, name, monkeypatch):
        monkeypatch.chdir(tmp_path)
        self.table(tmp_path, "flops", name)
        place = tmp_path / "page.html"
        assert scalecalc("report", name, "-o", str(place)).code == 0
        text = place.read_text()
        assert "\u202e" not in text
        assert len(re.findall("<script", text)) == 1
        with opened(browser, place) as seen:
            assert seen.errors == []
            assert seen.page.locator("h1 b").count() == 0

    def test_a_zero_byte_is_refused_as_a_table(self, scalecalc, tmp_path):
        table = tmp_path / "runs.csv"
        table.write_bytes(b"a\0b,loss\n1,2\n")
        outcome = scalecalc("report", str(table), "-o", str(tmp_path / "page.html"))
        assert outcome.code == 3
        assert not (tmp_path / "page.html").exists()


class TestFigures:
    def chart(self, points=3, label="runs"):
        x = tuple(10.0 ** (8 + place / 1000) for place in range(points))
        series = (Line("law", x, x), Points(label, x, x))
        return Chart("name", "A chart", Axis("size", "parameters", log=True), Axis("loss"), series, "Told.")

    def test_a_mark_tells_name_and_values_with_units(self):
        drawn = page_figure.figure_of(self.chart(), "one", Palette()).svg
        assert "<title>runs: size 100M parameters, loss 100000000</title>" in drawn

    def test_many_points_are_thinned_and_the_caption_says_so(self):
        found = page_figure.figure_of(self.chart(1500), "one", Palette())
        assert found.caption == "Told. One point in 3 is drawn."
        assert found.svg.count("<title>runs") == 500

    def test_colors_are_variables_with_a_value_for_either_paper(self):
        palette = Palette()
        drawn = page_figure.figure_of(self.chart(), "one", palette).svg
        used = set(re.findall(r"var\((--ink-\d+)\)", drawn))
        light, dark = palette.style().split("@media")
        assert used
        for text in (light, dark):
            assert used == set(re.findall(r"(--ink-\d+):#[0-9a-f]{6};", text))

    def test_a_name_that_looks_like_a_color_stays_text(self):
        palette = Palette()
        drawn = page_figure.figure_of(self.chart(label="run #0072b2"), "one", palette).svg
        assert "run #0072b2</text>" in drawn


def test_a_page_has_the_charts_of_its_chapters_and_no_more(pages):
    answer = commands.call("report", runs="gpt3")
    charts = [chart for chapter in answer.chapters() for chart in chapter.answer.charts]
    elements = Elements(pages["curve"].read_text()).found
    assert [tag for tag, _ in elements].count("figure") == len(charts)
