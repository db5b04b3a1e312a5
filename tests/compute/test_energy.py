import csv
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from scalecalc.compute.accelerator import Accelerator
from scalecalc.compute.energy import (
    ORDINARY_GRID,
    PUE,
    Power,
    energy,
    implied_grid,
    implied_watts,
    power_of,
)
from scalecalc.problem import Problem

TABLE = Path(__file__).parents[2] / "data" / "accelerators.csv"


@cache
def accelerators() -> dict[str, Accelerator]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {device.id: device for device in map(Accelerator.from_row, csv.DictReader(file))}


@pytest.mark.parametrize(
    ("hours", "watts", "pue", "grams", "megawatt_hours", "tonnes"),
    [
        # Touvron et al. 2023 (arXiv 2302.13971), table 15: hours times 400 W times 1.1
        (82_432, 400, 1.1, 385, 36, 14),
        (135_168, 400, 1.1, 385, 59, 23),
        (530_432, 400, 1.1, 385, 233, 90),
        (1_022_362, 400, 1.1, 385, 449, 173),
        (809_472, 400, 1.1, 385, 356, 137),
        # Patterson et al. 2021 (arXiv 2104.10350), table 4: 10,000 V100 for 14.8 days, 512 TPU v3 for 20
        (10_000 * 14.8 * 24, 330, 1.10, 429, 1287, 552),
        (512 * 20 * 24, 310, 1.12, 545, 85.7, 46.7),
    ],
)
def test_energy_and_carbon_are_those_of_the_papers(hours, watts, pue, grams, megawatt_hours, tonnes):
    used = energy(hours, Power(watts, "given", ""), pue, grams)
    # printed in whole megawatt-hours and tonnes; the paper's days and intensities are rounded too
    assert used.kwh / 1000 == pytest.approx(megawatt_hours, rel=0.012)
    assert used.co2_grams is not None
    assert used.co2_grams / 1e6 == pytest.approx(tonnes, rel=0.04)


def test_a_measured_draw_goes_before_the_design_power():
    measured = power_of(accelerators()["h100-sxm-80gb"])
    assert (measured.watts, measured.basis) == (635, "measured")  # OLMo 3: 621 and 649 W of 700
    assert "OLMo 3" in measured.detail
    assert accelerators()["h100-sxm-80gb"].tdp == 700


def test_without_a_measurement_it_is_the_design_power_and_says_so():
    power = power_of(accelerators()["a100-sxm-80gb"])
    assert (power.watts, power.basis) == (400, "design")
    assert power.detail == "design power of a100-sxm-80gb, not measured"


def test_a_given_power_goes_before_all():
    assert power_of(accelerators()["h100-sxm-80gb"], 500).basis == "given"


def test_a_device_without_any_power_asks_for_one():
    silent = replace(accelerators()["tpu-v5e"], tdp=None, draw=None)
    with pytest.raises(Problem, match="no power is published for tpu-v5e") as raised:
        power_of(silent)
    assert raised.value.code == "no-power"


def test_without_a_grid_there_is_no_carbon():
    assert energy(1, Power(400, "given", "")).co2_grams is None
    assert energy(1, Power(400, "given", "")).kwh == pytest.approx(0.4 * PUE)
    assert energy(1, Power(400, "given", ""), grid=0).co2_grams == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"device_hours": 0}, "device_hours must be positive"),
        ({"pue": 0.9}, "pue must be at least 1, not 0.9"),
        ({"grid": -1}, "grid must be 0 or more grams"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        energy(**{"device_hours": 1.0, "power": Power(400, "given", ""), **wrong})


@pytest.mark.parametrize(("hours", "megawatt_hours"), [(82_432, 36), (530_432, 233), (1_022_362, 449)])
def test_energy_that_was_not_measured_shows_the_design_power(hours, megawatt_hours):
    # the energy column of LLaMA is hours times 400 W times 1.1
    assert implied_watts(1000 * megawatt_hours, hours, pue=1.1) == pytest.approx(400, rel=0.01)


def test_a_mass_of_carbon_in_another_unit_shows_as_a_grid_that_is_not():
    # the card of Llama 3.3 has 12.9 t for 7.0M hours, that of Llama 3.1 has 8,930 t for 30.84M
    h100 = Power(700, "design", "")
    least, most = ORDINARY_GRID
    assert least < implied_grid(8930e6, 30.84e6, h100) < most
    assert implied_grid(12.9e6, 7.0e6, h100) < least


def test_a_power_is_positive():
    with pytest.raises(ValueError, match="watts must be positive"):
        Power(0, "given", "")
