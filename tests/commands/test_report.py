"""scalecalc report: runs or a plan as one answer of several chapters, with what to do next."""

import csv
import io
import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t as student

from scalecalc import commands
from scalecalc.cli import read
from scalecalc.problem import Problem

PLAN = {"plan": True, "flops": 1e23, "gpus": "512xh100"}


def report(**asked):
    return commands.call("report", **asked)


@pytest.fixture(scope="module")
def chinchilla():
    return report(runs="chinchilla", at=["1e24"])


@pytest.fixture(scope="module")
def plan():
    return report(**PLAN)


@pytest.fixture
def table(tmp_path):
    """Writes rows of (params, tokens, loss) as a table; returns its path."""

    def path_of(rows, name="runs.csv"):
        path = tmp_path / name
        path.write_text("params,tokens,loss\n" + "".join(f"{n},{d},{loss}\n" for n, d, loss in rows))
        return str(path)

    return path_of


def law(params, tokens):
    """The refit of Besiroglu et al. 2024 (arXiv 2404.10102)."""
    return 1.8172 + 482.01 / params**0.3478 + 2085.43 / tokens**0.3658


def grid(noise=0.0, seed=7):
    """36 runs of the law, with lognormal noise."""
    random = np.random.default_rng(seed)
    sizes, data = np.geomspace(1e8, 1e10, 6), np.geomspace(2e9, 2e11, 6)
    return [(n, d, law(n, d) * float(np.exp(random.normal(0, noise)))) for n in sizes for d in data]


def verdicts(answer):
    return {check.check: check.verdict for check in answer.data.checks}


class TestRuns:
    def test_question_and_answer_come_first(self, chinchilla):
        assert (
            chinchilla.question
            == "What law do the runs of chinchilla follow, and what is best for 1e24 FLOPs?"
        )
        assert chinchilla.answer.startswith("L = 1.8")
        assert chinchilla.more[0] == chinchilla.fit.verdict
        best = chinchilla.fit.forecasts[0]
        assert f"{best.params.value} parameters and {best.tokens.value} tokens" in chinchilla.more[1]

    def test_the_fit_is_that_of_the_command_beside_it(self, chinchilla):
        (line,) = [each.command for each in chinchilla.chapters() if each.title == "The fit"]
        assert line == "scalecalc fit chinchilla --approach all --at 1e24"
        alone = commands.call("fit", runs="chinchilla", approach="all", at=["1e24"])
        assert chinchilla.fit.parameters == alone.parameters
        assert chinchilla.fit.forecasts == alone.forecasts
        assert chinchilla.fit.approaches == alone.approaches

    def test_what_the_chapters_assume_stands_beside_the_answer_once(self, chinchilla):
        for chapter in chinchilla.chapters():
            assert set(chapter.answer.assumptions) <= set(chinchilla.assumptions)
            assert set(chapter.answer.notes) <= set(chinchilla.notes)
        assert len(set(chinchilla.assumptions)) == len(chinchilla.assumptions)

    def test_it_is_drawn(self, chinchilla):
        names = [chart.name for chapter in chinchilla.chapters() for chart in chapter.answer.charts]
        assert {"frontier", "residuals", "profiles", "allocation"} <= set(names)

    def test_approaches_are_compared_where_both_sides_vary(self):
        assert {each.approach for each in report(runs="chinchilla").fit.approaches} == {1, 2, 3}
        assert report(runs="gpt3").fit.approaches == ()
        assert report(runs="chinchilla", approach="3").fit.approaches[0].approach == 3

    def test_standard_input_is_read_once(self, scalecalc, table):
        path = table(grid(0.003))
        piped = scalecalc("report", "-", "--json", stdin=Path(path).read_text()).json
        named = scalecalc("report", path, "--json").json
        assert piped["result"]["data"]["source"] == "standard input"
        assert piped["result"]["fit"]["parameters"] == named["result"]["fit"]["parameters"]

    def test_loss_curves_have_a_report_too(self, tmp_path):
        steps = range(200, 4001, 200)
        path = tmp_path / "curves.csv"
        path.write_text(
            "step,lr,loss\n" + "".join(f"{s},{3e-4 * (1 - s / 5000)},{3 + 40 / s}\n" for s in steps)
        )
        answer = report(runs=str(path), form="multi-power")
        assert answer.data is None
        assert answer.fit.form == "multi-power"

    def test_a_fit_without_an_answer_prints_no_number_as_one(self, table):
        rows = [(n, d, 3.5 + 0.01 * np.sin(n + d)) for n, d, _ in grid()]
        answer = report(runs=table(rows))
        assert answer.answer.startswith("not identifiable")
        assert answer.facts() == ()
        assert answer.next_runs is None
        assert answer.steps[0].what.startswith("add rows that differ")
        assert [step.command for step in answer.steps if step.command] == []


