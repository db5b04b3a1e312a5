"""The multi-power law: the errors that a run of the authors' code logged on their curves, and its limits."""

import json
from pathlib import Path

import numpy as np
import pytest

from scalecalc import tables
from scalecalc.training.multi_power import Changes, MultiPowerLaw, changes_of

RELEASED = json.loads((Path(__file__).parent / "loss_curves.json").read_text())
LAW = MultiPowerLaw(*RELEASED["logged"]["constants"])
PEAK, END, WARMUP, STEPS = 3e-4, 3e-5, 2160, 24000


def rates_of(name):
    """Learning rates of the authors' runs, as their code makes them."""
    rise = np.linspace(0, PEAK, WARMUP)
    after = np.arange(WARMUP, STEPS)
    fallen = {
        "constant": np.full(STEPS - WARMUP, PEAK),
        "cosine": END + 0.5 * (PEAK - END) * (1 + np.cos(np.pi * (after - WARMUP) / (STEPS - WARMUP))),
        "two-stage": np.where(after < 8000, PEAK, 9e-5),
        "wsd": np.where(
            after < 20000, PEAK, PEAK ** ((STEPS - after) / 4000) * END ** ((after - 20000) / 4000)
        ),
    }
    return np.concatenate([rise, fallen[name]])


def rmse(name, law):
    steps, losses = (np.array(each) for each in RELEASED["curves"][name])
    return np.sqrt(np.mean((law.losses(rates_of(name), steps + 1) - losses) ** 2))


@pytest.mark.parametrize("name", RELEASED["curves"])
def test_the_error_on_a_released_curve_is_the_logged_one(name):
    assert rmse(name, LAW) == pytest.approx(RELEASED["logged"]["rmse"][name], rel=1e-12)


def test_the_bundled_constants_are_those_of_the_released_readme():
    printed = {
        "luo2025-25m": (3.040, 0.525, 0.508, 363.788, 2.066, 0.583, 0.641),
        "luo2025-100m": (2.651, 0.601, 0.453, 437.946, 2.132, 0.598, 0.655),
        "luo2025-400m": (2.375, 0.654, 0.429, 523.425, 2.025, 0.594, 0.635),
    }
    for row in tables.records("multi_power.csv"):
        constants = [float(row[name]) for name in ("l0", "a", "alpha", "b", "c", "beta", "gamma")]
        assert constants == pytest.approx(printed[row["name"]], abs=1.1e-3)


def test_a_constant_rate_leaves_a_power_of_the_area():
    law = MultiPowerLaw(L0=2.0, A=0.5, alpha=0.5, B=400.0, C=2.0, beta=0.6, gamma=0.6)
    assert law.losses(np.full(400, 1e-3), np.array([100, 400])) == pytest.approx(
        [2 + 0.5 * 0.1**-0.5, 2 + 0.5 * 0.4**-0.5]
    )


def test_a_fall_takes_off_at_most_b_times_the_fall_and_all_of_it_in_the_end():
    law = MultiPowerLaw(L0=2.0, A=1e-12, alpha=0.5, B=400.0, C=2.0, beta=0.6, gamma=0.6)
    rates = np.concatenate([np.full(100, 1e-3), np.full(2_000_000, 5e-4)])
    losses = law.losses(rates, np.array([100, 101, 10_000, 2_000_100]))
    assert np.all(np.diff(losses) < 0)
    assert losses[-1] > 2.0 - 400.0 * 5e-4
    assert losses[-1] == pytest.approx(1.8, abs=1e-3)


def test_a_rate_of_zero_is_a_limit():
    falling = np.linspace(1e-3, 0, 500)
    near = np.linspace(1e-3, 1e-15, 500)
    at = np.array([400, 500])
    assert LAW.losses(falling, at) == pytest.approx(LAW.losses(near, at), rel=1e-6)


@pytest.mark.parametrize("name", RELEASED["curves"])
def test_blocks_of_steps_leave_the_losses_within_1e_5_nats(name):
    rates, steps = rates_of(name), np.array([3000, 9000, 15000, 24000])
    area = np.cumsum(rates)[steps - 1]
    exact, blocks = (LAW.B * LAW.drops(area, changes_of(rates, most, at=steps)) for most in (STEPS, 500))
    assert blocks == pytest.approx(exact, abs=1e-5)


def test_what_falls_take_off_leaves_the_rises_aside():
    rates = np.concatenate([np.linspace(1e-4, 1e-3, 50), np.full(500, 1e-3)])
    assert LAW.taken_off_by_falls(rates) == 0.0
    assert LAW.taken_off_by_falls(np.append(rates, np.full(500, 1e-4))) > 0


def test_no_changes_take_nothing_off():
    none = np.zeros(0)
    assert LAW.drops(np.array([1.0, 2.0]), Changes(none, none, none)).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", ["A", "alpha", "C", "beta", "gamma"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_constants_are_positive(name, value):
    with pytest.raises(ValueError, match=f"{name} must be positive"):
        MultiPowerLaw(
            **{
                **dict(zip(("L0", "A", "alpha", "B", "C", "beta", "gamma"), [1.0] * 7, strict=True)),
                name: value,
            }
        )


def test_a_law_file_is_read_with_its_faults_named():
    row = {"L0": 2, "A": 0.5, "alpha": 0.5, "B": 400, "C": 2, "beta": 0.6, "gamma": 0.6}
    assert MultiPowerLaw.from_row("law.json", row).B == 400
    with pytest.raises(ValueError, match=r"law\.json: gamma must be a finite number"):
        MultiPowerLaw.from_row("law.json", {**row, "gamma": "x"})
    with pytest.raises(ValueError, match="no known key"):
        MultiPowerLaw.from_row("law.json", {**row, "delta": 1})
