"""Traces as golden vectors: numbers worked by hand, PyTorch's trajectories, two optimizers side by side."""

import csv
import io
import json
import math
from pathlib import Path

import pytest

from scalecalc import commands

VECTORS = json.loads((Path(__file__).parent.parent / "training" / "optimizer_vectors.json").read_text())


def trace(**asked):
    return commands.call("optimizer trace", **asked)


def column(rows, name):
    return [getattr(row, name) for row in rows]


class TestByHand:
    def test_adamw_on_two_gradients(self):
        """Kingma and Ba 2015, algorithm 1, and w shrunk by lr wd = 0.05 before it."""
        first, second = trace(
            gradients="2,-1", learning_rate=0.1, beta1=0.5, beta2=0.75, eps=1e-12, weight_decay=0.5
        ).steps
        assert (first.m, first.v, first.m_hat, first.v_hat) == (1.0, 1.0, 2.0, 4.0)
        assert (first.decay, first.update) == pytest.approx((-0.05, -0.1))
        assert first.param == pytest.approx(0.85)
        assert (second.m, second.v) == (0.0, 1.0)
        assert second.m_hat == 0.0
        assert second.v_hat == pytest.approx(1 / (1 - 0.75**2))
        assert second.param == pytest.approx(0.85 * 0.95)

    def test_nesterov_on_a_constant_gradient(self):
        rows = trace(optimizer="nesterov", gradients="1,1", momentum=0.5, learning_rate=1, params="0").steps
        assert column(rows, "velocity") == [1.0, 1.5]
        assert column(rows, "update") == [-1.5, -1.75]
        assert column(rows, "param") == [-1.5, -3.25]

    def test_l2_stands_in_the_gradient_and_decoupled_decay_beside_it(self):
        l2, apart = (
            trace(optimizer=name, gradients="1", weight_decay=0.5, params="2").steps[0]
            for name in ("adam-l2", "adamw")
        )
        assert (l2.regularized, l2.decay) == (2.0, None)
        assert (apart.regularized, apart.decay) == (None, -0.001 * 0.5 * 2)

    def test_adafactor_on_a_matrix_tells_rows_and_columns(self):
        rows = trace(optimizer="adafactor", gradients="[[[1,2],[3,4]]]").steps
        assert column(rows, "entry") == ["0,0", "0,1", "1,0", "1,1"]
        assert column(rows, "row_v") == [2.5, 2.5, 12.5, 12.5]
        assert column(rows, "column_v") == [5.0, 10.0, 5.0, 10.0]
        assert column(rows, "v") == pytest.approx([r * c / 7.5 for r in (2.5, 12.5) for c in (5, 10)])


class TestAsVectors:
    @pytest.mark.parametrize(
        "case",
        [case for case in VECTORS["cases"] if case["shape"] != "stack"],
        ids=lambda case: f"{case['optimizer']} {case['shape']} {case['settings']}",
    )
    def test_the_parameters_are_pytorchs_to_1e_12(self, case):
        gradients = VECTORS["gradients"][case["shape"]]
        start = VECTORS["start"][case["shape"]]
        found = trace(
            optimizer=case["optimizer"],
            gradients=json.dumps(gradients),
            params=repr(start) if isinstance(start, float) else json.dumps(start),
            **case["settings"],
        )
        expected = list(flat(case["params"]))
        assert column(found.steps, "param") == pytest.approx(expected, rel=1e-12, abs=1e-12)

    def test_parameter_decay_and_update_add_up_in_every_row(self):
        found = trace(optimizer="lion", gradients="1,-2,0.5,0", weight_decay=0.1, params="3")
        before = 3.0
        for row in found.steps:
            assert row.param == before + row.decay + row.update
            before = row.param

    def test_csv_and_json_hold_every_digit(self, scalecalc):
        words = ("optimizer", "trace", "--gradients", "0.1,0.2,0.3")
        rows = list(csv.DictReader(io.StringIO(scalecalc(*words, "--format", "csv").out)))
        steps = scalecalc(*words, "--json").json["result"]["steps"]
        assert [float(row["v_hat"]) for row in rows] == [step["v_hat"] for step in steps]
        assert [step["gradient"] for step in steps] == [0.1, 0.2, 0.3]

    def test_a_table_of_gradients_comes_from_standard_input(self, scalecalc):
        outcome = scalecalc("optimizer", "trace", "--gradients", "-", "--json", stdin="w,b\n1,2\n0.5,-1\n")
        given = [(step["step"], step["entry"], step["gradient"]) for step in outcome.json["result"]["steps"]]
        assert given == [(1, "0", 1.0), (1, "1", 2.0), (2, "0", 0.5), (2, "1", -1.0)]

    def test_one_start_holds_for_all_entries_or_each_has_its_own(self):
        assert column(trace(optimizer="sgd", gradients="0,0;", params="5").steps, "param") == [5.0, 5.0]
        assert column(trace(optimizer="sgd", gradients="0,0;", params="5,-6").steps, "param") == [5.0, -6.0]


ASKED = {"gradients": "0.1,10;-0.1,-10;0.1,10", "weight_decay": 1.0}


