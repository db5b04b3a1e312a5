"""`scalecalc accelerators`: dense peaks, the sparse figures beside them, memory and price."""

import csv
import io
import json

import pytest

from scalecalc import tables
from scalecalc.cli import main
from scalecalc.commands._lists import Bandwidth, Coefficient, Rate
from scalecalc.problem import ExitCode
from scalecalc.quantity import Refused


def answer(capsys, *arguments):
    assert main(["accelerators", *arguments, "--json"]) == ExitCode.ANSWERED
    return json.loads(capsys.readouterr().out)["result"]


@pytest.mark.parametrize(
    ("name", "dtype", "dense", "sparse"),
    [
        # NVIDIA's data sheets, in TFLOP/s
        ("h100", "bf16", 989.4, 1979),
        ("h100", "fp8", 1979, 3958),
        ("h100-pcie", "bf16", 756, 1513),
        ("a100", "bf16", 312, 624),
        ("b200", "bf16", 2250, 4500),
        # AMD's
        ("mi300x", "bf16", 1307.4, 2614.9),
    ],
)
def test_dense_and_sparse_peaks_stand_side_by_side(capsys, name, dtype, dense, sparse):
    (peak,) = [peak for peak in answer(capsys, name)["detail"]["peaks"] if peak["dtype"] == dtype]
    assert peak["dense"] == pytest.approx(dense * 1e12, rel=1e-3)
    assert peak["sparse"] == pytest.approx(sparse * 1e12, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "memory", "bandwidth", "tdp"),
    [
        # memory, its bandwidth and power of the data sheets
        ("h100", 80e9, 3.35e12, 700),
        ("a100", 80e9, 2.039e12, 400),
        ("h200", 141e9, 4.8e12, 700),
        ("mi300x", 192e9, 5.3e12, 750),
    ],
)
def test_memory_and_power_are_those_of_the_data_sheets(capsys, name, memory, bandwidth, tdp):
    detail = answer(capsys, name)["detail"]
    assert detail["memory"] == memory
    assert detail["bandwidth"] == pytest.approx(bandwidth, rel=1e-2)
    assert detail["tdp"] == tdp


def test_the_sparse_column_says_not_to_use_it(capsys):
    assert main(["accelerators", "h100"]) == ExitCode.ANSWERED
    shown = capsys.readouterr().out
    assert "sparse, not to use (TFLOP/s)" in shown
    (line,) = [line for line in shown.splitlines() if line.startswith("  bf16  ")]
    assert line.split() == ["bf16", "989.4", "1979"]


def test_a_device_without_a_data_type_has_no_peak_in_it(capsys):
    """The V100 has neither bf16 nor tf32 nor fp8; its tensor cores do 125 TFLOP/s in fp16."""
    (row,) = answer(capsys, "v100")["accelerators"]
    assert row["peak_fp16"] == 125e12
    assert (row["peak_bf16"], row["peak_tf32"], row["peak_fp8"]) == (None, None, None)
    main(["accelerators", "v100"])
    assert "125 TFLOP/s dense fp16" in capsys.readouterr().out.splitlines()[0]


def test_every_accelerator_is_listed_once(capsys):
    assert [each["id"] for each in answer(capsys)["accelerators"]] == list(tables.accelerators())


def test_a_list_and_a_single_accelerator_have_the_same_keys(capsys):
    several, one = answer(capsys), answer(capsys, "h100")
    assert set(several) == set(one) == {"accelerators", "detail"}
    assert set(several["accelerators"][0]) == set(one["accelerators"][0])
    assert several["detail"] is None


def test_a_price_has_its_range_its_basis_and_its_date(capsys):
    found = answer(capsys, "h100")
    price = found["detail"]["price"]
    assert price["low"] <= price["value"] <= price["high"]
    date = found["accelerators"][0]["price_date"]
    assert date.startswith("20")
    assert date in price["method"]


def test_a_device_without_a_known_price_is_listed_without(capsys):
    (row,) = answer(capsys, "mi355x")["accelerators"]
    assert row["price"] is None
    main(["accelerators", "mi355x"])
    assert "$" not in capsys.readouterr().out.splitlines()[0]


def test_figures_from_memory_are_named(capsys):
    assert answer(capsys, "h100-pcie")["detail"]["from_memory"] == ["sparse fp8", "link"]
    rows = {row["id"]: row for row in answer(capsys)["accelerators"]}
    assert rows["tpu-v5p"]["from_memory"] == ["price typical"]
    assert rows["h100-sxm-80gb"]["from_memory"] == []


def test_devices_parts_and_traps_are_told(capsys):
    """A TPU v4 chip has two cores; a slice named v4-8 is four chips."""
    detail = answer(capsys, "tpu-v4")["detail"]
    assert (detail["devices_per_product"], detail["parts_per_device"]) == (1, 2)
    assert "4 chips" in detail["trap"]
    assert answer(capsys, "gb200")["detail"]["devices_per_product"] == 2


def test_the_measured_matrix_product_is_a_share_of_the_dense_peak(capsys):
    """271.2 of 312 TFLOP/s on an A100 (stas00/ml-engineering)."""
    assert answer(capsys, "a100")["detail"]["matmul_share"] == pytest.approx(271.2 / 312, rel=1e-12)


@pytest.mark.parametrize(("group", "member"), [("hopper", "h200-sxm-141gb"), ("AMD", "mi300x-192gb")])
def test_a_generation_or_a_vendor_is_listed(capsys, group, member):
    ids = {row["id"] for row in answer(capsys, group)["accelerators"]}
    assert member in ids
    assert len(ids) < len(tables.accelerators())


@pytest.mark.parametrize(("name", "nearest"), [("h1000", "h100"), ("hoper", "hopper")])
def test_a_wrong_name_is_told_with_the_nearest(capsys, name, nearest):
    assert main(["accelerators", name]) == ExitCode.WRONG_USAGE
    assert nearest in capsys.readouterr().err


def test_csv_has_one_accelerator_a_line_in_base_units(capsys):
    main(["accelerators", "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == len(tables.accelerators())
    h100 = next(row for row in rows if row["id"] == "h100-sxm-80gb")
    assert float(h100["peak_bf16"]) == 989.4e12
    assert float(h100["memory"]) == 80e9


@pytest.mark.parametrize(
    "quantity", [Rate(989.4e12), Rate(312e12), Coefficient(2085.43), Coefficient(0.0), Bandwidth(3.35e12)]
)
def test_the_figures_of_lists_parse_back(quantity):
    assert type(quantity).parse(str(quantity)) == quantity


@pytest.mark.parametrize(
    ("kind", "text"), [(Rate, "989 GB"), (Coefficient, "3 apples"), (Bandwidth, "450 GB")]
)
def test_a_figure_in_a_wrong_unit_is_refused(kind, text):
    with pytest.raises(Refused):
        kind.parse(text)
