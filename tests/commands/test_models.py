"""`scalecalc models`: published models held against a law."""

import csv
import io
import json
import subprocess
import sys

import pytest

from scalecalc import commands, tables
from scalecalc.cli import main
from scalecalc.problem import ExitCode, Problem


def answer(capsys, *arguments):
    assert main(["models", *arguments, "--json"]) == ExitCode.ANSWERED
    return json.loads(capsys.readouterr().out)["result"]


def row(capsys, name, *arguments):
    (found,) = answer(capsys, name, *arguments)["models"]
    return found


@pytest.mark.parametrize(
    ("name", "tokens_per_param", "verdict"),
    [
        # Hoffmann et al. 2022, table 1: parameters and tokens of five models
        ("gpt3-175b", 1.7, "model-heavy"),
        ("gopher-280b", 1.1, "model-heavy"),
        ("jurassic1-178b", 1.7, "model-heavy"),
        ("mt-nlg-530b", 0.51, "model-heavy"),
        ("chinchilla-70b", 20, "compute-optimal"),
        # Touvron et al. 2023, table 2
        ("llama-7b", 148, "data-heavy"),
        # the model cards: 15T tokens for 8.03B and for 70.6B parameters
        ("llama3-8b", 1870, "data-heavy"),
        ("llama3-70b", 213, "data-heavy"),
    ],
)
def test_models_read_as_in_the_textbook_table(capsys, name, tokens_per_param, verdict):
    found = row(capsys, name)
    assert found["tokens_per_param"] == pytest.approx(tokens_per_param, rel=0.03)  # two printed digits
    assert found["verdict"] == verdict


def test_chinchilla_wastes_next_to_nothing_and_gpt3_more_than_a_third(capsys):
    """The law under which Chinchilla was sized, refitted, finds it well sized (Besiroglu et al. 2024)."""
    assert row(capsys, "chinchilla")["wasted"] < 0.005
    assert row(capsys, "gpt3")["wasted"] > 1 / 3


def test_the_optimum_lies_on_the_models_own_compute(capsys):
    for found in answer(capsys)["models"]:
        if found["tokens"] is not None:
            flops = 6 * found["active_params"] * found["tokens"]
            assert found["flops"] == pytest.approx(flops, rel=1e-12)
            spent = 6 * found["optimal_params"] * found["optimal_tokens"]
            assert spent == pytest.approx(flops, rel=1e-12)


def test_what_the_optimum_needs_reaches_the_loss_of_the_model(capsys):
    audit = answer(capsys, "gpt3-175b")["detail"]["against_optimum"]
    law = tables.law("besiroglu2024").law
    assert law.optimal_loss(audit["flops_needed"]) == pytest.approx(audit["loss"], rel=1e-12)
    assert audit["wasted"] == pytest.approx(1 - audit["flops_needed"] / (6 * 1.746e11 * 3e11), rel=1e-12)
    assert audit["extra_loss"] == pytest.approx(audit["loss"] - audit["optimal_loss"], rel=1e-9)


def test_every_model_of_the_table_is_listed_once(capsys):
    assert [each["id"] for each in answer(capsys)["models"]] == list(tables.models())


def test_a_list_and_a_single_model_have_the_same_keys(capsys):
    several, one = answer(capsys), answer(capsys, "llama3-8b")
    assert set(several) == set(one) == {"law", "counts", "loss_unit", "models", "detail", "fitted"}
    assert set(several["models"][0]) == set(one["models"][0])
    assert several["detail"] is None


def test_a_mixture_of_experts_is_held_by_its_active_parameters_and_marked(capsys):
    """DeepSeek-V2 has 236B parameters, 21B of them active, and saw 8.1T tokens (arXiv 2405.04434)."""
    main(["models", "deepseek-v2", "--json"])
    document = json.loads(capsys.readouterr().out)
    (found,) = document["result"]["models"]
    assert found["params"] == pytest.approx(236e9, rel=2.5e-3)  # three printed digits
    assert found["active_params"] == pytest.approx(21e9, rel=2.5e-2)  # two
    assert found["tokens_per_param"] == pytest.approx(8.1e12 / found["active_params"], rel=1e-12)
    assert found["marks"] == ["moe"]
    assert any("dense" in note["message"] for note in document["notes"] if note["code"] == "moe")


