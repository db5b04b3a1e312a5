import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from scalecalc.compute.goodput import Failures, best_goodput, daly_interval, devices_for, young_interval
from scalecalc.problem import ExitCode, Problem

HOUR = 3600.0

LLAMA3 = Failures.observed(419, 16384, 54 * 24 * HOUR, checkpoint=5, restart=5 * 60)
"""Grattafiori et al. 2024 (arXiv 2407.21783), section 3.3.4; checkpoint and restart are assumed."""


def failing(mtbf, checkpoint, restart=0.0, devices=1):
    return Failures(devices=devices, device_mtbf=mtbf * devices, checkpoint=checkpoint, restart=restart)


def test_the_failures_of_llama3_were_one_in_three_hours():
    assert LLAMA3.mtbf / HOUR == pytest.approx(3.1, abs=0.05)
    assert LLAMA3.device_mtbf / HOUR == pytest.approx(50_700, rel=1e-3)


def test_more_than_90_percent_of_llama3s_time_was_kept():
    # section 3.3.4: above 90 % effective training time, with saves and restarts of seconds and minutes
    assert 0.90 < best_goodput(LLAMA3) < 0.98


def test_youngs_interval_is_a_geometric_mean():
    assert young_interval(failing(mtbf=2 * HOUR, checkpoint=36)) == pytest.approx(math.sqrt(2 * 36 * 7200))


@pytest.mark.parametrize("share", [1e-4, 1e-3, 1e-2, 0.1])
def test_dalys_interval_is_the_best_one(share):
    failures = failing(mtbf=1e5, checkpoint=share * 1e5, restart=500)
    found = minimize_scalar(lambda t: -failures.goodput(t), bounds=(1, 3e5), method="bounded")
    # Daly 2006 states an error of the interval below 1 % up to C = M / 2; the goodput is flat around it
    assert daly_interval(failures) == pytest.approx(found.x, rel=0.01)
    assert best_goodput(failures) == pytest.approx(-found.fun, rel=1e-5)


def test_saves_longer_than_twice_the_time_between_failures_are_made_once_in_it():
    assert daly_interval(failing(mtbf=100, checkpoint=200)) == 100


def test_goodput_is_what_a_simulated_run_keeps():
    # 20,000 saved segments of a run that fails every 1,000 s; the mean of their times has an error of 1 %
    failures = failing(mtbf=1000, checkpoint=20, restart=60)
    chance, interval, elapsed = random.Random(7), 200.0, 0.0
    for _ in range(20_000):
        elapsed += segment(chance, interval + 20, mtbf=1000, restart=60)
    assert 20_000 * interval / elapsed == pytest.approx(failures.goodput(interval), rel=0.03)


def segment(chance, length, mtbf, restart):
    """Seconds until one segment is done and saved; failures strike during restarts too."""
    elapsed, needed = 0.0, length
    while (failure := chance.expovariate(1 / mtbf)) < needed:
        elapsed, needed = elapsed + failure, length + restart
    return elapsed + needed


@given(devices=st.integers(1, 100_000), checkpoint=st.floats(1, 300), restart=st.floats(0, 1800))
def test_more_devices_keep_less(devices, checkpoint, restart):
    fewer, more = (
        Failures(devices=count, device_mtbf=2e8, checkpoint=checkpoint, restart=restart)
        for count in (devices, 2 * devices)
    )
    assert fewer.goodput(1000) >= more.goodput(1000)
    assert 0 < fewer.goodput(daly_interval(fewer)) < 1


def test_a_run_that_fails_all_the_time_is_a_problem():
    with pytest.raises(Problem, match="a failure every 10 s leaves no time to train") as raised:
        best_goodput(failing(mtbf=10, checkpoint=60))
    assert raised.value.code == "no-goodput"
    assert failing(mtbf=1, checkpoint=60).goodput(10_000) == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"devices": 0}, "devices must be positive"),
        ({"checkpoint": 0.0}, "checkpoint must be positive"),
        ({"restart": -1.0}, "restart must be 0 or more seconds, not -1.0"),
    ],
)
def test_failures_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Failures(**{"devices": 8, "device_mtbf": 1e8, "checkpoint": 60.0, "restart": 60.0, **wrong})


def test_an_interval_is_positive():
    with pytest.raises(ValueError, match="interval must be positive"):
        LLAMA3.goodput(0)


@given(undisturbed=st.floats(1, 3e4), years=st.floats(5, 100))
def test_devices_that_fail_do_what_was_asked_and_one_fewer_does_not(undisturbed, years):
    often = Failures(devices=1, device_mtbf=years * 3.156e7, checkpoint=60, restart=600)

    def done(devices):
        return devices * best_goodput(replace(often, devices=devices))

    devices = devices_for(undisturbed, often)
    assert done(devices) >= undisturbed * (1 - 1e-12)  # of the rounding of a quotient
    assert devices == 1 or done(devices - 1) < undisturbed


def test_more_work_than_failing_devices_can_do_in_time_is_a_problem():
    often = Failures(devices=1, device_mtbf=1.8e8, checkpoint=60, restart=600)
    done = max(n * often_goodput(often, n) for n in range(1000, 400_000, 1000))
    assert devices_for(0.99 * done, often) > 0.99 * done
    with pytest.raises(Problem, match="no number of devices does in time what") as caught:
        devices_for(1.01 * done, often)
    assert caught.value.exit_code == ExitCode.NO_ANSWER


def often_goodput(failures, devices):
    each = replace(failures, devices=devices)
    return each.goodput(daly_interval(each))
