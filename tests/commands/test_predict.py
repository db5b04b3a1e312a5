"""`scalecalc predict`: losses with intervals, tables, and the least compute for a loss."""

import csv
import io

import pytest

from scalecalc.commands import call
from scalecalc.problem import ExitCode, Problem


@pytest.fixture
def law(tmp_path):
    """The path of a law that was fitted to the bundled table."""
    path = tmp_path / "law.json"
    call("fit", runs="chinchilla", save=path)
    return [str(path)]


@pytest.fixture
def power(tmp_path):
    path = tmp_path / "power.json"
    call("fit", runs="gpt3", save=path)
    return [str(path)]


def predicted(**inputs):
    return call("predict", **inputs)


def problem(**inputs):
    with pytest.raises(Problem) as caught:
        predicted(**inputs)
    return caught.value


class TestOfAModel:
    def test_published_loss_of_chinchilla(self):
        # E + A / N^alpha + B / D^beta by hand, Besiroglu et al. 2024 (arXiv 2404.10102)
        (row,) = predicted(params="70B", tokens="1.4T").predictions
        assert row.loss.value == pytest.approx(1.8172 + 482.01 / 70e9**0.3478 + 2085.43 / 1.4e12**0.3658)
        assert (row.loss.low, row.loss_of_new_run) == (None, None)

    def test_published_law_without_covariance_says_so_and_how_to_get_one(self):
        (note,) = [
            note for note in predicted(params="70B", tokens="1.4T").notes if note.code == "no-intervals"
        ]
        assert "besiroglu2024 has no covariance" in note.message
        assert "scalecalc fit chinchilla --save law.json" in note.message

    def test_fitted_law_gives_both_intervals(self, law):
        (row,) = predicted(params="2B", tokens="40B", law=law).predictions
        mean, new = row.loss, row.loss_of_new_run
        assert new.low < mean.low < mean.value == new.value < mean.high < new.high
        assert (mean.level, mean.method) == (0.95, "delta")

    def test_level_widens(self, law):
        narrow, wide = (
            predicted(params="2B", tokens="40B", law=law, level=p).predictions[0] for p in (0.5, 0.99)
        )
        assert wide.loss.low < narrow.loss.low

    def test_distance_from_the_fitted_range_is_told(self, law):
        inside, outside = (
            predicted(params=n, tokens=d, law=law) for n, d in (("1B", "20B"), ("70B", "1.4T"))
        )
        assert inside.predictions[0].beyond_range == 1
        assert inside.notes == ()
        highest = max(6 * float(row["params"]) * float(row["tokens"]) for row in rows_of_chinchilla())
        assert outside.predictions[0].beyond_range == pytest.approx(6 * 70e9 * 1.4e12 / highest)
        assert [note.level for note in outside.notes] == ["warning"]


