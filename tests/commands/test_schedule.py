"""scalecalc schedule: plans from the laws, key points, every step as CSV, and refusals with a way out."""

import csv
import io
import subprocess
import sys
from math import fsum

import pytest

from scalecalc import commands, tables
from scalecalc.problem import Problem

SHORT = {"peak_lr": 1e-3, "steps": "1000"}


def schedule(**asked):
    return commands.call("schedule", **asked)


class TestPlan:
    def test_a_size_and_tokens_make_a_plan_by_the_step_law(self):
        advice = commands.call("hyperparameters", params="7B", tokens="2T", law=["steplaw2025"]).laws[0]
        found = schedule(params="7B", tokens="2T")
        assert found.law == "steplaw2025"
        assert (found.peak_lr, found.batch) == (advice.learning_rate, advice.batch_tokens)
        assert found.steps == round(advice.steps)
        assert found.warmup_steps == advice.warmup_steps == 2000
        assert found.tokens == pytest.approx(2e12, rel=1e-5)

    @pytest.mark.parametrize(
        "law", ["deepseek2024-hp", "porian2024-hp", "moonlight2025", "bjorck2024", "kaplan2020-lr"]
    )
    def test_every_law_with_a_learning_rate_can_be_chosen(self, law):
        found = schedule(params="1B", tokens="100B", law=law)
        assert found.law == law
        assert any(law in source for source in found.sources)
        assert any(law in text for text in found.assumptions)

    def test_what_is_given_comes_before_the_law(self):
        found = schedule(params="7B", tokens="2T", peak_lr=5e-4, batch="4M", warmup="1%")
        assert (found.peak_lr, found.batch, found.steps, found.warmup_steps) == (5e-4, 4e6, 500_000, 5000)

    def test_a_published_model_brings_its_tokens(self):
        model = tables.model("llama3-8b")
        assert schedule(model="llama3-8b").tokens == pytest.approx(model.tokens, rel=1e-5)

    def test_steps_and_tokens_make_a_batch(self):
        assert schedule(peak_lr=1e-3, steps="1000", tokens="1B").batch == 1e6

    def test_a_peak_for_another_batch_is_noted(self):
        codes = [note.code for note in schedule(params="1B", tokens="100B", batch="1M").notes]
        assert "batch" in codes

    def test_deepseeks_own_schedule(self):
        # arXiv 2401.02954: 2000 steps of warm-up, 31.6 % from 80 % of the tokens on, 10 % from 90 % on
        found = schedule(params="67B", tokens="2T", law="deepseek2024-hp", decay="multi-step")
        shares = {point.at: (point.step / found.steps, point.share) for point in found.points}
        assert shares["drop 1"] == pytest.approx((0.8, 0.316), rel=1e-3)
        assert shares["drop 2"] == pytest.approx((0.9, 0.1), rel=1e-3)
        assert found.warmup_steps == 2000


