"""What a chart may hold: numbers that its axes can show, columns of one length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.chart import Axis, Band, Chart, Line, Points, Rule, Zone, along

LINEAR, LOG = Axis("loss", "nats/token"), Axis("compute", "FLOPs", log=True)


def chart(*series, x=LOG, y=LINEAR):
    return Chart("test", "Test", x, y, series, "A test.")


@pytest.mark.parametrize("series", [(), (Line("empty", (), ()),), (Rule("alone", "x", 1.0),)])
def test_a_chart_without_line_or_points_is_refused(series):
    with pytest.raises(ValueError, match="chart test: no line and no points"):
        chart(*series)


@pytest.mark.parametrize(
    "series",
    [
        Line("a", (1.0, 2.0), (1.0,)),
        Points("a", (1.0,), ()),
        Points("a", (1.0, 2.0), (1.0, 2.0), ("one",)),
        Band("a", (1.0,), (1.0,), ()),
    ],
)
def test_columns_of_different_lengths_are_refused(series):
    with pytest.raises(ValueError, match="chart test: lengths of 'a' differ"):
        chart(Line("whole", (1.0,), (1.0,)), series)


@pytest.mark.parametrize("number", [0.0, -1.0, float("nan"), float("inf")])
def test_a_number_off_a_logarithmic_axis_is_refused(number):
    for series in (Line("a", (number,), (1.0,)), Rule("a", "x", number), Zone("a", "x", 1.0, number)):
        with pytest.raises(ValueError, match="'a' holds a number off axis x"):
            chart(Line("whole", (1.0,), (1.0,)), series)


def test_an_unknown_axis_is_refused():
    with pytest.raises(ValueError, match="axis 'z' of 'a' is neither x nor y"):
        chart(Line("whole", (1.0,), (1.0,)), Rule("a", "z", 1.0))


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        (Line("", (1.0,), (2.0,)), ((1.0,), (2.0,))),
        (Band("", (1.0,), (2.0,), (3.0,)), ((1.0,), (2.0, 3.0))),
        (Rule("", "y", 4.0), ((), (4.0,))),
        (Zone("", "x", 4.0, 5.0), ((4.0, 5.0), ())),
    ],
)
def test_what_a_series_shows_on_either_axis(series, expected):
    assert along(series) == expected


@pytest.mark.parametrize(
    ("axis", "title"),
    [
        (Axis("model size", "parameters"), "model size (parameters)"),
        (Axis("training tokens", "tokens"), "training tokens"),
        (Axis("time", "seconds"), "time"),
        (Axis("ratio"), "ratio"),
    ],
)
def test_a_title_names_the_unit_unless_the_label_or_the_marks_do(axis, title):
    assert axis.title == title


@given(st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=5))
def test_positive_numbers_stand_on_any_axis(values):
    line = Line("a", tuple(values), tuple(values))
    assert chart(line, x=LOG, y=LOG).series == (line,)