class TestChecks:
    def test_a_good_table_has_nothing_to_look_at(self, table):
        answer = report(runs=table(grid(0.003)))
        assert set(verdicts(answer).values()) == {"fine"}
        assert "found nothing" in answer.data.headline()

    def test_copies_are_found(self, table):
        rows = grid(0.003)
        assert verdicts(report(runs=table([*rows, rows[0]])))["repeated rows"] == "look"

    def test_a_run_run_again_is_no_copy(self, table):
        rows = grid(0.003)
        n, d, loss = rows[0]
        checks = {
            check.check: check for check in report(runs=table([*rows, (n, d, loss * 1.001)])).data.checks
        }
        assert checks["repeated rows"].verdict == "fine"
        assert "1 repeat its size and tokens alone" in checks["repeated rows"].found

    def test_coarse_losses_are_found(self, table):
        rows = [(n, d, round(loss, 1)) for n, d, loss in grid(0.003)]
        assert verdicts(report(runs=table(rows)))["rounding"] == "look"

    def test_a_run_far_off_is_named_by_its_line(self, table):
        rows = grid(0.003)
        n, d, loss = rows[20]
        rows[20] = (n, d, loss * 1.2)
        checks = {check.check: check for check in report(runs=table(rows)).data.checks}
        assert checks["rows far off"].verdict == "look"
        assert "lines 22" in checks["rows far off"].found

    def test_an_optimum_beyond_the_sizes_is_found(self, table):
        small = [row for row in grid(0.001) if row[0] < 7e8]
        answer = report(runs=table(small))
        assert verdicts(answer)["optimum within the runs"] == "look"
        assert any("other side of N*" in step.what for step in answer.steps)

    def test_a_narrow_range_of_compute_is_found(self):
        assert verdicts(report(runs="chinchilla", where=["flops<1e19"]))["range of compute"] == "look"

    def test_flops_that_are_not_6nd_are_found(self):
        assert verdicts(report(runs="pile"))["FLOPs against 6ND"] == "look"

    def test_what_is_to_be_looked_at_becomes_a_step(self, chinchilla):
        remedies = [check.remedy for check in chinchilla.data.checks if check.remedy]
        assert remedies
        assert remedies == [step.what for step in chinchilla.steps][: len(remedies)]


class TestNextRuns:
    def test_they_narrow_the_interval_as_much_as_told(self, table):
        rows, asked = grid(0.004), {"at": ["1e23"], "approach": "3"}
        first = report(runs=table(rows), **asked)
        # runs that the law tells exactly leave the optimum where it is: only the covariance changes
        second = report(runs=table([*rows, *map(told_exactly(first.fit), first.next_runs.runs)]), **asked)
        left = float(first.next_runs.runs[-1].left)
        assert left < 0.9
        assert second.fit.parameters["alpha"].value == pytest.approx(
            first.fit.parameters["alpha"].value, rel=1e-3
        )
        assert reach(second) / reach(first) == pytest.approx(left, rel=0.02)

    def test_they_stay_within_what_was_run(self, chinchilla):
        spans = chinchilla.fit.ranges
        for run in chinchilla.next_runs.runs:
            for name in ("params", "tokens", "flops", "loss"):
                low, high = float(spans[name].low), float(spans[name].high)
                assert 0.99 * low <= getattr(run, name) <= 1.01 * high

    def test_each_leaves_less_than_the_one_before(self, chinchilla):
        left = [float(run.left) for run in chinchilla.next_runs.runs]
        assert left == sorted(left, reverse=True)
        assert 0 < left[-1] < left[0] < 1

    def test_a_law_of_one_variable_has_none(self):
        assert report(runs="gpt3").next_runs is None


