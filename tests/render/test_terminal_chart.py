"""Charts in characters: golden files, widths, terminals without color or Unicode, hostile labels.

python -m pytest -n0 tests/render/test_terminal_chart.py --regenerate-charts     writes the golden files anew
"""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from scalecalc import commands
from scalecalc.chart import Axis, Band, Chart, Line, Points, Rule, Zone
from scalecalc.render.terminal_chart import draw

GOLDEN = Path(__file__).parent / "golden"
COLORS = re.compile("\x1b\\[[0-9;]*m")
SIZE = Axis("model size", "parameters", log=True)
LOSS = Axis("loss", "nats/token")


def every_series():
    x = tuple(10.0 ** (8 + step / 8) for step in range(33))
    falling = tuple(2 + 1 / (1 + step / 6) for step in range(33))
    higher = tuple(y + 0.1 for y in falling)
    series = (
        Band("range", x, tuple(y - 0.1 for y in falling), higher),
        Zone("zone", "x", 1e10, 3e10),
        Rule("goal", "y", 2.2),
        Line("law", x[:20], falling[:20]),
        Line("law", x[19:], falling[19:], dashed=True),
        Line("another law", x, higher),
        Line("1e20", x, tuple(y + 0.3 for y in falling), family="budgets"),
        Points("runs", x[::8], higher[::8]),
        Points("outliers", (2e8, 4e9), (2.2, 2.9)),
    )
    return Chart(
        "all", "Every kind of series", SIZE, LOSS, series, "A caption that says what there is to see."
    )


def charts():
    """The golden charts by name; all of closed forms, for a fit's last digits move with its libraries."""
    asked = {
        "isoflop": ("optimal", {"flops": "1e23"}),
        "given": ("optimal", {"flops": "1e23", "params": "8B"}),
        "laws": ("optimal", {"flops": "1e20..1e24", "law": ["besiroglu2024", "hoffmann2022-a3"]}),
        "limits": ("optimal", {"flops": "1e23", "max_params": "13B"}),
        "prediction": ("predict", {"params": "8B", "tokens": "1T"}),
        "time": ("gpu-hours", {"flops": "1e24", "gpus": "1024xh100", "mfu": "40%"}),
    }
    answers = {name: commands.call(command, **given, plot=True) for name, (command, given) in asked.items()}
    return {"every-series": every_series(), **{name: answer.charts[-1] for name, answer in answers.items()}}


@pytest.mark.parametrize("name", charts())
def test_the_drawing_is_the_golden_one(name, request):
    place = GOLDEN / f"{name}.txt"
    drawn = draw(charts()[name], 80)
    if request.config.getoption("--regenerate-charts"):
        place.write_text(drawn)
    assert place.read_text() == drawn, "look at it; if it is meant: --regenerate-charts"


def test_every_golden_file_is_of_a_chart():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(charts())


@pytest.mark.parametrize("columns", [30, 40, 60, 80, 100, 200])
def test_no_line_is_wider_than_asked_for_or_than_100(columns):
    for chart in charts().values():
        assert max(map(cell_len, draw(chart, columns).splitlines())) <= min(columns, 100)


def test_the_height_is_that_of_half_a_screen():
    assert len(draw(charts()["isoflop"], 80).splitlines()) <= 28


def test_color_repeats_and_never_carries_meaning():
    chart = every_series()
    colored = draw(chart, 80, colored=True)
    assert "\x1b[" in colored
    assert [line.rstrip() for line in COLORS.sub("", colored).splitlines()] == draw(chart, 80).splitlines()
    assert "\x1b" not in draw(chart, 80)


def test_every_label_stands_in_the_legend_with_a_sign_of_its_own():
    *_, legend = draw(every_series(), 100).partition("model size (parameters)\n")
    for entry in (
        "░░ range",
        "╎ zone",
        "╌╌ goal",
        "a law",
        "b another law",
        "o runs",
        "* outliers",
        "⠒⠒ budgets",
    ):
        assert entry in legend


def test_curves_carry_the_letters_of_the_legend():
    drawing = draw(charts()["laws"], 80).split("└")[0]
    assert re.search("[⠀-⣿]a|a[⠀-⣿]", drawing)
    assert re.search("[⠀-⣿]b|b[⠀-⣿]", drawing)


def test_plain_is_ascii():
    text = draw(every_series(), 80, plain=True)
    assert text.isascii()
    assert "?" not in text


def test_axes_are_marked_in_numbers_that_people_write():
    drawn = draw(charts()["isoflop"], 80)
    for text in ("5B", "10B", "100B", "2.04"):
        assert text in drawn


@settings(max_examples=30, deadline=None)
@given(label=st.text(min_size=1, max_size=30), caption=st.text(max_size=60))
def test_hostile_labels_send_nothing_that_a_terminal_obeys(label, caption):
    points = Points(label, (1e9,), (2.0,), names=(label,))
    line = Line(f"{label}'", (1e8, 1e9), (2.0, 3.0), family=label)
    drawn = draw(Chart("t", label, SIZE, Axis(label, label), (points, line), caption), 80)
    assert all(sign.isprintable() or sign == "\n" for sign in drawn)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1e-290, 1e290), st.floats(-1e290, 1e290)), min_size=1, max_size=5),
    st.booleans(),
)
def test_whatever_the_numbers_it_is_drawn(pairs, dashed):
    x, y = zip(*sorted(pairs), strict=True)
    chart = Chart("t", "T", SIZE, LOSS, (Line("a", x, y, dashed), Band("b", x, y, y), Points("c", x, y)), "")
    assert len(draw(chart, 60).splitlines()) > 18
