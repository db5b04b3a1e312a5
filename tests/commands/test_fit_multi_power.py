"""scalecalc fit --form multi-power: loss curves in, a law out that `schedule loss` follows, and refusals."""

import json
from pathlib import Path

import numpy as np
import pytest

from scalecalc import commands
from scalecalc.commands._loss_curves import loss_curves
from scalecalc.problem import ExitCode, Problem

RELEASED = json.loads((Path(__file__).parent.parent / "training" / "loss_curves.json").read_text())
HEADER = "run,step,learning rate,loss"


def rate(name, step):
    if name == "cosine":
        return 3e-5 + 1.35e-4 * (1 + np.cos(np.pi * (step - 2160) / 21840))
    return 9e-5 if name == "two-stage" and step >= 8000 else 3e-4


def rows(name):
    return [
        f"{name},{step},{rate(name, step)},{loss}"
        for step, loss in zip(*RELEASED["curves"][name], strict=True)
    ]


@pytest.fixture
def curves(tmp_path):
    """Writes the released runs of those names as a table; returns its path."""

    def path_of(*names):
        path = tmp_path / "curves.csv"
        path.write_text("\n".join([HEADER, *(row for name in names for row in rows(name))]) + "\n")
        return str(path)

    return path_of


@pytest.fixture
def table(tmp_path):
    """Writes a text as a table; returns its path."""

    def path_of(text):
        path = tmp_path / "table.csv"
        path.write_text(text)
        return str(path)

    return path_of


def fit(source, **asked):
    return commands.call("fit", runs=source, form="multi-power", **asked)


ALL = ("cosine", "constant", "two-stage")


class TestFit:
    def test_the_released_curves_give_constants_with_intervals(self, curves):
        found = fit(curves(*ALL))
        assert list(found.parameters) == ["L0", "A", "alpha", "B", "C", "beta", "gamma"]
        assert found.verdict.startswith("optimum")
        for each in found.parameters.values():
            assert each.low < each.value < each.high
        # the law's published constants leave 1.9e-5 to 4e-5 of mean squared error on these curves
        assert found.objective.value / found.objective.rows < 2e-7

    def test_a_saved_law_is_followed_by_schedule_loss(self, curves, tmp_path):
        place = tmp_path / "law.json"
        found = fit(curves(*ALL), save=place)
        assert json.loads(place.read_text()) == json.loads(json.dumps(found.law))
        ending = commands.call(
            "schedule loss", law=str(place), decay=["cosine"], peak_lr=3e-4, steps="24000", warmup="2160"
        ).endings[0]
        assert ending.loss == pytest.approx(RELEASED["curves"]["cosine"][1][-1], abs=5e-3)

    def test_other_commands_say_that_it_is_no_law_of_theirs(self, curves, tmp_path):
        place = tmp_path / "law.json"
        fit(curves(*ALL), save=place)
        with pytest.raises(Problem, match="multi-power"):
            commands.call("optimal", flops="1e20", law=[str(place)])

    def test_residuals_are_told_row_by_row(self, curves):
        found = fit(curves("two-stage"), show_residuals=True)
        assert [each.line for each in found.residuals] == list(range(2, 111))
        assert all(each.fitted == pytest.approx(each.loss, rel=0.02) for each in found.residuals)

    def test_a_plot_shows_every_run_and_its_fit(self, curves):
        (chart,) = fit(curves(*ALL), plot=True).charts
        assert [each.label for each in chart.series][:2] == ["cosine", "cosine fitted"]
        assert len(chart.series) == 6

    def test_the_screen(self, curves, scalecalc):
        told = scalecalc("fit", curves(*ALL), "--form", "multi-power").out
        assert told.startswith("L = 2.6")
        assert "2160" not in told.splitlines()[0]


class TestWhatIsNotIdentified:
    def test_a_constant_rate_tells_nothing_of_falls(self, curves):
        found = fit(curves("constant"))
        assert (found.verdict, found.law) == ("not identifiable", None)
        assert list(found.parameters) == ["L0", "A", "alpha"]
        assert [note.code for note in found.notes if note.level == "warning"] == ["not-identifiable"]

    def test_it_is_not_saved(self, curves, tmp_path):
        with pytest.raises(Problem, match="nothing of a falling rate"):
            fit(curves("constant"), save=tmp_path / "law.json")
        assert not (tmp_path / "law.json").exists()

    def test_one_curve_leaves_constants_without_an_interval(self, curves):
        found = fit(curves("cosine"))
        open_constants = [name for name, each in found.parameters.items() if each.low is None]
        assert open_constants
        assert "in part" in found.verdict
        assert all(name in found.notes[-1].message for name in open_constants)


