"""Forms, fixed parameters, bounds and columns; and tables that cannot answer."""

import pytest

from scalecalc.commands import call
from scalecalc.problem import ExitCode, Problem


def problem(**inputs):
    with pytest.raises(Problem) as caught:
        call("fit", **inputs)
    return caught.value


class TestForms:
    @pytest.mark.parametrize(
        ("form", "names"),
        [
            ("additive", ["E", "A", "B", "alpha", "beta"]),
            ("shared-exponent", ["E", "A", "B", "alpha"]),
            ("joint-power", ["E", "A", "B", "alpha", "beta", "gamma"]),
            ("kaplan-joint", ["N_c", "D_c", "alpha_N", "alpha_D"]),
            ("power", ["a", "b"]),
            ("power-floor", ["E", "a", "b"]),
        ],
    )
    def test_every_form_is_fitted(self, form, names):
        result = call("fit", runs="chinchilla", form=form)
        assert list(result.parameters) == names
        assert result.verdict.startswith("optimum")

    def test_additive_is_the_default_where_both_vary(self):
        assert call("fit", runs="chinchilla").form == "additive"

    def test_power_is_the_default_where_one_does_not_and_it_is_said(self, simulated):
        runs = simulated(tokens=3e11)
        result = call("fit", runs=runs)
        assert result.form == "power"
        assert any("tokens are the same in every row" in note.message for note in result.notes)

    @pytest.mark.parametrize(
        ("x", "y"),
        [("flops", "loss"), ("params", "loss"), ("tokens", "loss"), ("flops", "params"), ("flops", "tokens")],
    )
    def test_any_column_goes_against_any_other(self, x, y):
        result = call("fit", runs="llama3", x=x, y=y)
        assert result.formula == f"{y} = a {x}^b"
        assert set(result.ranges) == {x, y}

    def test_column_of_any_name_is_an_axis(self, tmp_path):
        path = tmp_path / "runs.csv"
        path.write_text(
            "width,score\n" + "".join(f"{w},{3 * w**-0.5!r}\n" for w in (64, 128, 256, 512, 1024))
        )
        result = call("fit", runs=str(path), x="width", y="score")
        assert result.parameters["a"].value == pytest.approx(3)
        assert result.parameters["b"].value == pytest.approx(-0.5)
        assert result.law is None

    def test_published_power_law_of_optima_is_found_again(self, tmp_path):
        # Hoffmann et al. 2022, table 3: three of the compute-optimal sizes; any power passes through a power
        path = tmp_path / "optima.csv"
        path.write_text(
            "flops,params\n" + "".join(f"{c:.0e},{0.09 * c**0.5!r}\n" for c in (1e18, 1e19, 1e20, 1e21))
        )
        result = call("fit", runs=str(path), x="flops", y="params")
        assert (result.parameters["a"].value, result.parameters["b"].value) == pytest.approx((0.09, 0.5))