class TestStartUp:
    def test_a_plan_needs_neither_numpy_nor_rich(self):
        program = """
import contextlib, io, sys
from scalecalc.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    main("schedule --params 7B --tokens 2T --json".split())
print({"numpy", "scipy", "rich"} & set(sys.modules))
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "set()"


class TestLengthsAndRates:
    @pytest.mark.parametrize("warmup", ["20", "2%", "20 steps", "2M tokens", "2Mtokens"])
    def test_a_warm_up_in_steps_tokens_or_a_share(self, warmup):
        assert schedule(**SHORT, batch="100k", warmup=warmup).warmup_steps == 20

    @pytest.mark.parametrize("low", ["1e-4", "10%", "0.0001"])
    def test_a_minimum_plainly_or_as_a_share_of_the_peak(self, low):
        assert schedule(**SHORT, min_lr=low).last_lr == 1e-4

    def test_one_step_is_told_as_one(self, scalecalc):
        assert ", 1 step\n" in scalecalc("schedule", "--peak-lr", "1e-3", "--steps", "1").out

    def test_one_hundredth_of_the_steps_where_nobody_says_it(self):
        assert schedule(**SHORT).warmup_steps == 10


class TestAnswer:
    def test_csv_holds_every_step(self, scalecalc):
        outcome = scalecalc("schedule", "--peak-lr", "3e-4", "--steps", "1234", "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(outcome.out)))
        found = schedule(peak_lr=3e-4, steps="1234")
        assert [int(row["step"]) for row in rows] == list(range(1, 1235))
        assert [float(row["learning_rate"]) for row in rows] == list(found.course.rates())
        assert found.area == pytest.approx(fsum(float(row["learning_rate"]) for row in rows))

    def test_a_million_steps_are_not_gathered_before_the_first_is_written(self):
        records = schedule(peak_lr=3e-4, steps="900M").records()
        assert next(records).step == 1

    def test_the_json_has_the_key_points_in_base_units(self, scalecalc):
        document = scalecalc("schedule", "--params", "7B", "--tokens", "2T", "--json").json
        result = document["result"]
        assert "course" not in result
        assert result["points"][0]["step"] == 1
        assert result["points"][-1]["step"] == result["steps"]
        assert 0.5 < result["mean_share"] < 0.6

    def test_the_screen_is_legible_to_a_class(self, scalecalc):
        told = scalecalc("schedule", "--decay", "wsd", "--peak-lr", "6e-4", "--steps", "10k").out
        assert told.startswith(
            "warm-up, stable, 1-sqrt cooldown to 6e-5: peak 0.0006 after 100 steps of warm-up"
        )
        for words in ("key points", "start of the cooldown", "mean rate, of the peak  87.5%"):
            assert words in told

    def test_the_two_ways_of_counting_are_told_apart(self):
        (note,) = [note for note in schedule(**SHORT, min_lr="0").notes if note.code == "convention"]
        assert "--convention from-zero" in note.message
        assert "the first rate is 0, not 0.0001" in note.message
        assert schedule(**SHORT, min_lr="0", convention="from-zero").points[0].learning_rate == 0.0

    def test_a_plot_shows_every_change_of_course(self):
        (chart,) = schedule(**SHORT, decay="restarts", plot=True).charts
        (line,) = chart.series
        assert {1.0, 10.0, 258.0, 259.0, 1000.0} <= set(line.x)
        assert schedule(**SHORT).charts == ()

    def test_where_no_library_has_it_the_way_to_the_numbers_is_told(self):
        found = schedule(**SHORT, decay="wsd")
        (note,) = [note for note in found.notes if note.code == "library"]
        assert found.same_as is None
        assert (
            "get_wsd_schedule gives those with --warmup-from 0.0001 counted --convention from-zero"
            in note.message
        )
        there = schedule(**SHORT, decay="wsd", warmup_from="0.0001", convention="from-zero")
        assert there.same_as.startswith("transformers.get_wsd_schedule(")

    def test_each_shape_names_a_scheduler_or_none(self):
        assert schedule(**SHORT, decay="inverse-sqrt").same_as is None
        named = schedule(**SHORT, decay="inverse-sqrt", convention="from-zero").same_as
        assert named == "transformers.get_inverse_sqrt_schedule(optimizer, num_warmup_steps=10, timescale=10)"


@pytest.mark.parametrize(
    ("asked", "code", "told"),
    [
        ({}, "no-question", "no length of the run"),
        ({"steps": "10"}, "no-question", "no peak learning rate"),
        ({"params": "7B"}, "no-question", "without --tokens"),
        ({"tokens": "1B", "peak_lr": 1e-3}, "no-question", "no steps without a batch"),
        ({"params": "7B", "model": "llama3-8b"}, "conflict", "two sizes"),
        ({**SHORT, "law": "steplaw2025"}, "no-question", "needs a model size"),
        ({"params": "7B", "tokens": "2T", "law": "bergsma2025"}, "no-law", "no learning rate"),
        ({"params": "7B", "tokens": "2T", "law": "nope"}, "unknown-hyperparameter-law", "nope"),
        ({**SHORT, "warmup": "1000"}, "value", "leave none after it"),
        ({**SHORT, "warmup": "1B tokens"}, "no-batch", "without a batch size"),
        ({**SHORT, "warmup": "soon"}, "value", "--warmup"),
        ({**SHORT, "warmup": "0.1"}, "value", "less than one step"),
        ({**SHORT, "warmup": "-5"}, "value", "negative"),
        ({**SHORT, "warmup_from": "1"}, "value", "above the peak"),
        ({**SHORT, "min_lr": "1"}, "value", "above the peak"),
        ({**SHORT, "min_lr": "low"}, "value", "--min-lr"),
        ({**SHORT, "min_lr": "3 apples"}, "value", "no learning rate"),
        ({**SHORT, "decay": "wsd", "warmup": "50%", "cooldown": "60%"}, "value", "more than 1000 steps"),
        (
            {**SHORT, "decay": "wsd", "cooldown_form": "exponential", "min_lr": "0"},
            "value",
            "never reaches zero",
        ),
        ({**SHORT, "cooldown": "20%"}, "conflict", "does not go with --decay cosine"),
        ({**SHORT, "decay": "constant", "min_lr": "0"}, "conflict", "does not go with --decay constant"),
        ({**SHORT, "decay": "multi-step", "milestones": "90%,80%"}, "value", "drops after 900, 800 of 1000"),
        ({**SHORT, "decay": "multi-step", "milestones": "0"}, "value", "drops after 0 of"),
        ({**SHORT, "decay": "multi-step", "milestones": "100%"}, "value", "drops after 1000 of"),
        ({**SHORT, "decay": "inverse-sqrt", "timescale": "0"}, "value", "--timescale: 0 is no step"),
        ({**SHORT, "decay": "restarts", "cycles": 40, "cycle_growth": 9}, "value", "leave no step"),
        ({**SHORT, "tokens": "1B", "batch": "9M"}, "conflict", "are not the --tokens"),
        ({"peak_lr": 1e-3, "tokens": "1M", "batch": "1G"}, "value", "make 0.001 steps"),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_what_makes_no_schedule_is_refused_with_a_way_out(asked, code, told):
    with pytest.raises(Problem) as caught:
        schedule(**asked)
    assert caught.value.code == code
    assert told in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "words",
    [("--steps", "1.5"), ("--steps", "1e10"), ("--peak-lr", "0"), ("--peak-lr", "nan"), ("--gamma", "2")],
)
def test_values_out_of_range_are_wrong_usage(words, scalecalc):
    outcome = scalecalc("schedule", "--peak-lr", "1e-3", "--steps", "100", "--decay", "multi-step", *words)
    assert outcome.code == 2
    assert words[0] in outcome.err


def test_one_step_is_a_schedule():
    assert schedule(peak_lr=1e-3, steps="1").last_lr == 1e-4
