"""`scalecalc downstream`: accuracy from loss, by fits whose truth is known and by published error laws."""

import csv
import json

import numpy as np
import pytest

from scalecalc import tables
from scalecalc.cli import main
from scalecalc.laws.downstream import ErrorLaw, Sigmoid, TwoStep
from scalecalc.problem import ExitCode

TRUTH = TwoStep(u=6.0, v=-0.2, chance=0.25, top=0.85, slope=9.0, midpoint=1.85)

LAMBADA = """model,flops,perplexity_log,accuracy
small,2.25e20,2.9232,42.7%
medium,6.41e20,2.2072,54.3%
large,1.37e21,1.8764,60.4%
xl,2.38e21,1.6938,63.6%
2.7b,4.77e21,1.5261,67.1%
6.7b,1.2e22,1.3863,70.3%
13b,2.31e22,1.2698,72.5%
175b,3.14e23,1.0986,76.2%
"""
"""Brown et al. 2020 (arXiv 2005.14165), table H.1: LAMBADA, zero-shot, the logarithm of the perplexity."""


def answer(capsys, *arguments):
    return document(capsys, *arguments)["result"]


def document(capsys, *arguments):
    assert main(["downstream", *arguments, "--json"]) == ExitCode.ANSWERED
    return json.loads(capsys.readouterr().out)


def codes(capsys, *arguments):
    return {note["code"] for note in document(capsys, *arguments)["notes"]}


def write(path, header, columns):
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(header)
        rows.writerows(zip(*(map(repr, map(float, column)) for column in columns), strict=True))
    return str(path)


@pytest.fixture
def two_step(tmp_path):
    """Fourteen runs of the truth over three decades of compute, with the noise of a good benchmark."""
    generator = np.random.default_rng(3)
    flops = np.geomspace(1e19, 1e22, 14)
    loss = np.array([TRUTH.nll(each) for each in flops]) + generator.normal(0, 0.01, 14)
    accuracy = np.array([TRUTH.sigmoid.accuracy(each) for each in loss]) + generator.normal(0, 0.008, 14)
    return write(tmp_path / "two.csv", ("flops", "nll", "accuracy"), (flops, loss, accuracy))


@pytest.fixture
def ladder(tmp_path):
    """Sixteen runs over N and D; the surface and the sigmoid are the truth of the tests below."""
    generator = np.random.default_rng(3)
    params, tokens = (each.ravel() for each in np.meshgrid([2e8, 5e8, 1e9, 3e9], [4e9, 1e10, 4e10, 1e11]))
    loss = ladder_loss(params, tokens) * np.exp(generator.normal(0, 0.004, 16))
    accuracy = np.array(list(map(LADDER.accuracy, loss))) + generator.normal(0, 0.008, 16)
    return write(
        tmp_path / "ladder.csv", ("params", "tokens", "loss", "acc"), (params, tokens, loss, accuracy)
    )


LADDER = Sigmoid(chance=0.25, top=0.85, slope=6.0, midpoint=1.0)


def ladder_loss(params, tokens):
    return 0.5 + 40 / params**0.25 + 80 / tokens**0.25


@pytest.fixture
def lambada(tmp_path):
    path = tmp_path / "lambada.csv"
    path.write_text(LAMBADA)
    return str(path)


def holds(estimate, value):
    return estimate["low"] <= value <= estimate["high"]


# ---------------------------------------------------------------- known truths


def test_two_steps_recover_their_truth_within_their_intervals(capsys, two_step):
    found = answer(capsys, two_step, "--at", "1e22,1e23,1e24")
    assert found["form"] == "two-step"
    values = {each["name"]: each["estimate"] for each in found["parameters"]}
    for name, value in TRUTH.coefficients().items():
        assert holds(values[name], value), name
    for forecast in found["forecasts"]:
        assert holds(forecast["loss"], TRUTH.nll(forecast["flops"]))
        assert holds(forecast["accuracy"], TRUTH.accuracy(forecast["flops"]))
        assert forecast["accuracy"]["high"] - forecast["accuracy"]["low"] < 0.08


def test_the_ladder_recovers_its_truth_at_a_model_and_at_a_budget(capsys, ladder):
    found = answer(capsys, ladder, "--params", "7B", "--tokens", "2T", "--at", "1e22", "--chance", "25%")
    assert found["form"] == "ladder"
    of_budget, of_model = found["forecasts"]
    assert holds(of_model["loss"], ladder_loss(7e9, 2e12))
    assert holds(of_model["accuracy"], LADDER.accuracy(ladder_loss(7e9, 2e12)))
    assert 6 * of_budget["params"] * of_budget["tokens"] == pytest.approx(1e22, rel=1e-9)
    assert found["surface"]["form"] == "additive"