class TestHeldAndBounded:
    def test_fixed_parameter_is_held_and_told(self):
        result = call("fit", runs="chinchilla", fix=["alpha=0.34"])
        assert result.parameters["alpha"].value == pytest.approx(0.34)
        assert (result.parameters["alpha"].low, result.parameters["alpha"].method) == (None, "held")
        assert result.fixed == {"alpha": 0.34}

    def test_floor_may_be_held_at_nothing(self):
        assert call("fit", runs="chinchilla", fix=["E=0"]).parameters["E"].value == 0

    def test_falling_power_may_be_held(self):
        result = call("fit", runs="gpt3", form="power", fix=["b=-0.048"])
        assert result.parameters["b"].value == pytest.approx(-0.048)

    def test_bound_that_holds_is_told(self):
        result = call("fit", runs="chinchilla", bounds=["beta=0.2..0.3"])
        assert result.diagnostics.at_bound == {"beta": 0.3}
        assert result.verdict == "at a bound: beta = 0.3"
        assert any(note.code == "at-bound" and "too narrow" in note.message for note in result.notes)

    def test_bound_that_is_far_changes_nothing(self):
        free, bounded = (call("fit", runs="chinchilla", bounds=each) for each in ([], ["beta=0.1..2"]))
        assert free.parameters["beta"].value == pytest.approx(bounded.parameters["beta"].value, rel=1e-9)

    @pytest.mark.parametrize(
        ("inputs", "message"),
        [
            ({"fix": ["gamma=1"]}, "additive has no parameter gamma"),
            ({"fix": ["alpha"]}, "alpha holds no parameter"),
            ({"fix": ["alpha=some"]}, "some does not start with a number"),
            ({"fix": ["alpha=nan"]}, "nan is not finite"),
            ({"fix": ["alpha=-1"]}, "alpha is -1"),
            ({"fix": ["A=0"]}, "A is 0"),
            ({"bounds": ["alpha=0.5..0.2"]}, "alpha from 0.5 to 0.2 holds nothing"),
            ({"bounds": ["alpha=0.5"]}, "alpha=0.5 is no pair of bounds"),
            ({"fix": ["alpha=0.3"], "bounds": ["alpha=0.2..0.5"]}, "--fix and --bounds both name alpha"),
            ({"form": "additive", "x": "params"}, "--x and --y do not go with --form additive"),
            ({"x": "loss"}, "--x and --y are both loss"),
            ({"x": "depth"}, "has no column 'depth'"),
            ({"form": "power", "approach": "2"}, "--approach 2 needs a law of params and tokens"),
            ({"x": "params", "at": ["1e24"]}, "--at is a budget in FLOPs, and this is a law of params"),
        ],
    )
    def test_misuse_is_told(self, inputs, message):
        found = problem(runs="chinchilla", **inputs)
        assert message in found.message
        assert found.exit_code == ExitCode.WRONG_USAGE
        assert found.hint


class TestTablesThatCannotAnswer:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"tokens_per_param": 20}, "tokens are proportional to params"),
            ({"params": 1e9}, "all params equal 1e+09"),
            ({"loss": 3.0}, "the loss is 3 in every row"),
            ({"rows": 5}, "5 different rows cannot determine 5 parameters"),
        ],
    )
    def test_refused_with_reason_and_remedy(self, changes, reason, simulated):
        found = problem(runs=simulated(**changes), form="additive")
        assert reason in found.message
        assert found.exit_code == ExitCode.NO_ANSWER
        assert found.hint

    def test_one_row_many_times_is_one_row(self, tmp_path):
        path = tmp_path / "runs.csv"
        path.write_text("params,tokens,loss\n" + "1e8,2e9,3\n" * 100)
        assert "1 different rows" in problem(runs=str(path), form="additive").message

    def test_two_of_the_three_columns_are_asked_for(self, tmp_path):
        path = tmp_path / "runs.csv"
        path.write_text("tokens,loss\n1e9,3\n2e9,2.9\n4e9,2.8\n")
        found = problem(runs=str(path))
        assert found.message.endswith("of params, tokens and flops it has tokens")
        assert "--x tokens" in found.hint


class TestClusters:
    def test_checkpoints_of_a_run_column_are_runs(self, simulated):
        result = call("fit", runs=simulated(checkpoints=True, labelled=True))
        assert result.diagnostics.noise == "clustered"
        assert result.diagnostics.effective_runs == 10
        assert any("10 effective runs, not 60 rows" in note.message for note in result.notes)

    def test_checkpoints_without_labels_are_recognized(self, simulated):
        result = call("fit", runs=simulated(checkpoints=True))
        assert (result.diagnostics.noise, result.diagnostics.effective_runs) == ("clustered", 10)

    def test_separate_runs_are_not(self, simulated):
        assert call("fit", runs=simulated()).diagnostics.noise != "clustered"
