"""What charts of several commands share: grids, curves without what no axis shows, dashes beyond a range."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.chart import Axis, Points, Rule
from scalecalc.commands._charts import SIZE, around, chart, curve, grid, traced, within
from scalecalc.laws import Range

LOSS = Axis("loss")


@given(low=st.floats(1e-100, 1e100), ratio=st.floats(1.001, 1e50))
def test_a_grid_rises_evenly_in_logs_from_end_to_end(low, ratio):
    values = grid(low, low * ratio, 7)
    assert values[0] == pytest.approx(low)
    assert values[-1] == pytest.approx(low * ratio)
    steps = [after / before for before, after in pairwise(values)]
    assert steps == pytest.approx([ratio ** (1 / 6)] * 6)


def test_around_reaches_as_far_to_both_sides():
    values = around(5.0, 10.0)
    assert (values[0], values[-1]) == pytest.approx((0.5, 50.0))


def test_a_curve_leaves_out_what_no_axis_shows():
    answers = {1.0: 2.0, 2.0: None, 3.0: float("inf"), 4.0: -1.0, 5.0: 6.0}
    assert curve("a", answers, answers.get).x == (1.0, 5.0)
    assert curve("a", (0.0, 2.0), lambda x: 1 / x).y == (0.5,)
    assert traced("a", (0.0, 2.0), lambda t: (t, 1 / t)).x == (2.0,)


def test_a_curve_is_dashed_outside_what_a_law_was_fitted_on():
    lines = list(within("law", grid(1.0, 1e6), lambda x: x, Range(1e2, 1e4)))
    assert [line.dashed for line in lines] == [True, False, True]
    assert [line.x[0] for line in lines] == pytest.approx([1.0, 1e2, 1e4])
    assert lines[0].x[-1] == lines[1].x[0]


def test_a_law_without_a_published_range_is_not_dashed():
    (line,) = within("law", grid(1.0, 1e6), lambda x: x, Range())
    assert not line.dashed


def test_a_chart_of_nothing_is_none():
    empty = curve("a", (1.0,), lambda x: None)
    assert chart("t", "T", (SIZE, LOSS), (empty, Rule("b", "x", 1.0), None), "") is None
    held = chart("t", "T", (SIZE, LOSS), (empty, Points("b", (1.0,), (1.0,)), None), "")
    assert [series.label for series in held.series] == ["b"]