def test_a_sigmoid_of_the_loss_alone_needs_no_compute(capsys, tmp_path):
    loss = np.linspace(2.4, 1.5, 12)
    accuracy = [TRUTH.sigmoid.accuracy(each) for each in loss]
    found = answer(capsys, write(tmp_path / "t.csv", ("loss", "acc"), (loss, accuracy)), "--loss", "1.4")
    assert found["form"] == "sigmoid"
    for name, value in TRUTH.sigmoid.coefficients().items():
        assert found["law"]["coefficients"][name] == pytest.approx(value, rel=1e-4)  # noiseless rows
    assert found["forecasts"][0]["accuracy"]["value"] == pytest.approx(TRUTH.sigmoid.accuracy(1.4), rel=1e-4)


def test_an_error_law_is_recovered_from_a_column_of_errors(capsys, tmp_path):
    """Gadre et al. 2024, RedPajama: epsilon 0.857, k 2.21, gamma 0.715."""
    law = ErrorLaw(epsilon=0.857, k=2.21, gamma=0.715)
    loss = np.linspace(4.5, 2.4, 9)
    path = write(tmp_path / "t.csv", ("loss", "error"), (loss, [law.error(each) for each in loss]))
    found = answer(capsys, path, "--form", "error", "--loss", "2.2")
    assert found["law"]["coefficients"] == pytest.approx(law.coefficients(), rel=1e-3)
    assert found["forecasts"][0]["accuracy"]["value"] == pytest.approx(1 - law.error(2.2), abs=1e-5)


def test_the_zero_shot_accuracy_of_gpt3_175b_lies_in_the_interval_of_the_smaller_ones(capsys, lambada):
    """LAMBADA at a log perplexity of 1.0986: 76.2 %, by seven models of up to 13B."""
    found = answer(
        capsys,
        *(lambada, "--columns", "loss=perplexity_log", "--where", "flops<1e23"),
        *("--form", "sigmoid", "--chance", "0%", "--loss", "1.0986"),
    )
    assert found["quality"]["rows"] == 7
    assert holds(found["forecasts"][0]["accuracy_of_new_run"], 0.762)


def test_a_loss_that_bends_over_log_compute_is_told(capsys, lambada):
    """The straight line through the smaller GPT-3 models forecasts 0.22 for 175B; 1.10 was measured."""
    asked = (lambada, "--columns", "loss=perplexity_log", "--where", "flops<1e23", "--at", "3.14e23")
    assert "bent-loss" in codes(capsys, *asked, "--chance", "0%")


# ---------------------------------------------------------------- intervals


def test_the_bootstrap_has_a_seed(capsys, two_step):
    asked = (two_step, "--at", "1e23", "--ci", "bootstrap", "--resamples", "60")
    once, again = answer(capsys, *asked), answer(capsys, *asked)
    assert once == again
    other = answer(capsys, *asked, "--seed", "1")["forecasts"][0]["accuracy"]
    assert other["low"] != once["forecasts"][0]["accuracy"]["low"]
    assert holds(once["forecasts"][0]["accuracy"], TRUTH.accuracy(1e23))


def test_the_bootstrap_goes_through_both_steps_of_the_ladder(capsys, ladder):
    asked = (ladder, "--params", "7B", "--tokens", "2T", "--ci", "bootstrap", "--resamples", "60")
    (forecast,) = answer(capsys, *asked)["forecasts"]
    assert forecast["loss"]["low"] < forecast["loss"]["value"] < forecast["loss"]["high"]
    assert forecast["accuracy"]["method"] == "bootstrap"


def test_a_new_run_scatters_more_than_the_mean_and_a_lower_level_is_narrower(capsys, two_step):
    def width(name, *arguments):
        found = answer(capsys, two_step, "--at", "1e23", *arguments)["forecasts"][0][name]
        return found["high"] - found["low"]

    assert width("accuracy") < width("accuracy_of_new_run")
    assert width("accuracy", "--level", "50%") < 0.5 * width("accuracy")


def test_what_is_held_has_no_range(capsys, two_step):
    found = answer(capsys, two_step, "--chance", "25%", "--top", "100%")
    held = {each["name"]: each for each in found["parameters"] if each["at"] == "held"}
    assert {name: each["estimate"]["value"] for name, each in held.items()} == {"chance": 0.25, "top": 1.0}
    assert all(each["estimate"]["low"] is None for each in held.values())


# ---------------------------------------------------------------- what may be wrong


