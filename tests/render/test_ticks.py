"""Marks of axes: round, in order, in the program's number grammar, never a logarithm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.chart import Axis, Chart, Line, Rule
from scalecalc.quantity import Duration, Flops, Params
from scalecalc.render.ticks import Limits, limits, ticks

LOG_AXES = [Axis("x", unit, log=True) for unit in ("FLOPs", "parameters", "seconds", "USD", "", "GPUs")]


def marked(unit, low, high, most=8, *, log=True):
    return [tick.text for tick in ticks(Axis("x", unit, log=log), Limits(low, high, log), most)]


@pytest.mark.parametrize(
    ("unit", "low", "high", "expected"),
    [
        ("parameters", 8e8, 2e12, ["1B", "10B", "100B", "1T"]),
        ("FLOPs", 1e20, 1e24, ["1e20", "1e21", "1e22", "1e23", "1e24"]),
        ("FLOPs", 1e18, 1e26, ["1e18", "1e20", "1e22", "1e24", "1e26"]),
        ("parameters", 9e9, 1.2e11, ["10B", "20B", "50B", "100B"]),
        ("GPUs", 60, 20_000, ["100", "1K", "10K"]),
        ("seconds", 8e4, 9e6, ["1 day", "3 days", "10 days", "30 days", "100 days"]),
        ("USD", 9e3, 2e6, ["$10K", "$100K", "$1M"]),
        ("", 1.75, 1.9, ["1.75", "1.80", "1.85", "1.90"]),
    ],
)
def test_logarithmic_axes(unit, low, high, expected):
    assert marked(unit, low, high, 5) == expected


@pytest.mark.parametrize(
    ("unit", "low", "high", "expected"),
    [
        ("nats/token", 1.98, 2.12, ["2.00", "2.05", "2.10"]),
        ("", -0.031, 0.049, ["-0.02", "0", "0.02", "0.04"]),
        ("share", 0.0, 1.0, ["0", "25%", "50%", "75%", "100%"]),
        ("seconds", 0.0, 5 * 86400.0, ["0", "2 days", "4 days"]),
        ("parameters", 0.0, 9e9, ["0", "2B", "4B", "6B", "8B"]),
    ],
)
def test_even_axes(unit, low, high, expected):
    assert marked(unit, low, high, 5, log=False) == expected


@given(
    axis=st.sampled_from(LOG_AXES),
    low=st.floats(1, 1e280),
    ratio=st.floats(1.01, 1e15),
    most=st.integers(2, 9),
)
def test_marks_lie_between_the_ends_rising_and_tell_apart(axis, low, ratio, most):
    ends = Limits(low, low * ratio, log=True)
    found = ticks(axis, ends, most)
    places = [tick.at for tick in found]
    slack = 1 + 1e-9
    assert all(ends.low / slack <= place <= ends.high * slack for place in places)
    assert places == sorted(set(places))
    assert len(found) <= most


@given(low=st.floats(1, 1e30), ratio=st.floats(10, 1e12))
def test_marks_of_quantities_read_back_to_themselves(low, ratio):
    ends = Limits(low, low * ratio, log=True)
    for unit, kind in (("FLOPs", Flops), ("parameters", Params), ("seconds", Duration)):
        for tick in ticks(Axis("x", unit, log=True), ends, 6):
            assert kind.parse(tick.text) == pytest.approx(tick.at, rel=0.006)  # three digits


def test_limits_hold_all_that_is_shown_with_a_little_room():
    line = Line("a", (1e20, 1e22), (2.0, 3.0))
    chart = Chart("t", "T", Axis("x", log=True), Axis("y"), (line, Rule("b", "x", 1e24)), "")
    x, y = limits(chart)
    assert 0.5e20 < x.low < 1e20
    assert 1e24 < x.high < 2e24
    assert 1.9 < y.low < 2.0
    assert 3.0 < y.high < 3.1


@pytest.mark.parametrize("value", [1e-300, 2.0, 1e300])
def test_a_single_value_has_room_on_both_sides(value):
    line = Line("a", (value,), (value,))
    chart = Chart("t", "T", Axis("x", log=True), Axis("y"), (line,), "")
    for ends in limits(chart):
        assert ends.low < value < ends.high
        assert ends.place(value) == pytest.approx(0.5, abs=1e-6)
