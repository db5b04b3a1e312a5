"""The comparison on quadratics: what theory says of the winners, the grid, divergence told as such."""

import pytest

from scalecalc import commands
from scalecalc.chart import Line
from scalecalc.compute.layout import Precision
from scalecalc.training.optimizers.race import Quadratic


def compare(**asked):
    return commands.call("optimizer compare", **asked)


def by_name(rows):
    return {row.optimizer: row for row in rows}


@pytest.fixture(scope="module")
def default():
    return compare()


@pytest.fixture(scope="module")
def plotted():
    return compare(plot=True, steps=300)


class TestAnswers:
    def test_momentum_needs_fewer_steps_than_descent_on_an_ill_conditioned_quadratic(self, default):
        """About sqrt(condition) against condition, with a momentum near the best one (Polyak 1964)."""
        for rows in (by_name(default.aligned), by_name(default.rotated)):
            assert rows["momentum"].steps < rows["sgd"].steps / 5
            assert rows["nesterov"].steps < rows["sgd"].steps / 5

    def test_a_rotation_leaves_descent_alone_and_slows_adam(self, default):
        aligned, rotated = by_name(default.aligned), by_name(default.rotated)
        for name in ("sgd", "momentum", "nesterov"):
            assert rotated[name].steps == aligned[name].steps
        assert rotated["adam"].steps > 2 * aligned["adam"].steps

    def test_the_steps_of_descent_are_those_of_its_closed_form(self, default):
        """Along each eigenvector the distance shrinks by 1 - lr h a step."""
        row = by_name(default.aligned)["sgd"]
        problem = Quadratic(condition=1000.0, dimension=20)
        squares = (problem.ends[0] - problem.ends[1]) ** 2 * problem.curvatures
        factors = 1 - row.learning_rate * problem.curvatures
        before, after = (squares @ factors ** (2 * steps) for steps in (row.steps - 1, row.steps))
        assert after <= default.tolerance * squares.sum() < before

    def test_noise_leaves_a_floor_that_small_rates_lower(self, default):
        for row in default.noisy:
            assert 1e-4 < row.final_loss < default.noisy_tolerance
            assert row.learning_rate < 0.5

    def test_bytes_are_those_that_memory_counts(self, default):
        for row in default.aligned:
            own = "momentum" if row.optimizer == "nesterov" else row.optimizer
            assert row.bytes_per_param == Precision(optimizer=own).matrix_states

    def test_variants_of_adam_appear_with_weight_decay_and_not_without(self, default):
        assert {"adam-l2", "adamw"}.isdisjoint(by_name(default.aligned))
        with_decay = compare(weight_decay=0.01, steps=50, learning_rates="0.1")
        assert {"adam", "adam-l2", "adamw"} <= by_name(with_decay.aligned).keys()

    def test_without_decay_they_are_adam(self):
        rows = compare(optimizer=["adam", "adamw", "adam-l2"], steps=200).aligned
        assert len({(row.steps, row.learning_rate, row.final_loss) for row in rows}) == 1

    def test_the_same_seed_gives_the_same_answer_and_another_one_another(self):
        asked = {"optimizer": ["adam"], "steps": 100}
        assert compare(**asked) == compare(**asked)
        assert compare(**asked, seed=1).noisy != compare(**asked).noisy


class TestDivergence:
    def test_it_is_null_with_a_warning(self, scalecalc):
        words = ["optimizer", "compare", "--optimizer", "sgd", "--learning-rates", "5", "--steps", "2000"]
        outcome = scalecalc(*words, "--json")
        (row,) = outcome.json["result"]["aligned"]
        assert (row["steps"], row["final_loss"], row["largest_stable_rate"]) == (None, None, None)
        assert [note["code"] for note in outcome.json["notes"]] == ["diverged"] * 3
        assert scalecalc(*words, "--strict").code == 4

    def test_a_best_rate_at_an_end_of_the_grid_is_told(self):
        found = compare(optimizer=["sgd"], learning_rates="1e-4,1e-3", steps=100)
        assert {note.code for note in found.notes} == {"edge-of-grid"}


class TestCharts:
    def test_there_are_none_unless_asked_for(self, default):
        assert default.charts == ()

    def test_they_show_every_optimizer_on_every_problem_and_by_rate(self, plotted):
        assert [chart.name for chart in plotted.charts] == [
            *("aligned-loss", "rotated-loss", "noisy-loss", "noisy-by-rate")
        ]
        names = [row.optimizer for row in plotted.aligned]
        for chart in plotted.charts:
            assert [each.label for each in chart.series if isinstance(each, Line)] == names

    def test_curves_end_at_the_loss_that_the_table_tells(self, plotted):
        lines = {each.label: each for each in plotted.charts[2].series if isinstance(each, Line)}
        for row in plotted.noisy:
            assert lines[row.optimizer].x[-1] == 300
            assert lines[row.optimizer].y[-1] == row.final_loss

    def test_what_diverges_at_once_leaves_no_chart_and_no_fault(self):
        found = compare(plot=True, optimizer=["sgd"], learning_rates="1e6", steps=20)
        assert found.charts == ()

    def test_one_step_is_enough_for_a_chart(self):
        assert compare(plot=True, optimizer=["adam"], steps=1).charts


class TestScreen:
    def test_the_first_line_tells_the_winners(self, scalecalc):
        out = scalecalc(
            "optimizer", "compare", "--condition", "100", "--optimizer", "nesterov"
        ).out.splitlines()[0]
        assert out.startswith("condition number 100, fewest steps: 72 (nesterov) along the axes, 72 (nes")

    def test_the_grid_is_stated(self, scalecalc):
        out = scalecalc("optimizer", "compare", "--optimizer", "sgd", "--steps", "10").out
        assert "best of 41 learning rates from 0.0001 to 10" in out

    def test_records_are_one_for_each_problem_and_optimizer(self, scalecalc):
        out = scalecalc(
            "optimizer",
            "compare",
            "--optimizer",
            "sgd",
            "--optimizer",
            "lion",
            "--steps",
            "5",
            "--format",
            "csv",
        ).out
        assert [line.split(",")[:2] for line in out.splitlines()[1:]] == [
            [problem, name] for problem in ("aligned", "rotated", "noisy") for name in ("sgd", "lion")
        ]


class TestRefusals:
    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("--condition 0.5", "--condition: input should be greater than or equal to 1"),
            ("--condition nan", "--condition: "),
            ("--noise 0", "--noise: input should be greater than 0"),
            ("--tolerance 1", "--tolerance: input should be less than 1"),
            ("--learning-rates -1", "--learning-rates: "),
            ("--learning-rates 0", "--learning-rates: "),
            ("--learning-rates 1..0.1", "--learning-rates: "),
            ("--optimizer adamz", "--optimizer: "),
            ("--optimizer sgd --clip 2", "sgd has no --clip"),
            (
                "--steps 100000 --dimension 200",
                "820000000 steps times learning rates times entries are too many",
            ),
        ],
    )
    def test_a_wrong_value_is_named(self, scalecalc, line, message):
        outcome = scalecalc("optimizer", "compare", *line.split(), "--json")
        assert outcome.code == 2
        assert outcome.json["problem"]["message"].startswith(message)
