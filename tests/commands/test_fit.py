"""`scalecalc fit`: certified optima with no setting changed, invariances, and what every answer says."""

import csv
import json
from math import log

import numpy as np
import pytest

from scalecalc import tables
from scalecalc.commands import call

CERTIFIED = {
    ("huber-1e-3", False): (
        0.0010183044653231,
        {"E": 1.8171357039, "A": 477.096344, "B": 2144.04499, "alpha": 0.34722575315, "beta": 0.36718337116},
    ),
    ("huber-raw", False): (
        0.002896354526938,
        {"E": 1.8202085545, "A": 454.942944, "B": 2410.9437, "alpha": 0.34428981694, "beta": 0.37307898858},
    ),
    ("huber-1e-3", True): (
        0.0018259936257855,
        {"E": 1.8910287921, "A": 494.218421, "B": 12800.3837, "alpha": 0.34914119848, "beta": 0.45287789555},
    ),
    ("huber-raw", True): (
        0.0058287724125122,
        {"E": 1.9195378032, "A": 465.267622, "B": 34306.8972, "alpha": 0.34530592669, "beta": 0.5003928887},
    ),
}
"""Least objectives of the bundled Chinchilla table, without and with its outliers: 9,000 starts of three
optimizers, polished with 50 digits."""

certified = pytest.mark.parametrize(("objective", "keep"), CERTIFIED)

EXPONENTS = ("alpha", "beta")


def values(result):
    return {name: each.value for name, each in result.parameters.items()}