def test_every_forecast_says_how_often_such_forecasts_fail(capsys, two_step):
    for arguments in ((two_step, "--at", "1e23"), ("--law", "gadre2024-error-c4", "--loss", "2.5")):
        (warning,) = [note for note in document(capsys, *arguments)["notes"] if note["code"] == "unreliable"]
        assert "39 %" in warning["message"]
        assert "2507.00885" in warning["message"]
        assert main(["downstream", *arguments, "--strict"]) == ExitCode.FINDINGS
        capsys.readouterr()


def test_runs_far_from_the_top_are_noted_and_give_wide_intervals(capsys, two_step):
    asked = (two_step, "--where", "flops<3e20", "--at", "1e22")
    assert {"top-unseen", "extrapolation"} <= codes(capsys, *asked)
    (forecast,) = answer(capsys, *asked)["forecasts"]
    assert holds(forecast["accuracy"], TRUTH.accuracy(1e22))
    assert "top-unseen" not in codes(capsys, *asked, "--top", "85%")


def test_runs_far_above_chance_are_noted(capsys, ladder):
    assert "chance-unseen" in codes(capsys, ladder, "--at", "1e22")
    assert "chance-unseen" not in codes(capsys, ladder, "--at", "1e22", "--chance", "25%")


def test_runs_that_are_all_at_chance_are_noted(capsys, tmp_path):
    generator = np.random.default_rng(4)
    loss = np.linspace(2.4, 1.5, 12)
    path = write(tmp_path / "t.csv", ("loss", "acc"), (loss, 0.25 + generator.normal(0, 0.01, 12)))
    assert {"no-rise", "poor-fit"} <= codes(capsys, path, "--loss", "1.2")


def test_the_runs_inside_are_forecast_without_a_warning_but_the_published_one(capsys, two_step):
    notes = document(capsys, two_step, "--at", "1e21")["notes"]
    assert [note["code"] for note in notes if note["level"] == "warning"] == ["unreliable"]


def test_the_best_runs_are_left_out_and_predicted(capsys, two_step):
    found = answer(capsys, two_step)["held_out"]
    assert found["rows"] == 2
    assert found["off"] < 0.05
    assert abs(found["bias"]) <= found["off"]


