"""Every row of the bundled tables is held to its checks; rows that do not pass stand in data/deviations.csv.

The tables are read here with the csv module alone, so that no reader of the program hides a fault.
"""

import csv
import io
import math
import time
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from scalecalc.compute.model import PublishedModel
from scalecalc.compute.parameters import Parameters, parameters

DATA = Path(__file__).parent.parent / "data"
TABLES = sorted(path.relative_to(DATA).as_posix() for path in DATA.rglob("*.csv"))
RUNS = [name for name in TABLES if name.startswith("runs/")]

FLOPS_TOLERANCE = 0.05
"""Published FLOPs are printed to two or three digits, and some count attention: up to 5 % beside 6ND."""

PARAMS_TOLERANCE = 0.02
"""Published sizes of two digits are rounded by up to 5 in the third: Gopher's 1.4B is 1.375B by its shape."""

USUAL_MFU = (0.10, 0.60)
"""Where GPU-hours and 6ND are both of one run; outside of it one of the two is of something else."""

POSITIVE_UNITS = {
    *("year", "devices", "parts", "parameters", "tokens", "FLOPs", "layers", "heads", "experts", "runs"),
    *("TFLOP/s", "TOP/s", "GB", "GB/s", "W", "USD/h", "h", "share", "d", "MWh", "t", "USD"),
}


@cache
def rows(table: str) -> list[dict[str, str]]:
    with (DATA / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_id(table: str) -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in rows(table)}


def number(row: dict[str, str], column: str) -> float | None:
    return float(row[column]) if row[column] else None


def columns_of(table: str) -> dict[str, str]:
    """Units by column, as data/columns.csv has them for this table."""
    folder = table.rpartition("/")[0] + "/"
    return {row["column"]: row["unit"] for row in rows("columns.csv") if row["table"] in (table, folder)}


def six_nd(row: dict[str, str]) -> float | None:
    params, tokens = number(row, "active_params") or number(row, "params"), number(row, "tokens")
    return 6 * params * tokens if params and tokens else None


def counted(row: dict[str, str]) -> Parameters:
    """Parameters by part of a row that has a shape."""
    shape = PublishedModel.from_row(row).shape
    assert shape is not None
    return parameters(shape)


def differs(value: float, expected: float, tolerance: float) -> bool:
    return abs(value / expected - 1) > tolerance


# ---------------------------------------------------------------- the files as files


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_utf8_with_plain_line_ends_and_full_rows(table):
    raw = (DATA / table).read_bytes()
    text = raw.decode("utf-8")
    lines = list(csv.reader(io.StringIO(text), strict=True))

    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    assert {len(line) for line in lines} == {len(lines[0])}
    assert all(cell == cell.strip() for line in lines for cell in line)


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_described_and_no_other(table):
    assert list(columns_of(table)) == list(rows(table)[0])
    assert all(name == name.lower() and name.isidentifier() for name in rows(table)[0])


@pytest.mark.parametrize("table", TABLES)
def test_numbers_are_positive_and_finite(table):
    units = columns_of(table)
    for row in rows(table):
        for column, text in row.items():
            if text and units[column] in POSITIVE_UNITS:
                assert 0 < float(text) < math.inf, (row, column)


@pytest.mark.parametrize("table", [name for name in TABLES if "source" in columns_of(name)])
def test_every_row_has_a_source(table):
    assert all(row["source"] for row in rows(table))


@pytest.mark.parametrize("table", ["accelerators.csv", "models.csv"])
def test_ids_and_aliases_name_one_row_each(table):
    names = Counter(name for row in rows(table) for name in [row["id"], *row["aliases"].split()])
    assert [name for name, times in names.items() if times > 1] == []
    assert all(name == name.lower() for name in names)


@pytest.mark.parametrize("table", ["accelerators.csv", "models.csv", "training_runs.csv"])
def test_what_stands_from_memory_alone_is_marked_and_there(table):
    for row in rows(table):
        assert row["verification"] in ("retrieved", "secondary", "memory")
        assert all(row[column] for column in row["unverified"].split()), row["id"]


def test_the_two_tables_of_names_are_parsed_in_five_milliseconds():
    texts = [(DATA / name).read_text(encoding="utf-8") for name in ("accelerators.csv", "models.csv")]

    def once() -> float:
        start = time.perf_counter()
        for text in texts:
            list(csv.reader(io.StringIO(text)))
        return time.perf_counter() - start

    assert min(once() for _ in range(5)) < 0.005


# ---------------------------------------------------------------- checks that some rows do not pass


def models_beside_their_flops():
    for row in rows("models.csv"):
        published, product = number(row, "flops_published"), six_nd(row)
        if published and product:
            yield "models.csv", row["id"], differs(published, product, FLOPS_TOLERANCE)


def optima_beside_their_flops():
    for row in rows("chinchilla_optimal.csv"):
        product = 6 * float(row["params"]) * float(row["tokens"])
        name = f"approach {row['approach']} at {row['params']}"
        yield "chinchilla_optimal.csv", name, differs(float(row["flops"]), product, FLOPS_TOLERANCE)


