import math

import pytest

from scalecalc.compute.plan import Known
from scalecalc.compute.runtime import solve
from scalecalc.compute.spread import Spread
from scalecalc.compute.throughput import Throughput

A100 = Throughput(312e12, Spread(value=0.335, low=0.251, high=0.464), goodput=0.9)


def test_reserved_hours_come_from_gpus_and_time_or_are_given():
    assert Known(gpus=1024, seconds=7200).reserved == 2048
    assert Known(gpu_hours=2048.0).reserved == 2048
    assert Known(gpus=1024).reserved is None
    assert Known(flops=1e23, usd=1e6).reserved is None


@pytest.mark.parametrize(
    ("known", "mfu", "price"),
    [
        (Known(flops=1e23, gpus=8, seconds=1e6), True, False),
        (Known(flops=1e23, gpu_hours=1e6), True, False),
        (Known(gpus=8, seconds=1e6, usd=1e6), False, True),
        (Known(flops=1e23, gpu_hours=1e6, usd=1e6), True, True),
        (Known(flops=1e23, gpus=8, usd=1e6), False, False),
        (Known(flops=1e23, seconds=1e6), False, False),
    ],
)
def test_an_assumption_gives_way_only_to_reserved_hours(known, mfu, price):
    assert (known.implies_mfu, known.implies_price) == (mfu, price)


@pytest.mark.parametrize("name", ["flops", "gpus", "seconds", "usd", "gpu_hours"])
@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf])
def test_only_positive_finite_quantities_are_taken(name, bad):
    with pytest.raises(ValueError, match=f"{name} must be positive and finite"):
        Known(**{name: bad})


@pytest.mark.parametrize("bad", [2.5, 10**400])
def test_gpus_are_whole_and_within_floats(bad):
    with pytest.raises(ValueError, match="gpus must be a whole number"):
        Known(gpus=bad)


def test_hours_beside_gpus_and_time_are_one_too_many():
    with pytest.raises(ValueError, match="give two of the three"):
        Known(gpus=8, seconds=3600.0, gpu_hours=8.0)


def test_end_to_end_mfu_is_mfu_times_goodput():
    plan = solve(Known(flops=1e23, gpus=1024), A100)
    assert plan.mfu == A100.mfu
    assert plan.end_to_end == A100.mfu.times(0.9)


def test_what_nothing_fixes_stays_open():
    plan = solve(Known(flops=1e23), A100)
    assert (plan.gpus, plan.seconds, plan.price, plan.usd) == (None, None, None, None)
    assert plan.balance is None
    assert plan.affordable_price is None


def test_a_balance_says_enough_and_certain_by_the_scenarios():
    needed = solve(Known(flops=1e23), A100).gpu_hours
    verdicts = {
        hours: solve(Known(flops=1e23, gpu_hours=hours), A100).balance
        for hours in (needed.low * 0.9, needed.value * 0.9, needed.value * 1.1, needed.high * 1.1)
    }
    assert [(b.enough, b.certain) for b in verdicts.values()] == [
        (False, True),
        (False, False),
        (True, False),
        (True, True),
    ]


def test_exactly_what_is_needed_is_enough_in_spite_of_rounding():
    exact = Throughput(312e12, Spread.exact(0.335))
    needed = solve(Known(flops=1e23), exact).gpu_hours.value
    assert solve(Known(flops=1e23, gpu_hours=needed * (1 - 1e-12)), exact).balance.enough
    assert not solve(Known(flops=1e23, gpu_hours=needed * (1 - 1e-6)), exact).balance.enough