def rows_of_chinchilla():
    from scalecalc import tables

    with (tables.folder() / "runs" / "chinchilla.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["outlier"] != "yes"]


class TestOfABudget:
    def test_round_trip_through_the_file_loses_no_digit(self, law):
        (own,) = call("fit", runs="chinchilla", at=["1e24"]).forecasts
        again = predicted(flops="1e24", law=law)
        assert again.optimum.model_dump() == own.model_dump()
        assert again.predictions[0].loss == own.loss
        assert again.predictions[0].loss_of_new_run == own.loss_of_new_run
        assert call("optimal", flops="1e24", law=law).fitted.model_dump() == own.model_dump()

    def test_split_is_that_of_optimal(self):
        (row,) = predicted(flops="5.76e23").predictions
        best = call("optimal", flops="5.76e23")
        assert (row.params, row.tokens, row.loss.value) == (best.params, best.tokens, best.loss)

    @pytest.mark.parametrize("flops", ["1e19", "1e21", "3e23", "1e26"])
    def test_least_compute_turns_the_prediction_round(self, flops, law):
        for each in (law, ["besiroglu2024"], ["hoffmann2022-a3"]):
            loss = predicted(flops=flops, law=each).predictions[0].loss.value
            back = predicted(loss=loss, law=each)
            assert back.least_flops.value == pytest.approx(float(flops), rel=1e-9)
            assert back.predictions[0].loss.value == pytest.approx(loss, rel=1e-12)

    def test_least_compute_has_an_interval_by_a_fit(self, law):
        least = predicted(loss=2.2, law=law).least_flops
        assert least.low < least.value < least.high
        assert predicted(loss=2.2).least_flops.low is None

    def test_interval_of_least_compute_agrees_with_that_of_the_loss(self, law):
        # where the loss may be 1 % lower or higher, its least compute is that of those losses
        (row,) = predicted(flops="1e21", law=law).predictions
        least = predicted(loss=row.loss.value, law=law).least_flops
        dearest = predicted(loss=row.loss.low, law=law).least_flops.value
        assert least.high / least.value == pytest.approx(dearest / least.value, rel=0.05)

    def test_loss_below_the_floor_is_out_of_reach(self, law):
        found = problem(loss=1.5, law=law)
        assert found.exit_code == ExitCode.NO_ANSWER
        assert "no compute reaches a loss of 1.5" in found.message
        assert "its floor is 1.8" in found.hint


class TestOfOneVariable:
    def test_power_law_of_compute_is_read_and_turned_round(self, power):
        (row,) = predicted(flops="1e24", law=power).predictions
        (own,) = call("fit", runs="gpt3", at=["1e24"]).readings
        assert (row.loss.value, row.loss.low) == pytest.approx((own.value.value, own.value.low))
        least = predicted(loss=row.loss.value, law=power).least_flops
        assert least.value == pytest.approx(1e24)
        assert least.low < least.value < least.high

    def test_table_needs_no_more_than_the_laws_variable(self, power, tmp_path):
        path = tmp_path / "runs.csv"
        path.write_text("flops\n1e21\n1e22\n")
        rows = predicted(runs=str(path), law=power).predictions
        assert [row.flops for row in rows] == [1e21, 1e22]
        assert [row.params for row in rows] == [None, None]

    def test_law_that_predicts_no_loss_says_so(self, tmp_path):
        path = tmp_path / "law.json"
        call("fit", runs="llama3", x="flops", y="params", save=path)
        for question in ({"flops": "1e24"}, {"loss": 1.9}, {"params": "1B", "tokens": "20B"}):
            assert "predicts no loss" in problem(law=[str(path)], **question).message


class TestOfATable:
    def test_every_row_has_its_prediction_beside_its_loss(self, law):
        result = predicted(runs="chinchilla", law=law)
        residuals = call("fit", runs="chinchilla", show_residuals=True).residuals
        assert [row.line for row in result.predictions] == [row.line for row in residuals]
        assert [row.observed for row in result.predictions] == [row.loss for row in residuals]
        assert [row.loss.value for row in result.predictions] == pytest.approx(
            [row.fitted for row in residuals]
        )

    def test_rows_by_the_column_are_those_one_by_one(self, law):
        row = predicted(runs="chinchilla", law=law).predictions[17]
        (single,) = predicted(params=row.params, tokens=row.tokens, law=law).predictions
        assert (row.loss, row.loss_of_new_run) == (single.loss, single.loss_of_new_run)

    def test_errors_and_coverage_are_summed_up(self, law):
        found = predicted(runs="chinchilla", law=law).accuracy
        assert found.rows == 240
        # robust noise is less than that of all rows, so that fewer than 95 % are inside, but not far fewer
        assert 0.85 < found.inside < 0.98
        assert abs(found.bias) < found.spread < 0.01

    def test_conditions_choose_rows(self, law):
        rows = predicted(runs="chinchilla", where=["flops<1e19"], law=law).predictions
        assert 0 < len(rows) < 240
        assert all(row.flops < 1.01e19 for row in rows)

    def test_rows_far_outside_are_counted(self, law, tmp_path):
        path = tmp_path / "runs.csv"
        path.write_text("params,tokens\n1B,20B\n70B,1.4T\n405B,15T\n")
        (note,) = [note for note in predicted(runs=str(path), law=law).notes if note.level == "warning"]
        assert note.message.startswith("2 of 3 rows lie more than 2 times outside")

    def test_losses_of_another_unit_are_a_warning(self, law):
        notes = predicted(runs="llama3", law=law).notes
        assert any(note.code == "incomparable-losses" and note.level == "warning" for note in notes)

    def test_csv_has_one_line_for_each_row(self, law, scalecalc):
        outcome = scalecalc("predict", "chinchilla", "--law", *law, "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(outcome.out)))
        assert len(rows) == 240
        assert {
            "line",
            "params",
            "tokens",
            "loss.value",
            "loss.low",
            "loss_of_new_run.high",
            "observed",
        } <= set(rows[0])

    def test_standard_input_is_a_table_too(self, law, scalecalc):
        outcome = scalecalc("predict", "-", "--law", *law, "--json", stdin="N,D\n1e9,2e10\n2e9,2e10\n")
        assert [row["params"] for row in outcome.json["result"]["predictions"]] == [1e9, 2e9]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "nothing is asked"),
        ({"flops": "1e24", "loss": 2}, "--flops and --loss are 2 questions"),
        ({"runs": "pile", "params": "1B"}, "RUNS and --params or --tokens are 2 questions"),
        ({"params": "1B"}, "a model has --params and --tokens"),
        ({"flops": "1e24", "where": ["loss<3"]}, "--columns, --where and --keep-outliers are about a table"),
        ({"flops": "1e24", "law": ["besiroglu2024", "hoffmann2022-a3"]}, "--law is given 2 laws"),
    ],
)
def test_misuse_is_told(inputs, message):
    found = problem(**inputs)
    assert message in found.message
    assert found.exit_code == ExitCode.WRONG_USAGE
