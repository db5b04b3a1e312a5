import csv
from functools import cache
from pathlib import Path

import pytest

from scalecalc.compute.accelerator import DTYPES, Accelerator
from scalecalc.problem import Problem

TABLE = Path(__file__).parents[2] / "data" / "accelerators.csv"


@cache
def accelerators() -> dict[str, Accelerator]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {device.id: device for device in map(Accelerator.from_row, csv.DictReader(file))}


def meanings(device: str, tflops: float, dtype: str | None = None) -> list[str]:
    return [reading.meaning for reading in accelerators()[device].misreadings(tflops * 1e12, dtype)]


@pytest.mark.parametrize(
    ("device", "dtype", "tflops"),
    [
        # vendors' data sheets, dense
        ("v100-sxm-32gb", "fp16", 125),
        ("a100-sxm-80gb", "bf16", 312),
        ("a100-sxm-80gb", "tf32", 156),
        ("h100-sxm-80gb", "bf16", 989.4),
        ("h100-pcie-80gb", "bf16", 756),
        ("h800-sxm-80gb", "bf16", 989.4),
        ("b200-sxm-180gb", "fp8", 4500),
        ("mi300x-192gb", "bf16", 1307.4),
        ("tpu-v4", "bf16", 275),
        ("gaudi3", "fp16", 459),
    ],
)
def test_a_peak_is_the_dense_figure_of_one_device(device, dtype, tflops):
    assert accelerators()[device].peak(dtype) == tflops * 1e12


@pytest.mark.parametrize(
    ("device", "dtype"),
    [
        ("v100-sxm-32gb", "bf16"),
        ("v100-sxm-32gb", "tf32"),
        ("a100-sxm-80gb", "fp8"),
        ("mi250x-128gb", "tf32"),
    ],
)
def test_a_data_type_that_a_device_lacks_is_a_problem_and_never_another_peak(device, dtype):
    with pytest.raises(Problem) as raised:
        accelerators()[device].peak(dtype)
    assert raised.value.code == "unsupported-dtype"
    assert raised.value.message == f"{device} has no {dtype} peak"
    assert all(has in raised.value.hint for has in accelerators()[device].peaks)


def test_training_is_in_bf16_where_a_device_has_it_and_in_fp16_otherwise():
    dtypes = {name: device.training_dtype for name, device in accelerators().items()}
    assert {name for name, dtype in dtypes.items() if dtype == "fp16"} == {"v100-sxm-32gb", "v100-pcie-16gb"}
    assert set(dtypes.values()) == {"bf16", "fp16"}


def test_a_row_is_read_in_base_units():
    h100 = accelerators()["h100-sxm-80gb"]
    assert (h100.memory, h100.bandwidth, h100.link, h100.tdp) == (80e9, 3.35e12, 450e9, 700)
    assert "h100" in h100.aliases
    assert h100.price is not None
    assert (h100.price.low, h100.price.typical, h100.price.high) == (1.99, 2.95, 5.0)
    assert accelerators()["mi355x-288gb"].price is None


def test_what_is_marked_as_unverified_is_carried():
    assert accelerators()["tpu-v5p"].unverified == ("price_typical_usd_per_hour",)


@pytest.mark.parametrize(
    ("device", "tflops", "dtype", "meaning"),
    [
        ("h100-sxm-80gb", 1979, None, "the sparse bf16 figure"),
        ("h100-sxm-80gb", 3958, "fp8", "the sparse fp8 figure"),
        ("b200-sxm-180gb", 4500, None, "the sparse bf16 figure"),
        ("trainium2", 2563, None, "the sparse bf16 figure"),
        ("gb200-186gb", 10000, None, "the sparse bf16 figure of a product of 2 devices"),
        ("gb200-186gb", 20000, "fp4", "the dense fp4 figure of a product of 2 devices"),
        ("h100-nvl-94gb", 3342, None, "the sparse bf16 figure of a product of 2 devices"),
        ("mi250x-128gb", 191.5, None, "the dense bf16 figure of one of its 2 parts"),
        ("trainium1", 95, None, "the dense bf16 figure of one of its 2 parts"),
        ("tpu-v5p", 918, None, "the int8 figure"),
        ("tpu-v7x", 4614, None, "the dense fp8 figure"),
        ("rtx4090-24gb", 330, None, "the sparse bf16 figure"),
        ("gaudi3", 1677, "fp16", "the dense bf16 figure"),
    ],
)
def test_a_printed_figure_that_is_not_the_dense_peak_is_told(device, tflops, dtype, meaning):
    assert meaning in meanings(device, tflops, dtype)


def test_a_figure_with_several_readings_has_them_all():
    assert meanings("gb200-186gb", 5000) == [
        "the sparse bf16 figure",
        "the dense bf16 figure of a product of 2 devices",
        "the dense fp8 figure",
    ]


def test_one_figure_may_be_dense_in_one_type_and_sparse_in_another():
    assert meanings("h100-pcie-80gb", 1513, "fp8") == []
    assert "the sparse bf16 figure" in meanings("h100-pcie-80gb", 1513, "bf16")


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_dense_peak_is_taken_for_another_figure(dtype):
    devices = [device for device in accelerators().values() if dtype in device.peaks]
    assert devices
    assert all(device.misreadings(device.peak(dtype), dtype) == () for device in devices)


def test_a_figure_of_no_meaning_has_none():
    assert meanings("h100-sxm-80gb", 1234) == []


def test_a_misreading_names_both_numbers():
    (reading, _) = accelerators()["h100-sxm-80gb"].misreadings(1979e12)
    assert str(reading) == "1979 TFLOP/s is the sparse bf16 figure; one device does 989.4 dense"


def test_the_measured_share_of_peak_is_of_the_bf16_peak():
    # 271.2 of 312 TFLOP/s; 668.4 of 1307.4
    assert accelerators()["a100-sxm-80gb"].matmul_share == pytest.approx(0.869, abs=5e-4)
    assert accelerators()["mi300x-192gb"].matmul_share == pytest.approx(0.511, abs=5e-4)
    assert accelerators()["tpu-v4"].matmul_share is None
