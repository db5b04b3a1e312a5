"""Figures: the same bytes every time, fonts embedded, nothing referred to outside, no label over another."""

import re
import struct
import xml.etree.ElementTree as ET
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalecalc import commands
from scalecalc.chart import Axis, Chart, Line, Picture, Points, Zone
from scalecalc.render import SUFFIXES, figure

SIZE = Axis("model size", "parameters", log=True)
LOSS = Axis("loss", "nats/token")


def simple(name="simple", label="law"):
    series = (Line(label, (1e8, 1e9, 1e10), (3.0, 2.5, 2.2)), Points("runs", (2e8, 3e9), (2.8, 2.4)))
    return Chart(name, "A simple chart", SIZE, LOSS, series, "Two things & <more>.")


def kinds():
    return {
        kind: commands.call("plot", kind=kind, **more)
        for kind, more in {
            "isoflop": {},
            "contours": {},
            "models": {},
            "laws": {},
            "fit": {"runs": "chinchilla"},
            "profile": {"runs": "chinchilla", "width": "double"},
        }.items()
    }


@pytest.fixture(scope="module")
def pictures():
    return {kind: answer.picture() for kind, answer in kinds().items()}


def written(picture, suffix):
    page = BytesIO()
    figure.write(picture, suffix, page)
    return page.getvalue()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_figure_regenerates_byte_by_byte(pictures, suffix):
    for picture in (pictures["contours"], pictures["profile"]):
        assert written(picture, suffix) == written(picture, suffix)


def test_every_kind_regenerates_as_the_text_of_a_page(pictures):
    for picture in pictures.values():
        assert figure.svg(picture.charts) == figure.svg(picture.charts)


def test_no_file_holds_a_date(pictures):
    assert b"dc:date" not in written(pictures["models"], ".svg")
    assert b"CreationDate" not in written(pictures["models"], ".pdf")
    assert b"tIME" not in written(pictures["models"], ".png")


def test_fonts_are_embedded_as_journals_ask(pictures):
    data = written(pictures["contours"], ".pdf")
    assert b"/FontFile2" in data
    assert b"/Type3" not in data


def test_letters_of_an_svg_file_are_outlines(pictures):
    assert b"<text" not in written(pictures["contours"], ".svg")


@pytest.mark.parametrize("inches", [3.3, 6.75])
def test_the_width_is_that_of_the_column(inches):
    data = written(Picture((simple(),), inches), ".png")
    (pixels,) = struct.unpack(">I", data[16:20])
    assert pixels == pytest.approx(inches * figure.DOTS_PER_INCH, abs=1)


class TestOnAPage:
    def test_text_stays_text(self):
        texts = "".join(ET.fromstring(figure.svg((simple(),))).itertext())
        for text in ("A simple chart", "model size (parameters)", "1B", "law"):
            assert text in texts

    def test_it_refers_to_nothing_outside(self, pictures):
        for picture in pictures.values():
            drawn = figure.svg(picture.charts)
            assert drawn.startswith("<svg ")
            told = [link for link in re.findall(r'https?://[^"\s<]+', drawn) if "www.w3.org" not in link]
            assert told == []
            assert set(re.findall(r'(?:xlink:)?href="(.)', drawn)) <= {"#"}

    def test_it_says_in_words_what_it_shows(self):
        drawn = figure.svg((simple(),))
        assert 'role="img"' in drawn
        assert 'aria-label="A simple chart. Two things &amp; &lt;more&gt;."' in drawn

    def test_two_of_them_share_no_identifier(self):
        first, second = (figure.svg((simple(name),)) for name in ("one", "two"))
        identifiers = [set(re.findall(r' id="([^"]+)"', drawn)) for drawn in (first, second)]
        assert identifiers[0]
        assert not identifiers[0] & identifiers[1]

    def test_every_reference_has_its_target(self, pictures):
        drawn = figure.svg(pictures["models"].charts)
        targets = set(re.findall(r' id="([^"]+)"', drawn))
        assert {*re.findall(r'href="#([^"]+)"', drawn), *re.findall(r"url\(#([^)]+)\)", drawn)} <= targets

    def test_dark_is_another_paper(self):
        assert "#16181d" in figure.svg((simple(),), dark=True)
        assert "#16181d" not in figure.svg((simple(),))

    @settings(max_examples=25, deadline=None)
    @given(label=st.text(min_size=1, max_size=20))
    def test_a_hostile_label_never_becomes_markup(self, label):
        drawn = figure.svg((simple(label=f"<script>{label}</script>"),))
        root = ET.fromstring(drawn)
        assert [node for node in root.iter() if node.tag.endswith("script")] == []

    def test_a_formula_sign_in_a_label_is_text(self):
        assert "$x^2$" in "".join(ET.fromstring(figure.svg((simple(label="$x^2$"),))).itertext())


def test_no_label_stands_over_another(pictures):
    from scalecalc.render.figure_labels import Box

    for kind in ("contours", "isoflop", "models"):
        boxes = [Box(*box) for box in text_boxes(pictures[kind])]
        meeting = [(a, b) for place, a in enumerate(boxes) for b in boxes[:place] if a.meets(b)]
        assert meeting == [], kind


def text_boxes(picture):
    """What the texts within the panels cover, a hair less, as it is drawn."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with mpl.rc_context({**mpl.rcParamsDefault, **figure.STYLE, "backend": "agg"}):
        drawn = figure._drawn(picture)
        renderer = FigureCanvasAgg(drawn).get_renderer()
        for panel in drawn.axes:
            for text in panel.texts:
                box = text.get_window_extent(renderer)
                yield box.x0 + 0.5, box.y0 + 1.0, box.x1 - 0.5, box.y1 - 1.0


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1e-200, 1e200), st.floats(1e-200, 1e200)), min_size=1, max_size=4),
    st.booleans(),
    st.booleans(),
)
def test_whatever_the_numbers_it_is_drawn(pairs, log, family):
    x, y = zip(*sorted(pairs), strict=True)
    series = (Line("a", x, y, family="f" if family else ""), Points("b", x, y, names=("n",) * len(x)))
    chart = Chart("t", "T", SIZE, Axis("y", log=log), (*series, Zone("z", "x", min(x), max(x))), "")
    assert figure.svg((chart,)).endswith("</svg>")