def models_beside_their_shapes():
    for row in rows("models.csv"):
        if row["formula"]:
            yield "models.csv", row["id"], differs(counted(row).total, float(row["params"]), PARAMS_TOLERANCE)


def models_beside_their_hours():
    accelerators = by_id("accelerators.csv")
    for row in rows("models.csv"):
        hours, product = number(row, "gpu_hours"), six_nd(row)
        if hours and product:
            device = accelerators[row["hardware"]]
            peak = 1e12 * float(device["bf16_tflops"] or device["fp16_tflops"])
            mfu = product / (3600 * hours * peak)
            yield "models.csv", row["id"], not USUAL_MFU[0] <= mfu <= USUAL_MFU[1]


def accelerators_beside_their_names():
    for row in rows("accelerators.csv"):
        if row["id"].endswith("gb"):
            in_name = float(row["id"].rpartition("-")[2].removesuffix("gb"))
            yield "accelerators.csv", row["id"], in_name != float(row["memory_gb"])


def accelerators_beside_their_sparse_figures():
    for row in rows("accelerators.csv"):
        dense = {"fp4": row["fp4_tflops"], "fp8": row["fp8_tflops"], "16bit": row["bf16_tflops"]}
        sparse = {dtype: number(row, f"sparse_{dtype}_tflops") for dtype in dense}
        known = [(float(dense[dtype]), figure) for dtype, figure in sparse.items() if figure]
        if known:
            # 3 %: the L40S is sold as 362 and 733
            deviates = any(differs(figure, 2 * peak, 0.03) for peak, figure in known)
            yield "accelerators.csv", row["id"], deviates


def losses_beside_smaller_models():
    series: dict[str, tuple[float, float]] = {}
    for row in rows("runs/pile.csv"):
        name = row["run"].rpartition("-")[0]
        params, loss = float(row["params"]), float(row["loss"])
        before = series.get(name, (0.0, math.inf))
        yield "runs/pile.csv", row["run"], not (before[0] < params and loss < before[1])
        series[name] = params, loss


def runs_beside_their_days():
    for row in rows("training_runs.csv"):
        devices, days, hours = (number(row, column) for column in ("devices", "days", "gpu_hours"))
        if devices and days and hours:
            # days are rounded to a whole one in some rows: 6 % of two weeks
            yield "training_runs.csv", row["id"], differs(24 * devices * days, hours, 0.06)


