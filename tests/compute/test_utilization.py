import csv
from functools import cache
from pathlib import Path

import pytest

from scalecalc.compute.accelerator import Accelerator
from scalecalc.compute.utilization import Utilization, end_to_end
from scalecalc.problem import Problem

DATA = Path(__file__).parents[2] / "data"


@cache
def utilizations() -> dict[str, Utilization]:
    with (DATA / "utilization.csv").open(encoding="utf-8", newline="") as file:
        return {row.key: row for row in map(Utilization.from_row, csv.DictReader(file))}


@cache
def accelerators() -> dict[str, Accelerator]:
    with (DATA / "accelerators.csv").open(encoding="utf-8", newline="") as file:
        return {device.id: device for device in map(Accelerator.from_row, csv.DictReader(file))}


def chosen(device, kind="dense", dtype="bf16"):
    return end_to_end(utilizations().values(), accelerators()[device], kind, dtype)


@pytest.mark.parametrize(
    ("device", "kind", "runs", "shares"),
    [
        ("a100-sxm-80gb", "dense", 32, (0.251, 0.335, 0.464)),
        ("h100-sxm-80gb", "dense", 12, (0.179, 0.271, 0.372)),
        ("h800-sxm-80gb", "moe", 7, (0.171, 0.205, 0.297)),
    ],
)
def test_the_published_spread_is_the_default_of_its_hardware(device, kind, runs, shares):
    row = chosen(device, kind)
    assert (row.low, row.median, row.high) == shares
    assert (row.runs, row.basis, row.caveat) == (runs, "published", "")
    assert (row.spread.low, row.spread.value, row.spread.high) == shares


def test_a_share_without_a_run_behind_it_says_so():
    row = chosen("mi300x-192gb")
    assert row.runs == 0
    assert row.caveat.startswith("no published run behind this number: hopper-dense, times the measured")


def test_a_share_of_few_runs_says_how_many():
    assert chosen("v100-sxm-32gb", dtype="fp16").caveat.startswith("1 published run: ")
    assert chosen("tpu-v4").caveat.startswith("3 published runs: ")


def test_both_16_bit_types_have_the_same_share():
    assert chosen("a100-sxm-80gb", dtype="fp16") == chosen("a100-sxm-80gb", dtype="bf16")


def test_fp8_gets_a_smaller_share_of_its_larger_peak_but_more_done():
    h100 = accelerators()["h100-sxm-80gb"]
    bf16, fp8 = chosen("h100-sxm-80gb"), chosen("h100-sxm-80gb", dtype="fp8")
    assert fp8.median < bf16.median
    assert fp8.median * h100.peak("fp8") > bf16.median * h100.peak("bf16")


@pytest.mark.parametrize("device", ["gaudi3", "tpu-v6e", "trainium1"])
def test_fp8_at_the_16_bit_rate_gets_the_same_share(device):
    assert chosen(device, dtype="fp8").median == chosen(device).median


def test_a_type_without_a_published_share_is_a_problem_that_asks_for_one():
    with pytest.raises(
        Problem, match="no published utilization for dense models in fp32 on a100-sxm-80gb"
    ) as raised:
        chosen("a100-sxm-80gb", dtype="fp32")
    assert "--mfu" in raised.value.hint


def test_a_type_that_the_device_lacks_is_told_first():
    with pytest.raises(Problem, match="a100-sxm-80gb has no fp8 peak"):
        chosen("a100-sxm-80gb", dtype="fp8")


@pytest.mark.parametrize("kind", ["dense", "moe"])
@pytest.mark.parametrize("device", accelerators())
def test_every_accelerator_has_one_default_in_16_bit_and_in_fp8_if_it_has_that(device, kind):
    accelerator = accelerators()[device]
    for dtype in {accelerator.training_dtype, "fp8"} & set(accelerator.peaks):
        wanted = "fp8" if dtype == "fp8" else "16bit"
        rows = [
            row
            for row in utilizations().values()
            if (row.measure, row.kind) == ("end-to-end", kind)
            and accelerator.generation in row.generations
            and wanted in row.dtypes
        ]
        assert rows == [chosen(device, kind, dtype)]


def test_shares_are_in_order():
    assert all(row.low < row.median < row.high < 1 for row in utilizations().values())


def test_a_derived_share_is_its_origin_times_its_factor():
    for row in (row for row in utilizations().values() if row.basis == "derived"):
        origin = utilizations()[row.derived_from]
        assert row.factor
        # both are rounded to three decimals
        assert row.median == pytest.approx(row.factor * origin.median, abs=6e-4), row.key
        assert row.low == pytest.approx(row.factor * origin.low, abs=6e-4), row.key
        assert row.high == pytest.approx(row.factor * origin.high, abs=6e-4), row.key
        assert row.runs == 0


def test_few_runs_borrow_the_relative_spread_of_the_row_they_name():
    few = [row for row in utilizations().values() if row.basis == "few"]
    assert few
    for row in few:
        origin = utilizations()[row.derived_from]
        assert row.low / row.median == pytest.approx(origin.low / origin.median, rel=5e-3)
        assert row.high / row.median == pytest.approx(origin.high / origin.median, rel=5e-3)


def measured_share(generation):
    shares = [device.matmul_share for device in accelerators().values() if device.generation == generation]
    known = [share for share in shares if share]
    return sum(known) / len(known)


@pytest.mark.parametrize("generation", ["blackwell", "cdna3", "cdna4", "gaudi2", "gaudi3"])
@pytest.mark.parametrize("kind", ["dense", "moe"])
def test_generations_without_runs_scale_by_their_measured_matrix_products(generation, kind):
    row = utilizations()[f"{generation}-{kind}"]
    assert row.derived_from == f"hopper-{kind}"
    assert row.factor == pytest.approx(measured_share(generation) / measured_share("hopper"), abs=5e-4)


@pytest.mark.parametrize("generation", ["ampere", "volta", "cdna2"])
def test_mixtures_without_runs_scale_as_those_on_hopper_do(generation):
    dense, moe = utilizations()["hopper-dense"], utilizations()["hopper-moe"]
    row = utilizations()[f"{generation}-moe"]
    assert row.derived_from == f"{generation}-dense"
    assert row.factor == pytest.approx(moe.median / dense.median, abs=5e-4)


def test_fp8_scales_as_the_steady_benchmarks_do():
    fp8 = [row for row in utilizations().values() if row.key.endswith("-fp8")]
    ratio = utilizations()["h100-fp8-steady"].median / utilizations()["h100-steady"].median
    assert len(fp8) == 14
    for row in fp8:
        assert row.derived_from == row.key.removesuffix("-fp8")
        assert row.factor == pytest.approx(ratio, abs=5e-4)


def test_steady_benchmarks_lie_above_finished_runs():
    assert utilizations()["a100-80gb-steady"].median > utilizations()["ampere-dense"].median
    assert utilizations()["h100-steady"].median > utilizations()["hopper-dense"].median
