"""Shapes of a schedule: closed sums equal the sums of their steps, and impossible figures are refused."""

from math import cos, fsum, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.training.schedule_shapes import (
    Drops,
    Fall,
    InverseRoot,
    Restarts,
    Stretch,
    sum_of_cosines,
    sum_of_powers,
)

PEAK = 1e-3
ROUNDING = 1e-12
"""Relative; a closed sum of at most 400 terms of like size loses four digits of sixteen at most."""


@st.composite
def stretched(draw):
    """A shape and the stretch that it is laid over."""
    span = draw(st.integers(1, 400))
    low = draw(st.sampled_from([0.0, 1e-5, 1e-4, PEAK]))
    form = draw(st.sampled_from(["linear", "cosine", "exponential", "1-sqrt"]))
    marks = draw(st.lists(st.integers(0, span), max_size=4, unique=True).map(sorted))
    shape = draw(
        st.sampled_from(
            [
                Fall(low or (1e-6 if form == "exponential" else 0.0), draw(st.integers(0, span)), form),
                InverseRoot(draw(st.floats(0.5, 1e5))),
                Drops(tuple(marks), draw(st.floats(0.05, 1.0))),
                Restarts(low, draw(st.integers(1, 6)), draw(st.sampled_from([1, 2, 3, 1.5]))),
            ]
        )
    )
    return shape, Stretch(PEAK, span, after=draw(st.booleans()))


@given(case=stretched(), ends=st.tuples(st.integers(0, 400), st.integers(0, 400)))
def test_the_closed_sum_is_the_sum_of_the_steps(case, ends):
    shape, stretch = case
    first, last = sorted(min(end, stretch.span) for end in ends)
    if isinstance(shape, Restarts) and not stretch.after:
        first = max(first, 1)  # nothing lies before the first step of the first cosine
    steps = [shape.rate(stretch, done) for done in range(first, last + 1)]
    assert shape.total(stretch, first, last) == pytest.approx(fsum(steps), rel=ROUNDING, abs=PEAK * 1e-11)


@given(case=stretched())
def test_no_rate_is_above_the_peak_or_below_zero(case):
    shape, stretch = case
    for done in range(stretch.span + 1):
        assert 0 <= shape.rate(stretch, done) <= PEAK * (1 + 1e-15)


@pytest.mark.parametrize("form", ["linear", "cosine", "exponential", "1-sqrt"])
def test_a_fall_ends_at_its_minimum_to_the_last_digit(form):
    fall = Fall(3.3e-5, 70, form)
    assert fall.rate(Stretch(PEAK, 100, after=False), 100) == 3.3e-5
    assert fall.rate(Stretch(PEAK, 100, after=False), 30) == PEAK


def test_the_one_minus_root_of_haegele():
    # arXiv 2405.18392: 1 - sqrt(x), so half of the cooldown leaves 29.3 % of the peak
    assert Fall(0.0, 100, "1-sqrt").rate(Stretch(1.0, 100, after=False), 50) == pytest.approx(1 - 0.5**0.5)


def test_minicpms_exponential_cooldown_halves_at_equal_intervals():
    # arXiv 2404.06395: 0.5 ** ((s - S) / T)
    fall, stretch = Fall(0.5**4, 400, "exponential"), Stretch(1.0, 400, after=False)
    assert [fall.rate(stretch, done) for done in (100, 200, 300, 400)] == pytest.approx(
        [0.5, 0.25, 0.125, 0.0625]
    )


def test_deepseeks_drops():
    # arXiv 2401.02954: 31.6 % from 80 % of the tokens on, 10 % from 90 % on
    drops, stretch = Drops((800, 900), 0.1**0.5), Stretch(1.0, 1000, after=False)
    assert [drops.rate(stretch, done) for done in (800, 801, 900, 901)] == pytest.approx(
        [1, 0.316, 0.316, 0.1], rel=1e-3
    )


def test_an_inverse_root_is_half_after_three_timescales():
    assert InverseRoot(50).rate(Stretch(1.0, 1000, after=False), 150) == pytest.approx(0.5)


@pytest.mark.parametrize("growth", [1, 2])
def test_restarts_end_each_cosine_at_the_minimum_and_the_next_begins_at_the_peak(growth):
    shape = Restarts(1e-4, 2, growth)
    turn = 300 // (1 + growth)
    assert shape.rate(Stretch(PEAK, 300, after=False), turn) == pytest.approx(1e-4)
    assert shape.rate(Stretch(PEAK, 300, after=True), turn) == PEAK
    assert shape.rate(Stretch(PEAK, 300, after=False), 300) == pytest.approx(1e-4)


@given(
    angle=st.floats(1e-12, 3.0), phase=st.floats(-3, 3), first=st.integers(0, 50), count=st.integers(1, 200)
)
def test_sums_of_cosines(angle, phase, first, count):
    terms = [cos(angle * j + phase) for j in range(first, first + count)]
    assert sum_of_cosines(angle, phase, first, first + count - 1) == pytest.approx(fsum(terms), abs=1e-9)


def test_a_sum_of_cosines_over_whole_turns_is_their_number():
    assert sum_of_cosines(2 * pi, 0.0, 1, 7) == pytest.approx(7)


@pytest.mark.parametrize("exponent", [0.5, -0.5])
@pytest.mark.parametrize("offset", [0.0, 10.5, 1e6])
def test_sums_of_powers_of_many_terms(exponent, offset):
    terms = fsum((j + offset) ** exponent for j in range(1, 20_001))
    assert sum_of_powers(exponent, 1, 20_000, offset) == pytest.approx(terms, rel=1e-13)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Fall(-1.0, 3), "low must be zero or more, not -1.0"),
        (lambda: Fall(0.0, -3), "steps must be"),
        (lambda: Fall(0.0, 3, "exponential"), "low must be above zero"),
        (lambda: InverseRoot(0), "timescale must be above zero"),
        (lambda: Drops((3, 2), 0.5), "at must be rising"),
        (lambda: Drops((3,), 1.5), "factor must be between 0 and 1"),
        (lambda: Restarts(-1, 2), "low must be"),
        (lambda: Restarts(0, 0), "cycles must be one or more"),
        (lambda: Restarts(0, 2, 0.5), "growth must be one or more"),
    ],
)
def test_what_no_shape_has_is_refused_with_its_name(make, told):
    with pytest.raises(ValueError, match=told):
        make()