def rows_of_chinchilla():
    with (tables.folder() / "runs" / "chinchilla.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["outlier"] != "yes"]


@pytest.fixture
def written(tmp_path):
    """Writes columns as a table and returns its path."""

    def path_of(**columns):
        path = tmp_path / "runs.csv"
        lines = zip(*columns.values(), strict=True)
        path.write_text("\n".join([",".join(columns), *(",".join(map(str, line)) for line in lines)]) + "\n")
        return str(path)

    return path_of


class TestCertifiedOptima:
    @certified
    def test_objective_is_the_least_to_eight_digits(self, objective, keep):
        result = call("fit", runs="chinchilla", objective=objective, keep_outliers=keep)
        assert result.objective.value == pytest.approx(CERTIFIED[objective, keep][0], rel=1e-8)
        assert result.objective.rows == (245 if keep else 240)
        assert result.verdict.startswith("optimum: ")

    @certified
    def test_parameters_are_those_of_the_optimum_to_five_digits(self, objective, keep):
        result = call("fit", runs="chinchilla", objective=objective, keep_outliers=keep)
        assert values(result) == pytest.approx(CERTIFIED[objective, keep][1], rel=1e-5)

    @certified
    def test_no_gradient_is_left(self, objective, keep):
        found = call("fit", runs="chinchilla", objective=objective, keep_outliers=keep).diagnostics
        assert found.gradient_norm < 1e-6
        assert found.smallest_eigenvalue > 0

    @pytest.mark.parametrize(("million", "billion"), [(1e6, 1e9), (1e9, 1e9), (1e-6, 1e3)])
    def test_units_of_the_table_change_nothing_but_the_scales(self, million, billion, written):
        # N' = N / u turns A into A / u**alpha and leaves E, alpha, beta and the objective as they were
        rows = rows_of_chinchilla()
        params = [float(row["params"]) / million for row in rows]
        tokens = [float(row["tokens"]) / billion for row in rows]
        source = written(params=params, tokens=tokens, loss=[row["loss"] for row in rows])
        result = call("fit", runs=source, objective="huber-1e-3")
        least, expected = CERTIFIED["huber-1e-3", False]
        assert result.objective.value == pytest.approx(least, rel=1e-8)
        found = values(result)
        assert found["A"] == pytest.approx(expected["A"] / million ** expected["alpha"], rel=2e-5)
        assert found["B"] == pytest.approx(expected["B"] / billion ** expected["beta"], rel=2e-5)
        assert [found[name] for name in ("E", *EXPONENTS)] == pytest.approx(
            [expected[name] for name in ("E", *EXPONENTS)], rel=1e-5
        )

    def test_order_of_rows_changes_nothing(self, written):
        rows = [rows_of_chinchilla()[i] for i in np.random.default_rng(5).permutation(240)]
        columns = {name: [row[name] for row in rows] for name in ("loss", "tokens", "params")}
        result = call("fit", runs=written(**columns), objective="huber-raw")
        assert values(result) == pytest.approx(CERTIFIED["huber-raw", False][1], rel=1e-5)

    def test_rows_written_twice_double_the_objective_and_nothing_else(self, written):
        rows = rows_of_chinchilla() * 2
        columns = {name: [row[name] for row in rows] for name in ("params", "tokens", "loss")}
        twice = call("fit", runs=written(**columns), objective="huber-1e-3")
        least, expected = CERTIFIED["huber-1e-3", False]
        assert twice.objective.value == pytest.approx(2 * least, rel=1e-8)
        assert values(twice) == pytest.approx(expected, rel=1e-5)
        once = call("fit", runs="chinchilla", objective="huber-1e-3")
        assert twice.diagnostics.effective_runs == once.diagnostics.effective_runs


class TestPublishedExponents:
    # Besiroglu et al. 2024 (arXiv 2404.10102): alpha 0.3478, beta 0.3658, a 0.5126
    @pytest.mark.parametrize("objective", [None, "huber-1e-3", "huber-raw"])
    def test_refit_of_chinchilla_lies_within_the_intervals(self, objective):
        result = call("fit", runs="chinchilla", objective=objective)
        for name, published in (("alpha", 0.3478), ("beta", 0.3658)):
            found = result.parameters[name]
            assert found.low < published < found.high
        assert result.exponents["a"].low < 0.5126 < result.exponents["a"].high

    def test_llama_3_by_approach_2_is_as_published(self):
        # Grattafiori et al. 2024 (arXiv 2407.21783), figure 3: D* = 0.299 C^0.537
        (found,) = call("fit", runs="llama3", approach="2").approaches
        assert found.tokens_coefficient == pytest.approx(0.30, abs=0.005)
        assert found.tokens_exponent.value == pytest.approx(0.537, abs=0.0005)

    @pytest.mark.parametrize("name", ["chinchilla", "llama3", "gpt3", "pile"])
    def test_what_differs_from_the_published_law_is_explained(self, name):
        notes = call("fit", runs=name).notes
        assert any(note.message.startswith(f"{name}: ") for note in notes)


class TestJson:
    @pytest.fixture
    def answer(self, scalecalc):
        outcome = scalecalc("fit", "chinchilla", "--at", "1e24", "--json")
        assert outcome.code == 0
        return outcome.json

    def test_keys_of_the_contract(self, answer):
        result = answer["result"]
        assert {"name", "value", "rows"} <= result["objective"].keys()
        assert {"value", "low", "high"} <= result["parameters"]["alpha"].keys()
        assert result["verdict"] == "optimum: 12 of 12 starts agree"

    def test_five_rows_that_matter_most_are_always_told(self, answer):
        shifts = [abs(row["shift"]) for row in answer["result"]["influence"]]
        assert len(shifts) == 5
        assert shifts == sorted(shifts, reverse=True)

    def test_forecast_holds_every_figure_with_its_interval(self, answer):
        (forecast,) = answer["result"]["forecasts"]
        for name in ("params", "tokens", "tokens_per_param", "loss", "loss_of_new_run"):
            assert forecast[name]["low"] < forecast[name]["value"] < forecast[name]["high"]
        assert forecast["loss_of_new_run"]["high"] > forecast["loss"]["high"]
        product = 6 * forecast["params"]["value"] * forecast["tokens"]["value"]
        assert product == pytest.approx(1e24)

    def test_far_forecast_is_a_warning(self, answer, scalecalc):
        assert [note["code"] for note in answer["notes"] if note["level"] == "warning"] == ["extrapolation"]
        assert scalecalc("fit", "chinchilla", "--at", "1e24", "--strict").code == 4
        assert scalecalc("fit", "chinchilla", "--at", "1e21", "--strict").code == 0

    def test_residuals_come_on_request(self, scalecalc, answer):
        assert answer["result"]["residuals"] == []
        rows = scalecalc("fit", "chinchilla", "--show-residuals", "--json").json["result"]["residuals"]
        assert len(rows) == 240
        first = rows[0]
        assert first["line"] == 2
        assert first["residual"] == pytest.approx(np.log(first["loss"] / first["fitted"]))

    def test_records_are_figures_one_a_line(self, scalecalc):
        lines = scalecalc("fit", "chinchilla", "--at", "1e24", "--format", "jsonl").out.splitlines()
        rows = list(map(json.loads, lines))
        assert [row["quantity"] for row in rows[:7]] == ["E", "A", "B", "alpha", "beta", "a", "b"]
        assert {row["flops"] for row in rows[7:]} == {1e24}


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_every_terminal_is_wide_enough(columns, scalecalc):
    outcome = scalecalc("fit", "llama3", "--approach", "all", "--at", "3.8e25", COLUMNS=str(columns))
    assert outcome.code == 0
    assert "D* factor" in outcome.out


def test_shift_of_a_row_is_what_leaving_it_out_does_in_standard_errors(tmp_path):
    # one Newton step against a whole refit: they differ by terms of second order, here some per cent
    whole = call("fit", runs="chinchilla", objective="least-squares", at=["1e23"])
    row = whole.influence[0]
    text = (tables.folder() / "runs" / "chinchilla.csv").read_text(encoding="utf-8").splitlines()
    rest = [
        line for number, line in enumerate(text, start=1) if number != row.line and not line.endswith("yes")
    ]
    path = tmp_path / "rest.csv"
    path.write_text("\n".join(rest), encoding="utf-8")
    without = call("fit", runs=str(path), objective="least-squares", at=["1e23"])
    size, left = whole.forecasts[0].params, without.forecasts[0].params
    error = log(size.high / size.low) / 2 / 1.970  # t quantile of 235 degrees of freedom
    assert row.shift == pytest.approx(log(left.value / size.value) / error, rel=0.25)