def test_a_model_of_undisclosed_tokens_is_listed_without_a_verdict(capsys):
    found = row(capsys, "mistral-7b")
    assert found["params"] == 7241732096
    assert [found[key] for key in ("tokens", "tokens_per_param", "verdict", "wasted", "loss")] == [None] * 5
    assert main(["models"]) == ExitCode.ANSWERED
    shown, told = capsys.readouterr()
    (line,) = [line for line in shown.splitlines() if line.startswith("  mistral-7b ")]
    assert line.split() == ["mistral-7b", "-", "-", "-", "7.24B", "-", "-", "-", "-"]
    assert "undisclosed" in told
    assert "mistral-7b" in told


def test_figures_from_memory_are_marked(capsys):
    marked = {each["id"] for each in answer(capsys)["models"] if "memory" in each["marks"]}
    unverified = {model.id for model in tables.models().values() if model.verification == "memory"}
    assert unverified <= marked
    assert "gpt3-175b" not in marked
    # only the vocabulary of Pythia is, which its verdict does not rest on
    assert "pythia-12b" not in marked


def test_repeated_text_and_distillation_are_marked(capsys):
    assert "epochs" in row(capsys, "tinyllama-1.1b")["marks"]
    assert "distilled" in row(capsys, "llama3.2-1b")["marks"]


def test_a_single_model_is_told_with_run_shape_and_source(capsys):
    """Touvron et al. 2023b, table 2: 1,720,320 hours of A100 for the 70B model."""
    main(["models", "llama2-70b", "--json"])
    document = json.loads(capsys.readouterr().out)
    detail = document["result"]["detail"]
    assert detail["training"]["gpu_hours"] == 1_720_320
    assert detail["training"]["hardware"] == "a100-sxm-80gb"
    # 6 * 68.98e9 * 2e12 FLOPs in those hours, of 312 TFLOP/s
    assert detail["training"]["mfu"] == pytest.approx(0.4284, abs=5e-5)
    assert detail["shape"]["n_layers"] == 80
    assert detail["shape"]["n_kv_heads"] == 8
    assert any("2307.09288" in source for source in document["sources"])


def test_the_published_compute_stands_beside_6nd(capsys):
    """Brown et al. 2020, table D.1: 3.14e23 FLOPs for the 175B model."""
    training = answer(capsys, "gpt3")["detail"]["training"]
    assert training["flops_published"] == 3.14e23
    assert training["flops"] == pytest.approx(3.14e23, rel=2e-3)


def test_no_mfu_is_told_where_hours_or_tokens_are_not_known(capsys):
    assert answer(capsys, "chinchilla")["detail"]["training"]["mfu"] is None
    assert answer(capsys, "mistral-7b")["detail"]["training"] is None


def test_an_mfu_outside_of_published_runs_is_remarked_upon(capsys):
    """The hours of Llama 3.2 1B do not cover the tokens that its card gives as an upper bound."""
    main(["models", "llama3.2-1b", "--json"])
    assert "implied-mfu" in {note["code"] for note in json.loads(capsys.readouterr().out)["notes"]}


@pytest.mark.parametrize("spelling", ["Llama 3", "llama-3", "llama3", "LLAMA 3"])
def test_a_family_is_listed_by_its_name_however_it_is_spelled(capsys, spelling):
    assert [each["id"] for each in answer(capsys, spelling)["models"]] == ["llama3-8b", "llama3-70b"]


def test_the_family_option_lists_a_family_whose_name_is_also_that_of_a_model(capsys):
    assert len(answer(capsys, "gpt-3")["models"]) == 1
    assert len(answer(capsys, "--family", "gpt-3")["models"]) == 8  # table 2.1 of Brown et al. 2020


@pytest.mark.parametrize(("by", "key"), [("wasted", "wasted"), ("tokens-per-param", "tokens_per_param")])
def test_a_list_is_sorted_largest_first_and_what_is_unknown_last(capsys, by, key):
    figures = [each[key] for each in answer(capsys, "--sort", by)["models"]]
    known = [figure for figure in figures if figure is not None]
    assert known == sorted(known, reverse=True)
    assert figures[: len(known)] == known