def told_exactly(found):
    """From a run to its row, with the loss that the fit gives."""
    e, a, b, alpha, beta = (float(found.parameters[name].value) for name in ("E", "A", "B", "alpha", "beta"))

    def row(run):
        n, d = float(run.params), float(run.tokens)
        return n, d, e + a / n**alpha + b / d**beta

    return row


def reach(answer):
    """Half the width of log N*, over residual spread and Student's t: what the design alone gives."""
    found, diagnostics = answer.fit.forecasts[0].params, answer.fit.diagnostics
    half = np.log(float(found.high) / float(found.low)) / 2
    return half / diagnostics.sigma / student.ppf(0.975, diagnostics.degrees)


class TestPlan:
    def test_its_chapters_are_the_answers_of_the_commands(self, plan):
        lines = {chapter.title: chapter.command for chapter in plan.chapters()}
        assert list(lines) == [
            *("Size and tokens", "Time and money", "Memory and layout"),
            *("Hyperparameters", "Learning rate schedule"),
        ]
        for chapter in plan.chapters():
            name, asked = request(chapter.command)
            alone = commands.call(name, **asked)
            assert alone.headline() == chapter.answer.headline()

    def test_question_and_answer(self, plan):
        assert plan.question == "What is the best training for 1e23 FLOPs on 512xh100?"
        assert plan.answer == plan.optimal.headline()
        assert plan.more == (plan.gpu_hours.headline(), plan.memory.headline())

    def test_it_is_drawn(self, plan):
        names = [chart.name for chapter in plan.chapters() for chart in chapter.answer.charts]
        assert {"isoflop", "time", "schedule"} <= set(names)

    @pytest.mark.parametrize(
        ("asked", "question"),
        [
            ({"gpus": "512xh100", "time": "30d"}, "What is the best training on 512xh100 in 30 days?"),
            ({"usd": "2M"}, "What is the best training for $2M?"),
            (
                {"params": "8B", "tokens": "15T", "gpus": "1024xh100"},
                "What does it take to train 8B parameters on 15T tokens on 1024xh100?",
            ),
            (
                {"flops": "1e23", "params": "8B"},
                "What is the best training of a model of 8B for 1e23 FLOPs?",
            ),
            ({"flops": "1e23", "time": "30d"}, "What is the best training for 1e23 FLOPs in 30 days?"),
        ],
    )
    def test_every_budget_is_answered(self, asked, question):
        answer = report(plan=True, **asked)
        assert answer.question == question
        assert answer.gpu_hours is not None
        assert answer.schedule is not None

    def test_devices_and_time_are_the_budget_that_they_buy(self):
        answer = report(plan=True, gpus="512xh100", time="30d")
        assert float(answer.gpu_hours.seconds.value) == pytest.approx(30 * 86400, rel=0.01)

    def test_memory_without_devices_is_told_to_be_missing(self):
        answer = report(plan=True, usd="2M")
        assert answer.memory is None
        assert "no-devices" in {note.code for note in answer.notes}

    def test_a_part_without_an_answer_leaves_the_others(self):
        answer = report(plan=True, flops=1e24, gpus="4xh100", law=["kaplan2020"])
        assert answer.memory is None
        assert answer.schedule is not None
        assert {"does-not-fit"} <= {note.code for note in answer.notes if note.level == "warning"}
        assert "devices" in answer.steps[0].what

    def test_a_law_that_counts_otherwise_is_asked_for_all_parameters(self):
        answer = report(plan=True, flops=1e22, law=["kaplan2020"])
        total = commands.call("optimal", flops=1e22, law=["kaplan2020"], count="total")
        assert answer.optimal.params == total.params

    def test_a_law_of_ones_own_gives_the_plan(self, scalecalc, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert scalecalc("fit", "chinchilla", "--save", "law.json").code == 0
        answer = report(plan=True, flops=1e22, law=["law.json"])
        assert answer.optimal.fitted is not None

    def test_steps_hold_command_lines_that_answer(self, plan, scalecalc, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        lines = [step.command for step in plan.steps if step.command and "runs.csv" not in step.command]
        assert lines
        for line in lines:
            assert scalecalc(*shlex.split(line)[1:]).code == 0, line


def request(line):
    """The command of a line, and what it is asked."""
    found = read(shlex.split(line)[1:])
    return found.command.name, found.words


class TestCommandLine:
    @pytest.mark.parametrize(
        "line",
        [
            "report chinchilla --at 1e24 --json",
            "report chinchilla --where 'flops<1e21' --fix alpha=0.34 --level 0.9 --json",
            "report --plan --flops 1.2345e23 --gpus 512xh100 --price 2.512345/h --mfu 0.4123 --json",
            "report --plan --gpus 512xh100 --time 12345678s --decay wsd --json",
        ],
    )
    def test_the_command_in_the_answer_gives_it_again(self, scalecalc, line, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        first = (
            scalecalc(*shlex.split(line)[1:])
            if line.startswith("scalecalc")
            else scalecalc(*shlex.split(line))
        )
        words = shlex.split(first.json["result"]["command"])
        again = scalecalc(*words[1:-2], "--json")
        assert again.out == first.out

    def test_names_are_quoted_for_the_shell(self, scalecalc, table):
        path = table(grid(0.003), "two words; $(rm) 'x'.csv")
        line = scalecalc("report", path, "--json").json["result"]["command"]
        assert shlex.split(line)[:3] == ["scalecalc", "report", path]

    def test_records_are_the_chapters(self, scalecalc):
        rows = list(csv.DictReader(io.StringIO(scalecalc("report", "gpt3", "--format", "csv").out)))
        assert [row["chapter"] for row in rows] == ["The runs", "The fit"]

    def test_markdown_has_the_chapters_one_below_the_other(self, scalecalc):
        told = scalecalc("report", "gpt3", "--format", "markdown").out
        headings = [line for line in told.splitlines() if line.startswith(("# ", "## "))]
        assert headings == [
            *("# What law do the runs of gpt3 follow?", "## The runs", "## The fit"),
            *("## What to do next", "## Assumptions and sources", "## How to get this again"),
        ]
        assert "`scalecalc report gpt3 -o report.html`" in told

    @pytest.mark.parametrize(
        ("asked", "message"),
        [
            ({}, "nothing to report on"),
            ({"plan": True}, "without a budget"),
            ({"runs": "chinchilla", "plan": True, "flops": 1e23}, "two reports"),
            ({"runs": "chinchilla", "flops": 1e23}, "--flops belongs to a report of a plan"),
            ({"plan": True, "flops": 1e23, "at": ["1e24"]}, "--at belongs to a report of runs"),
            ({"plan": True, "flops": 1e23, "usd": "2M"}, "2 budgets"),
            ({"plan": True, "usd": "2M", "time": "30d"}, "two budgets"),
            ({"plan": True, "gpus": "h100", "time": "30d"}, "without a budget"),
            ({"plan": True, "params": "8B"}, "without a budget"),
            ({"runs": "chinchilla", "at": ["1e20..1e24:51"]}, "more than a page tells"),
        ],
    )
    def test_what_is_no_question_is_refused(self, asked, message):
        with pytest.raises(Problem, match=message):
            report(**asked)


def test_the_json_holds_the_typed_answers(scalecalc):
    result = scalecalc("report", "--plan", "--flops", "1e23", "--gpus", "512xh100", "--json").json["result"]
    assert result["optimal"]["params"] == pytest.approx(2.945e10, rel=1e-3)
    assert result["fit"] is None
    assert result["memory"]["suggestions"]
    assert json.dumps(result)