CHECKS = {
    "6ND gives published FLOPs": (models_beside_their_flops, optima_beside_their_flops),
    "shape gives params": (models_beside_their_shapes,),
    "GPU-hours give a usual MFU": (models_beside_their_hours,),
    "memory in the name": (accelerators_beside_their_names,),
    "sparse is twice dense": (accelerators_beside_their_sparse_figures,),
    "loss falls with size": (losses_beside_smaller_models,),
    "devices times days are the hours": (runs_beside_their_days,),
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_rows_that_deviate_are_those_listed_with_a_reason(check):
    checked = [result for rows_of in CHECKS[check] for result in rows_of()]
    found = {(table, row) for table, row, deviates in checked if deviates}
    listed = {(row["table"], row["row"]) for row in rows("deviations.csv") if row["check"] == check}

    assert found - listed == set(), "not listed"
    assert listed - found == set(), "listed, but they pass"
    assert len(checked) > len(found)


def test_every_listed_deviation_is_of_a_known_check_and_has_a_reason():
    assert {row["check"] for row in rows("deviations.csv")} == set(CHECKS)
    assert all(row["reason"] for row in rows("deviations.csv"))


# ---------------------------------------------------------------- accelerators


def test_a_sparse_figure_is_never_the_dense_peak():
    for row in rows("accelerators.csv"):
        for dense, sparse in (("fp4", "fp4"), ("fp8", "fp8"), ("bf16", "16bit"), ("fp16", "16bit")):
            figure = number(row, f"sparse_{sparse}_tflops")
            peak = number(row, f"{dense}_tflops")
            assert not figure or not peak or figure > 1.2 * peak, row["id"]


def test_every_accelerator_has_a_16_bit_peak_that_no_matrix_product_exceeds():
    for row in rows("accelerators.csv"):
        peak = number(row, "bf16_tflops") or number(row, "fp16_tflops")
        assert peak
        assert (number(row, "matmul_bf16_tflops") or 0) < peak, row["id"]


def test_prices_are_in_order_and_dated():
    for row in rows("accelerators.csv"):
        prices = [number(row, f"price_{level}_usd_per_hour") for level in ("low", "typical", "high")]
        known = [price for price in prices if price]
        assert known == sorted(known), row["id"]
        assert bool(known) == bool(row["price_date"]) == bool(row["price_basis"]) == bool(prices[1]), row[
            "id"
        ]


# ---------------------------------------------------------------- models


def test_the_families_asked_for_are_complete():
    families = Counter(row["family"] for row in rows("models.csv") if row["formula"] and row["tokens"])
    assert (families["GPT-3"], families["Gopher"], families["Chinchilla"]) == (8, 6, 1)
    llamas = [row for row in rows("models.csv") if row["family"].lower().startswith("llama")]
    assert len(llamas) == 17
    assert all(row["formula"] and row["tokens"] and row["gpu_hours"] for row in llamas)
    assert all(row["flops_published"] for row in rows("models.csv") if row["family"] == "GPT-3")


def test_kinds_and_active_parameters_agree():
    for row in rows("models.csv"):
        assert row["kind"] in ("dense", "moe", "encdec")
        active = number(row, "active_params")
        assert (active is None) == (row["kind"] == "dense"), row["id"]
        assert (active or 0) < float(row["params"])
        if row["kind"] == "encdec":
            assert active == float(row["params"]) / 2


def test_active_parameters_of_a_mixture_follow_from_its_shape():
    mixtures = [row for row in rows("models.csv") if row["formula"] and row["n_experts"]]
    assert len(mixtures) == 8
    for row in mixtures:
        assert counted(row).active == pytest.approx(float(row["active_params"]), rel=0.02)


# ---------------------------------------------------------------- runs


@pytest.mark.parametrize("table", RUNS)
def test_a_run_is_measured_once_in_each_split(table):
    runs = Counter((row["run"], row["split"]) for row in rows(table))
    assert set(runs.values()) == {1}


@pytest.mark.parametrize("table", ["runs/chinchilla.csv", "runs/llama3.csv"])
def test_points_read_from_a_figure_lie_on_6nd(table):
    for row in rows(table):  # three numbers of four digits: 3 * 0.05 %
        assert six_nd({"active_params": "", **row}) == pytest.approx(float(row["flops"]), rel=1.5e-3)


def test_the_chinchilla_points_are_245_with_the_five_largest_losses_marked():
    table = rows("runs/chinchilla.csv")
    largest = sorted(table, key=lambda row: float(row["loss"]), reverse=True)[:5]
    assert len(table) == 245
    assert {row["run"] for row in largest} == {row["run"] for row in table if row["outlier"] == "yes"}


def test_the_isoflop_points_are_133_on_ten_budgets():
    budgets = Counter(row["flops"] for row in rows("runs/llama3.csv"))
    assert (len(budgets), sum(budgets.values())) == (10, 133)


def test_the_minima_of_the_isoflop_curves_grow_as_their_paper_states():
    # Grattafiori et al. 2024 (arXiv 2407.21783), section 3.2.1: D = 0.29 C^0.53 at the minima of parabolas
    curves: dict[str, list[tuple[float, float]]] = {}
    for row in rows("runs/llama3.csv"):
        curves.setdefault(row["flops"], []).append((math.log(float(row["tokens"])), float(row["loss"])))
    bends = [np.polyfit(*zip(*points, strict=True), deg=2) for points in curves.values()]
    log_budgets = np.log([float(flops) for flops in curves])
    exponent, log_factor = np.polyfit(log_budgets, [-slope / (2 * bend) for bend, slope, _ in bends], deg=1)

    assert exponent == pytest.approx(0.53, abs=0.01)  # printed to two digits, read off a figure
    at_budget = math.exp(log_factor) * 3.8e25**exponent
    assert at_budget == pytest.approx(16.55e12, rel=0.05)  # tokens that the paper extrapolates to


def test_the_zero_shot_loss_falls_with_size():
    losses = [float(row["loss"]) for row in rows("runs/gpt3.csv") if row["split"] == "lambada_zero_shot"]
    assert len(losses) == 8
    assert losses == sorted(losses, reverse=True)


def test_lambada_losses_are_the_logarithms_of_the_printed_perplexities():
    for row in rows("runs/gpt3.csv"):
        perplexity = float(row["note"].rpartition(" ")[2])
        assert float(row["loss"]) == pytest.approx(math.log(perplexity), abs=5e-5)


def test_lambada_runs_are_those_of_the_table_of_models():
    models = by_id("models.csv")
    for row in rows("runs/gpt3.csv"):
        model = models[row["run"]]
        assert (row["params"], row["flops"]) == (model["params"], model["flops_published"])


def test_the_pile_losses_follow_the_published_curve():
    # Dey et al. 2023 (arXiv 2304.03208), eq. 1, over the seven models of its own series
    series = [row for row in rows("runs/pile.csv") if row["run"].rpartition("-")[0] == "cerebras-gpt"]
    assert len(series) == 7
    for row in series:
        curve = (float(row["flops"]) / 5.984e22) ** -0.0737 + 0.5066
        # the fit leaves up to 1 %, and FLOPs of two digits move the curve by 0.2 %
        assert float(row["loss"]) == pytest.approx(curve, rel=0.012)


def test_exact_flop_counts_of_the_pile_table_exceed_6nd():
    for row in rows("runs/pile.csv"):
        assert 1 < float(row["flops"]) / six_nd({"active_params": "", **row}) < 1.8