class TestTable:
    def test_a_jump_between_flat_parts_stands_at_its_later_row(self, curves):
        (curve,) = loss_curves(curves("two-stage"), None, ()).curves
        assert curve.rates[7998] == 3e-4
        assert curve.rates[7999] == 9e-5

    def test_before_the_first_row_the_rate_rises_from_zero(self, curves):
        found = loss_curves(curves("constant"), None, ())
        (curve,) = found.curves
        assert curve.rates[1087] == pytest.approx(1.5e-4)
        assert any("rise in a line" in text for text in found.remarks)

    def test_long_logs_are_averaged(self, table):
        lines = [f"{step},1e-3,{3 + 1 / step}" for step in range(1, 5001)]
        found = loss_curves(table("\n".join(["step,lr,loss", *lines])), None, ())
        (curve,) = found.curves
        assert len(curve.steps) == 200
        assert curve.losses[-1] == pytest.approx(3 + 1 / 4988, rel=1e-6)
        assert any("5000 rows are averaged to 200" in text for text in found.remarks)

    def test_steps_from_zero_and_rows_in_any_order(self, table):
        lines = [f"{step},1e-3,{3 + 1 / (step + 1)}" for step in reversed(range(20))]
        (curve,) = loss_curves(table("\n".join(["iter,eta,val_loss", *lines])), None, ()).curves
        assert curve.steps.tolist() == list(range(1, 21))
        assert curve.losses[0] == 4

    def test_columns_and_rows_are_chosen(self, table):
        lines = [f"{step},1e-3,{3 + 1 / (step + 1)},{split}" for step in range(20) for split in ("a", "b")]
        source = table("\n".join(["t,r,l,split", *lines]))
        found = loss_curves(source, "step=t, lr=r, loss=l", ["split=a"])
        assert len(found.lines) == 20

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("step,lr\n1,1\n", "no column for loss"),
            ("a,b\n1,1\n", "no column for step"),
            ("step,lr,loss\n1,1e-3,x\n", "line 2: column loss: 'x' is no loss from 0.001 to 1000"),
            ("step,lr,loss\n1,1e-3,\n", "line 2: column loss: '' is no loss from"),
            ("step,lr,loss\n1,-1,3\n", "line 2: column lr: '-1' is no learning rate"),
            ("step,lr,loss\n1.5,1e-3,3\n", "line 2: column step: '1.5' is no whole step"),
            ("step,lr,loss\n1e9,1e-3,3\n", "is no whole step from 1 to 5e+06"),
            ("step,lr,loss\n1,1e-3,inf\n", "'inf' is no loss"),
            ("step,lr,loss\n1,1e-3,3\n", "1 rows are too few"),
            ("step,lr,loss\n" + "5,1e-3,3\n" * 12, "step 5 stands twice"),
            ("step,lr,loss\n" + "".join(f"{i},0,3\n" for i in range(12)), "zero throughout"),
            ("step,lr,learning_rate,eta,loss\n1,1,1,1,1\n", "1 rows are too few"),
            ("step,learning_rate,eta,loss\n1,1,1,1\n", "learning_rate and eta may both be the lr"),
        ],
    )
    def test_a_broken_table_is_refused_by_line(self, table, text, told):
        with pytest.raises(Problem) as caught:
            fit(table(text))
        assert told in caught.value.message
        assert caught.value.exit_code == ExitCode.BAD_DATA

    @pytest.mark.parametrize(
        ("rate", "loss"),
        [
            (lambda i: 1e-3 * (1 - i / 20), lambda i: 3.0),
            (lambda i: 1e-3 * (1 - i / 20), lambda i: 3.0 + i),
            (lambda i: 10.0 ** -(i % 12), lambda i: 3.0 + i % 3),
            (lambda i: 1e-3 * (i == 3), lambda i: 3.0 - i / 100),
        ],
        ids=["level", "rising", "wild", "one-step"],
    )
    def test_curves_that_no_law_describes_are_told_as_not_identified(self, table, rate, loss):
        lines = [f"{i + 1},{rate(i)!r},{loss(i)!r}" for i in range(14)]
        found = fit(table("\n".join(["step,lr,loss", *lines])))
        assert "not identifiable" in found.verdict

    @pytest.mark.parametrize(
        ("asked", "told"),
        [
            ({"columns": "step=nowhere"}, "no column is called 'nowhere'"),
            ({"columns": "speed=step"}, "names no column of loss curves"),
            ({"where": ["nowhere=1"]}, "has no column 'nowhere'"),
            ({"where": ["step>1e8"]}, "no row meets"),
            ({"at": ["1e20"]}, "--at does not go with"),
            ({"fix": ["L0=2"]}, "--fix does not go with"),
            ({"ci": "bootstrap"}, "--ci does not go with"),
            ({"approach": "all"}, "--approach does not go with"),
            ({"objective": "huber"}, "--objective huber does not go with"),
            ({"x": "flops"}, "--x and --y do not go with"),
        ],
    )
    def test_options_that_do_not_fit_are_refused(self, curves, asked, told):
        with pytest.raises(Problem) as caught:
            fit(curves("constant"), **asked)
        assert told in caught.value.message

    def test_a_file_that_is_not_there(self):
        with pytest.raises(Problem, match="no such file"):
            fit("nowhere.csv")