def test_a_list_is_sorted_by_year(capsys):
    years = [each["year"] for each in answer(capsys, "--sort", "year")["models"]]
    assert years == sorted(years)


def test_another_law_moves_the_verdict(capsys):
    """By approach 3 as Hoffmann et al. print it, Chinchilla itself is too large (Besiroglu et al. 2024)."""
    found = row(capsys, "chinchilla", "--law", "hoffmann2022-a3-rounded")
    assert found["verdict"] == "model-heavy"


def test_a_law_without_a_loss_judges_by_size_and_tells_no_waste(capsys):
    document = answer(capsys, "gpt3", "--law", "llama3-2024")
    assert document["models"][0]["verdict"] == "model-heavy"
    assert document["models"][0]["wasted"] is None
    assert document["detail"]["against_optimum"]["loss"] is None


def test_a_law_that_counts_other_parameters_is_given_those(capsys):
    # 96 layers of width 12288: 12 L d^2 and its biases and gains (Brown et al. 2020, table 2.1)
    found = row(capsys, "gpt3", "--law", "kaplan2020")
    assert found["counted_params"] == pytest.approx(12 * 96 * 12288**2, rel=2e-4)
    spent = 6 * found["counted_params"] * found["tokens"]
    assert 6 * found["optimal_params"] * found["optimal_tokens"] == pytest.approx(spent, rel=1e-12)


def test_a_law_file_of_ones_own_is_followed(capsys, tmp_path):
    path = tmp_path / "law.json"
    path.write_text(json.dumps(tables.law("besiroglu2024").to_row()))
    mine, published = row(capsys, "gpt3", "--law", str(path)), row(capsys, "gpt3")
    assert mine == published


@pytest.mark.parametrize("laws", [["--law", "all"], ["--law", "besiroglu", "--law", "hoffmann"]])
def test_more_than_one_law_is_refused(capsys, laws):
    assert main(["models", *laws]) == ExitCode.WRONG_USAGE
    assert "one law" in capsys.readouterr().err


def test_a_law_that_does_not_split_a_budget_is_refused(capsys):
    assert main(["models", "--law", "kaplan2020-n"]) == ExitCode.WRONG_USAGE
    assert "kaplan2020-n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [(["gtp3"], "gpt3"), (["--family", "lama"], "LLaMA"), (["chinchila-70b"], "chinchilla-70b")],
)
def test_a_wrong_name_is_told_with_the_nearest(capsys, arguments, nearest):
    assert main(["models", *arguments]) == ExitCode.WRONG_USAGE
    assert nearest in capsys.readouterr().err


def test_a_name_beside_a_family_is_refused(capsys):
    assert main(["models", "gpt3", "--family", "gpt-3"]) == ExitCode.WRONG_USAGE
    assert "--family" in capsys.readouterr().err


def test_an_unknown_order_is_refused(capsys):
    assert main(["models", "--sort", "size"]) == ExitCode.WRONG_USAGE
    assert "tokens-per-param" in capsys.readouterr().err


def test_csv_and_json_lines_have_one_model_a_line(capsys):
    main(["models", "--family", "gopher", "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    main(["models", "--family", "gopher", "--format", "jsonl"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["id"] for each in rows] == [each["id"] for each in lines]
    assert len(rows) == 6
    assert float(rows[-1]["tokens_per_param"]) == lines[-1]["tokens_per_param"]


def test_the_headline_of_a_model_is_the_verdict(capsys):
    main(["models", "chinchilla"])
    headline = capsys.readouterr().out.splitlines()[0]
    assert headline.startswith("Chinchilla 70B: 70B parameters on 1.4T tokens (20 tokens per parameter)")
    assert "compute-optimal" in headline


def test_a_model_is_looked_up_from_python():
    command = commands.command("models")
    assert command.run(command.inputs(name="llama3-8b")).models[0].verdict == "data-heavy"
    with pytest.raises(Problem, match="names no model"):
        command.run(command.inputs(name="nobody"))


@pytest.mark.parametrize("command", ["models", "laws", "accelerators"])
def test_lists_load_no_heavy_library(command):
    code = (
        "import sys; from scalecalc.cli import main; "
        f"main([{command!r}, '--json']); "
        "print(sorted({'numpy', 'scipy', 'rich'} & set(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr.strip() == "[]"
