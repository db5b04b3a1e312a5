"""Schedules against PyTorch's and transformers' own numbers, and what holds of every schedule."""

import json
from itertools import pairwise
from math import fsum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc import commands
from scalecalc.training.schedule import Schedule
from scalecalc.training.schedule_shapes import Drops, Fall, InverseRoot, Restarts

VECTORS = json.loads((Path(__file__).parent / "schedule_vectors.json").read_text())["vectors"]
"""Written by bench/schedule_vectors.py, which steps the named scheduler through the run."""

AGREED = 1e-12
"""Relative, and of the peak where a rate is zero."""


def title(vector):
    return " ".join(f"{value}" for value in vector["asked"].values())


@pytest.mark.parametrize("vector", VECTORS, ids=title)
def test_the_rates_are_those_of_the_library_step_by_step(vector):
    found = commands.call("schedule", **vector["asked"])
    peak = float(vector["asked"]["peak_lr"])
    assert list(found.course.rates()) == pytest.approx(vector["rates"], rel=AGREED, abs=AGREED * peak)


@pytest.mark.parametrize("vector", VECTORS, ids=title)
def test_the_named_call_is_the_one_that_was_stepped_through(vector):
    found = commands.call("schedule", **vector["asked"])
    assert vector["call"] in (found.same_as, *OTHER_CALLS)


OTHER_CALLS = [
    each["call"]
    for each in VECTORS
    if each["call"].partition("(")[0].endswith(("CosineAnnealingLR", "SequentialLR", ".LinearLR"))
]
"""Schedulers of PyTorch that give the same beside the one that is named."""


def test_all_shapes_and_both_ways_of_counting_are_held_against_a_library():
    shapes = {vector["asked"]["decay"] for vector in VECTORS}
    assert shapes == {"constant", "linear", "cosine", "inverse-sqrt", "wsd", "multi-step", "restarts"}
    assert {vector["asked"]["convention"] for vector in VECTORS} == {"from-one", "from-zero"}


@st.composite
def schedules(draw):
    steps = draw(st.integers(2, 300))
    warmup = draw(st.integers(0, steps - 1))
    span, low = steps - warmup, draw(st.sampled_from([0.0, 1e-5, 1e-3]))
    shape = draw(
        st.sampled_from(
            [
                Fall(low, draw(st.integers(0, span)), draw(st.sampled_from(["linear", "cosine", "1-sqrt"]))),
                Fall(1e-5, span, "exponential"),
                InverseRoot(draw(st.floats(1, 1e4))),
                Drops((max(1, span // 2),), 0.3),
                Restarts(low, draw(st.integers(1, 5)), draw(st.sampled_from([1, 2, 1.7]))),
            ]
        )
    )
    start = draw(st.sampled_from([0.0, 1e-4]))
    return Schedule(
        peak=1e-3, steps=steps, shape=shape, warmup=warmup, start=start, from_zero=draw(st.booleans())
    )


@given(course=schedules())
def test_the_area_is_the_sum_of_all_rates(course):
    total = fsum(course.rates())
    assert course.area() == pytest.approx(total, rel=1e-12, abs=1e-15)
    assert course.mean_share() == pytest.approx(total / course.steps / course.peak, rel=1e-12, abs=1e-15)


@given(course=schedules())
def test_no_rate_is_above_the_peak(course):
    assert max(course.rates()) <= course.peak * (1 + 1e-15)


@given(course=schedules())
def test_the_warm_up_rises_step_by_step_to_the_peak(course):
    rates = list(course.rates())[: course.warmup + course.from_zero]
    assert all(one < other for one, other in pairwise(rates))
    if course.warmup and len(rates) == course.warmup + course.from_zero:
        assert rates[-1] == course.peak


@given(course=schedules())
def test_rates_are_those_of_their_steps(course):
    assert list(course.rates()) == [course.rate(step) for step in range(1, course.steps + 1)]


@pytest.mark.parametrize("form", ["linear", "cosine", "1-sqrt", "exponential"])
def test_counted_from_one_the_last_step_is_at_the_minimum(form):
    course = Schedule(peak=1e-3, steps=100, warmup=10, shape=Fall(1.7e-5, 90, form))
    assert course.rate(100) == 1.7e-5
    assert course.rate(1) == pytest.approx(1e-4)


@pytest.mark.parametrize("form", ["linear", "cosine"])
def test_counted_from_zero_it_is_one_step_behind(form):
    ahead = Schedule(peak=1e-3, steps=100, warmup=10, shape=Fall(0.0, 90, form))
    behind = Schedule(peak=1e-3, steps=100, warmup=10, shape=Fall(0.0, 90, form), from_zero=True)
    assert [0.0, *ahead.rates()][:100] == list(behind.rates())


@pytest.mark.parametrize("form", ["linear", "cosine", "1-sqrt"])
@pytest.mark.parametrize("warmup", [0, 1000])
def test_a_fall_has_no_jumps(form, warmup):
    course = Schedule(peak=1.0, steps=10_000, warmup=warmup, shape=Fall(0.1, 4000, form))
    rates = list(course.rates())
    steepest = max(abs(one - other) for one, other in pairwise(rates[warmup:]))
    assert steepest <= 1.01 * 0.9 * (1 / 4000) ** (0.5 if form == "1-sqrt" else 1) * (
        1.6 if form == "cosine" else 1
    )


def test_landmarks_stand_where_the_course_changes():
    course = Schedule(peak=1.0, steps=1000, warmup=100, shape=Drops((700,), 0.1))
    marks = dict(course.landmarks())
    assert marks == {
        "first step": 1,
        "end of the warm-up": 100,
        "25 % of the run": 250,
        "50 % of the run": 500,
        "75 % of the run": 750,
        "drop 1": 801,
        "last step": 1000,
    }
    assert course.rate(800) == 1.0
    assert course.rate(801) == pytest.approx(0.1)


@pytest.mark.parametrize("from_zero", [True, False])
def test_a_restart_stands_at_its_first_step(from_zero):
    course = Schedule(peak=1.0, steps=100, shape=Restarts(0.0, 4), from_zero=from_zero)
    assert dict(course.landmarks())["restart 1"] == 26
    assert course.rate(26) > course.rate(25)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"peak": 0.0}, "peak must be above zero"),
        ({"peak": float("nan")}, "peak must be above zero"),
        ({"steps": 0}, "steps must be one or more"),
        ({"warmup": 10}, "warmup must be zero or more and below steps"),
        ({"start": 2.0}, "start must lie between zero and peak"),
    ],
)
def test_impossible_figures_are_refused_by_name(changed, told):
    with pytest.raises(ValueError, match=told):
        Schedule(**{"peak": 1.0, "steps": 10, "shape": Fall(0.0, 5), **changed})


@pytest.mark.parametrize("step", [0, 11, -1])
def test_a_step_outside_of_the_run_has_no_rate(step):
    with pytest.raises(ValueError, match="step must be between 1 and 10"):
        Schedule(peak=1.0, steps=10, shape=Fall(0.0, 5)).rate(step)