def test_checkpoints_of_one_run_are_noted_and_drawn_together(capsys, tmp_path):
    loss = np.linspace(2.4, 1.5, 12)
    accuracy = [TRUTH.sigmoid.accuracy(each) + 0.005 * (-1) ** row for row, each in enumerate(loss)]
    path = write(tmp_path / "t.csv", ("loss", "acc", "run"), (loss, accuracy, np.arange(12) // 2))
    assert "shared-noise" in codes(capsys, path, "--loss", "1.4")
    asked = (path, "--loss", "1.4", "--ci", "bootstrap", "--resamples", "50")
    assert "shared-noise" not in codes(capsys, *asked)


# ---------------------------------------------------------------- published laws


@pytest.mark.parametrize(
    ("name", "loss", "error"),
    [
        ("gadre2024-error-c4", 2.5, 0.850 - 2.08 * np.exp(-0.756 * 2.5)),
        ("gadre2024-error-redpajama", 2.5, 0.857 - 2.21 * np.exp(-0.715 * 2.5)),
        ("gadre2024-error-refinedweb", 2.5, 0.865 - 2.21 * np.exp(-0.707 * 2.5)),
    ],
)
def test_published_error_laws_are_those_of_the_paper(capsys, name, loss, error):
    """Gadre et al. 2024 (arXiv 2403.08540), eq. 5."""
    (forecast,) = answer(capsys, "--law", name, "--loss", str(loss))["forecasts"]
    assert forecast["accuracy"]["value"] == pytest.approx(1 - error, rel=1e-12)
    assert forecast["accuracy"]["low"] is None


@pytest.mark.parametrize(("params", "tokens", "measured"), [("6.9B", "138B", 2.425), ("1.4B", "896B", 2.502)])
def test_the_loss_of_a_model_is_that_of_the_same_paper(capsys, params, tokens, measured):
    """RedPajama, at 20 and 640 tokens per parameter; the rounded constants are good to 2 %."""
    arguments = ("--law", "gadre2024-error-redpajama", "--params", params, "--tokens", tokens)
    found = document(capsys, *arguments)
    (forecast,) = found["result"]["forecasts"]
    assert forecast["loss"]["value"] == pytest.approx(measured, rel=2e-2)
    law = tables.law("gadre2024-error-redpajama").law
    assert forecast["accuracy"]["value"] == pytest.approx(1 - law.error(measured), abs=0.02)
    assert any("gadre2024-redpajama" in source for source in found["sources"])


def test_a_model_outside_of_what_was_fitted_is_noted(capsys):
    arguments = ("--law", "gadre2024-error-c4", "--params", "70B", "--tokens", "15T")
    assert "extrapolation" in codes(capsys, *arguments)


@pytest.mark.parametrize("form", ["two-step", "sigmoid"])
def test_a_saved_fit_is_followed(capsys, two_step, tmp_path, form):
    found = answer(capsys, two_step, "--form", form, "--loss", "1.7")
    path = tmp_path / "law.json"
    path.write_text(json.dumps(found["law"]))
    (again,) = answer(capsys, "--law", str(path), "--loss", "1.7")["forecasts"]
    assert again["accuracy"]["value"] == pytest.approx(found["forecasts"][0]["accuracy"]["value"], rel=1e-9)


# ---------------------------------------------------------------- tables and words


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("acc", [0.3] * 8, "all accuracies are the same"),
        ("loss", [2.0] * 8, "all losses are the same"),
    ],
)
def test_a_table_that_says_nothing_has_no_answer(capsys, tmp_path, column, values, told):
    columns = {"loss": np.linspace(3, 2, 8), "acc": np.linspace(0.3, 0.5, 8), column: values}
    path = write(tmp_path / "t.csv", tuple(columns), tuple(columns.values()))
    assert main(["downstream", path]) == ExitCode.NO_ANSWER
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told", "code"),
    [
        ("--where flops<3e19", "3 runs for 4 parameters", ExitCode.NO_ANSWER),
        ("--at 1e200", "the first step gives a loss of -", ExitCode.NO_ANSWER),
        ("--form sigmoid --at 1e23", "--at is a compute", ExitCode.WRONG_USAGE),
        ("--params 7B --tokens 1T", "are of the ladder", ExitCode.WRONG_USAGE),
        ("--params 7B", "a model has --params and --tokens", ExitCode.WRONG_USAGE),
        ("--chance 50% --top 40%", "is not above chance", ExitCode.WRONG_USAGE),
        ("--form error --chance 25%", "of a sigmoid", ExitCode.WRONG_USAGE),
        ("--level 0%", "no interval covers that", ExitCode.WRONG_USAGE),
        ("--loss 0", "is zero", ExitCode.WRONG_USAGE),
        ("--law gadre2024-error-c4", "a table and --law are given", ExitCode.WRONG_USAGE),
        ("--columns accuracy=x", "no column is called 'x'", ExitCode.BAD_DATA),
        ("--where task=b", "no column 'task'", ExitCode.WRONG_USAGE),
    ],
)
def test_questions_that_cannot_be_answered(capsys, two_step, arguments, told, code):
    assert main(["downstream", two_step, *arguments.split()]) == code
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told", "code"),
    [
        ("", "neither a table nor --law is given", ExitCode.WRONG_USAGE),
        ("--law besiroglu2024 --loss 2", "besiroglu2024 predicts no accuracy", ExitCode.WRONG_USAGE),
        ("--law gadre2024-error --at 1e23", "knows no loss of a compute", ExitCode.WRONG_USAGE),
        ("--law gadre2024-error --loss 0.01", "an accuracy of 2.21", ExitCode.NO_ANSWER),
        ("--law gadre2024-error --ci bootstrap", "--ci is about a table", ExitCode.WRONG_USAGE),
        ("missing.csv", "no such file", ExitCode.BAD_DATA),
        ("chinchilla", "chinchilla: no column for accuracy", ExitCode.BAD_DATA),
    ],
)
def test_laws_and_tables_that_cannot_be_asked(capsys, arguments, told, code):
    assert main(["downstream", *arguments.split()]) == code
    assert told in capsys.readouterr().err


def test_a_loss_that_rises_with_compute_is_refused(capsys, tmp_path):
    flops, loss = np.geomspace(1e19, 1e22, 8), np.linspace(1.5, 2.4, 8)
    accuracy = [TRUTH.sigmoid.accuracy(each) for each in loss]
    path = write(tmp_path / "t.csv", ("flops", "loss", "acc"), (flops, loss, accuracy))
    assert main(["downstream", path]) == ExitCode.NO_ANSWER
    assert "does not fall with compute" in capsys.readouterr().err


def test_csv_has_a_line_for_each_forecast(capsys, two_step):
    main(["downstream", two_step, "--at", "1e22,1e23", "--loss", "1.6", "--format", "csv"])
    lines = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [line["flops"] for line in lines] == ["1e+22", "1e+23", ""]
    assert {"accuracy.value", "accuracy.low", "accuracy.high"} <= set(lines[0])
