"""Failures, checkpoints and restarts of `scalecalc gpu-hours`: the goodput, and the devices that it takes."""

import pytest

from scalecalc.commands import call
from scalecalc.compute.goodput import Failures
from scalecalc.problem import ExitCode, Problem

DAY = 86_400

TERMS = {"flops": "1e25", "gpus": "16384xh100", "mfu": "41%"}


def gpu_hours(**given_inputs):
    return call("gpu-hours", **given_inputs)


def problem(**given_inputs):
    with pytest.raises(Problem) as caught:
        gpu_hours(**given_inputs)
    return caught.value


def test_llama_3_failed_once_in_three_hours_and_was_nine_tenths_effective():
    # 419 interruptions in 54 days on 16,384 devices: arXiv 2407.21783, section 3.3.4
    found = gpu_hours(mtbf="50677h", checkpoint_time="10s", restart_time="5min", **TERMS)
    assert found.restarts.mtbf_seconds / 3600 == pytest.approx(54 * 24 / 419, rel=1e-3)
    assert found.goodput > 0.9


def test_steady_mfu_and_goodput_are_kept_apart():
    steady = gpu_hours(**TERMS)
    real = gpu_hours(mtbf="50000h", **TERMS)
    assert real.mfu == steady.mfu
    assert real.gpu_hours.value == pytest.approx(steady.gpu_hours.value / real.goodput)


def test_youngs_interval_is_the_root_of_twice_checkpoint_times_mtbf():
    rows = gpu_hours(mtbf="50000h", checkpoint_time="60s", **TERMS).restarts
    assert rows.young_interval_seconds == pytest.approx((2 * 60 * 50000 * 3600 / 16384) ** 0.5)
    # Daly's series starts with Young's term, less the checkpoint itself: here 3 % below it
    assert rows.interval_seconds == pytest.approx(rows.young_interval_seconds, rel=0.05)
    assert rows.failures == pytest.approx(
        gpu_hours(mtbf="50000h", checkpoint_time="60s", **TERMS).seconds.value / rows.mtbf_seconds
    )


def test_devices_that_time_asks_for_make_up_for_their_own_failures():
    asked = {"params": "70B", "tokens": "15T", "time": "60d", "mfu": "41%", "gpus": "h100"}
    plain, found = gpu_hours(**asked), gpu_hours(mtbf="50000h", **asked)
    count = int(found.gpus.value)
    assert count > plain.gpus.value
    assert found.seconds.value <= 60 * DAY
    # the same cluster, given instead of asked for, takes as long; one device less misses the deadline
    same = asked | {"gpus": f"{count}xh100", "time": None}
    assert gpu_hours(mtbf="50000h", **same).seconds.value == pytest.approx(found.seconds.value)
    fewer = same | {"gpus": f"{count - 1}xh100"}
    assert gpu_hours(mtbf="50000h", **fewer).seconds.value > 60 * DAY
    assert found.restarts.mtbf_seconds == pytest.approx(50000 * 3600 / count)


def test_devices_that_money_or_hours_buy_fail_as_often_as_there_are_of_them():
    for means in ({"usd": "50M", "price": "2.95/h"}, {"gpu_hours": 50e6 / 2.95}):
        found = gpu_hours(time="60d", mfu="41%", mtbf="50000h", **means)
        given = gpu_hours(gpus=int(found.gpus.value), time="60d", mfu="41%", mtbf="50000h")
        assert found.goodput == given.goodput


def test_a_deadline_that_no_number_of_devices_meets_has_no_answer():
    refused = problem(flops="1e27", time="60d", mfu="41%", mtbf="50000h")
    assert (refused.code, refused.exit_code) == ("no-goodput", ExitCode.NO_ANSWER)
    assert "more of them fail more often" in refused.hint


def test_no_other_interval_keeps_more():
    found = gpu_hours(mtbf="50000h", checkpoint_time="60s", restart_time="10min", **TERMS)
    failures = Failures(devices=16384, device_mtbf=50000 * 3600, checkpoint=60, restart=600)
    others = [failures.goodput(found.restarts.interval_seconds * step) for step in (0.5, 0.9, 1.1, 2)]
    assert max(others) < found.goodput


@pytest.mark.parametrize(
    ("given_inputs", "code"),
    [
        ({"mtbf": "50000h", "gpus": "512", "flops": "1e24"}, "conflict"),
        ({"mtbf": "50000h", "gpus": "512", "flops": "1e24", "mfu": "40%", "goodput": "90%"}, "conflict"),
        ({"checkpoint_time": "1min", "gpus": "512", "flops": "1e24"}, "conflict"),
        ({"mtbf": "50000h", "gpus": "h100", "flops": "1e24", "mfu": "40%"}, "no-count"),
        ({"mtbf": "50000h", "usd": "1M", "flops": "1e24", "mfu": "40%"}, "no-count"),
        ({"mtbf": "50000h", "mfu": "40%"}, "too-little-given"),
        ({"mtbf": "3h", "gpus": "16384", "flops": "1e24", "mfu": "40%"}, "no-goodput"),
    ],
)
def test_misuse_is_refused_by_its_code(given_inputs, code):
    assert problem(**given_inputs).code == code