class TestAgainst:
    def test_the_two_meet_the_same_gradients_and_their_difference_is_told(self):
        found = trace(optimizer="adamw", against="adam-l2", **ASKED)
        for name in ("adamw", "adam-l2"):
            alone = trace(optimizer=name, **ASKED).steps
            assert [row for row in found.steps if row.optimizer == name] == list(alone)
        for row in found.contrast:
            assert row.difference == row.param - row.other_param
        assert found.difference == max(abs(row.difference) for row in found.contrast[-2:])

    def test_large_gradients_hide_decay_in_adam_l2_and_not_in_adamw(self):
        """Loshchilov and Hutter 2019 (arXiv 1711.05101), section 2: weights are decayed by unlike amounts."""
        rows = trace(optimizer="adamw", against="adam-l2", **ASKED).contrast[-2:]
        small, large = rows
        assert small.param == pytest.approx(large.param, rel=1e-6)
        assert small.other_param < large.other_param - 1e-3

    def test_without_decay_adamw_and_adam_take_the_same_steps_and_a_note_says_so(self):
        found = trace(optimizer="adamw", against="adam", weight_decay=0, gradients="1,0.5,-0.2")
        assert found.difference == 0
        assert [note.code for note in found.notes] == ["identical"]

    def test_the_screen_shows_them_side_by_side(self, scalecalc):
        out = scalecalc("optimizer", "trace", "--against", "adam-l2", "--gradients", "1,2").out
        assert out.startswith("after 2 steps adamw ends at 0.998015, adam-l2 at 0.998034; the difference is")
        assert "other's parameter" in out
        assert "m_hat" not in out


class TestScreen:
    def test_a_trace_is_one_table_with_what_the_optimizer_has(self, scalecalc):
        out = scalecalc("optimizer", "trace", "--gradients", "1,0.5,-0.2").out
        assert out.startswith("adamw, 3 steps: the parameter ends at 0.997441\n")
        header = next(line for line in out.splitlines() if "gradient" in line)
        assert header.split() == [
            *("step", "gradient", "m", "v", "m_hat", "v_hat", "decay", "update", "parameter")
        ]
        assert max(map(len, out.splitlines()[:12])) <= 100

    def test_numbers_beyond_floats_are_absent_and_a_warning_says_from_where(self, scalecalc):
        words = ["optimizer", "trace", "--optimizer", "adam", "--gradients", "1,1e200,1"]
        outcome = scalecalc(*words, "--json")
        first, second, _ = outcome.json["result"]["steps"]
        assert math.isfinite(first["v"])
        assert second["v"] is None
        assert outcome.json["notes"] == [
            {
                "code": "overflow",
                "message": "adam: numbers beyond floats from step 2 on, shown as absent",
                "level": "warning",
            }
        ]
        assert scalecalc(*words, "--strict").code == 4

    @pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "adam-l2", "adamw", "lion", "adafactor"])
    @pytest.mark.parametrize("gradients", ["1e308,-1e308", "1e308,1e308;1e-320,-1e308", "[[[1e308,5e-324]]]"])
    def test_extreme_gradients_give_json_and_no_warning_of_numpy(self, scalecalc, name, gradients):
        words = (
            "optimizer",
            "trace",
            "--optimizer",
            name,
            "--gradients",
            gradients,
            "--learning-rate",
            "1e300",
        )
        outcome = scalecalc(*words, "--json")
        assert outcome.code == 0
        assert outcome.json["result"]["steps"]

    def test_a_parameter_that_is_nowhere_finite_is_told_so(self, scalecalc):
        words = ("--optimizer", "sgd", "--learning-rate", "1e300", "--gradients", "1e308,1e308,1e308,1e308;")
        out = scalecalc("optimizer", "trace", *words).out
        assert out.startswith("sgd, 1 step: the parameter ends at no finite number")


class TestRefusals:
    @pytest.mark.parametrize(
        ("line", "message"),
        [
            (
                "--gradients 1 --learning-rate -1",
                "--learning-rate: input should be greater than or equal to 0",
            ),
            ("--gradients 1 --learning-rate nan", "--learning-rate: "),
            ("--gradients 1 --beta1 1", "--beta1: input should be less than 1"),
            ("--gradients 1,inf", "--gradients: number 2 is inf"),
            ("--gradients 1 --params nan", "--params: number 1 is nan"),
            ("--gradients 1,2; --params 1,2,3", "--params is of the shape 3, a gradient is of the shape 2"),
            ("--gradients 1 --params 1,2", "--params is of the shape 2, a gradient is a single number"),
            ("--gradients 1 --optimizer adamz", "--optimizer: "),
            ("--gradients 1 --against adamw", "adamw against itself"),
            ("--gradients 1 --optimizer sgd --beta2 0.9", "sgd has no --beta2"),
            ("--gradients 1 --optimizer adam --weight-decay 1", "adam has no --weight-decay"),
            ("--gradients 1 --optimizer nesterov --momentum 0", "nesterov: momentum must be above 0"),
            ("--gradients 1 --optimizer adafactor --eps 1e-200", "adafactor: eps must be at least 1e-150"),
            ("", "missing option '--gradients'"),
        ],
    )
    def test_a_wrong_value_is_named(self, scalecalc, line, message):
        outcome = scalecalc("optimizer", "trace", *line.split(), "--json")
        assert outcome.code == 2
        assert outcome.json["problem"]["message"].startswith(message)


def flat(values):
    for value in values if isinstance(values, list) else [values]:
        if isinstance(value, list):
            yield from flat(value)
        else:
            yield value
