"""The bundled tables of accuracies and of claimed thresholds, held to their papers."""

import csv
import itertools
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

DATA = Path(__file__).parent.parent / "data"


@cache
def rows(table):
    with (DATA / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def models():
    return {row["id"]: row for row in rows("models.csv")}


@pytest.mark.parametrize("table", ["gpt3_tasks.csv", "cot_emergence.csv", "llama_benchmarks.csv"])
def test_accuracies_are_shares_and_chance_is_below_one(table):
    for row in rows(table):
        assert 0 <= float(row["accuracy"]) <= 1
        assert 0 <= float(row["chance"]) < 1


def test_gpt3_has_eight_models_in_each_of_three_settings_of_a_task():
    groups = Counter((row["task"], row["shots"]) for row in rows("gpt3_tasks.csv"))
    assert len(groups) == 18 * 3
    assert set(groups.values()) == {8}
    assert {row["shots"] for row in rows("gpt3_tasks.csv")} == {"zero", "one", "few"}


def test_gpt3_sizes_and_flops_are_those_of_the_table_of_models():
    for row in rows("gpt3_tasks.csv"):
        model = models()[row["run"]]
        assert (row["params"], row["flops"]) == (model["params"], model["flops_published"])


def test_the_largest_gpt3_has_the_accuracies_of_the_text():
    # Brown et al. 2020, table 3.9, few-shot
    printed = {"2D+": 100, "2D-": 98.9, "3D-": 94.2, "4D+": 25.5, "4D-": 26.8, "2Dx": 29.2, "1DC": 21.3}
    found = {
        row["task"]: row
        for row in rows("gpt3_tasks.csv")
        if (row["run"], row["shots"]) == ("gpt3-175b", "few")
    }
    for task, percent in printed.items():
        assert 100 * float(found[task]["accuracy"]) == pytest.approx(percent)


def test_an_accuracy_of_arithmetic_is_a_whole_number_of_answers_within_rounding():
    odd = set()
    for row in rows("gpt3_tasks.csv"):
        if row["items"] != "2000":
            continue
        right = 2000 * float(row["accuracy"])
        rounding = 2000 * 0.0005 if float(row["accuracy"]) >= 0.1 else 0.0  # three digits from 10 % on
        if abs(right - round(right)) > rounding + 1e-9:
            odd.add((row["run"], row["task"], row["shots"]))
    assert odd == {("gpt3-6.7b", "2D+", "zero")}


@pytest.mark.parametrize(
    ("task", "answer", "end"),
    [
        ("2D+", lambda a, b: a + b, 100),
        ("2D-", lambda a, b: a - b, 100),
        ("2Dx", lambda a, b: a * b, 100),
        ("3D+", lambda a, b: a + b, 1000),
        ("3D-", lambda a, b: a - b, 1000),
    ],
)
def test_the_length_of_an_answer_is_the_mean_over_all_pairs(task, answer, end):
    digits = sum(len(str(answer(a, b))) for a, b in itertools.product(range(end), repeat=2)) / end**2
    printed = {row["answer_characters"] for row in rows("gpt3_tasks.csv") if row["task"] == task}
    assert printed == {f"{digits:.2f}"}


def test_the_length_of_a_composite_answer_is_the_mean_over_all_of_them():
    signs = (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b)
    lengths = [
        len(str(outer(a, inner(b, c))))
        for a, b, c in itertools.product(range(10), repeat=3)
        for outer in signs
        for inner in signs
    ]
    printed = {row["answer_characters"] for row in rows("gpt3_tasks.csv") if row["task"] == "1DC"}
    assert printed == {f"{sum(lengths) / len(lengths):.2f}"}


def test_every_model_has_both_promptings_of_each_of_its_tasks():
    found = defaultdict(set)
    for row in rows("cot_emergence.csv"):
        found[row["run"], row["task"]].add(row["prompting"])
    assert set(map(frozenset, found.values())) == {frozenset({"standard", "chain of thought"})}
    assert len(found) == 88


def test_the_chain_of_thought_of_palm_is_that_of_the_text():
    # Wei et al. 2022 (arXiv 2201.11903), table 1: PaLM 540B 56.9 %, standard 17.9 %, on GSM8K
    found = {
        row["prompting"]: float(row["accuracy"])
        for row in rows("cot_emergence.csv")
        if (row["family"], row["params"], row["task"]) == ("PaLM", "5.4e11", "GSM8K")
    }
    assert found == {"standard": 0.179, "chain of thought": 0.569}


def test_mawps_is_a_mean_over_the_items_of_its_four_subsets():
    # table 12: SingleOp 562, SingleEq 508, AddSub 395, MultiArith 600
    items = {row["task"]: row["items"] for row in rows("cot_emergence.csv")}
    assert (items["MAWPS"], items["MultiArith"]) == (str(562 + 508 + 395 + 600), "600")


def test_llama_sizes_tokens_and_flops_are_those_of_the_table_of_models():
    for row in rows("llama_benchmarks.csv"):
        model = models()[row["run"]]
        assert float(row["params"]) == pytest.approx(float(model["params"]), rel=5e-4)
        assert float(row["tokens"]) == float(model["tokens"])
        assert float(row["flops"]) == pytest.approx(
            6 * float(model["params"]) * float(row["tokens"]), rel=5e-3
        )


def test_the_claimed_thresholds_are_the_22_rows_with_numbers():
    table = rows("emergence_thresholds.csv")
    assert len(table) == 22
    assert Counter(row["prompting"] for row in table) == {"few-shot": 9, "augmented": 13}
    known = {row["task"] for name in ("gpt3_tasks.csv", "cot_emergence.csv") for row in rows(name)}
    assert {task for row in table for task in row["tasks"].split()} <= known


def test_claimed_compute_is_6nd_of_the_model_but_for_chinchilla():
    ids = {"GPT-3": {13: "gpt3-13b", 175: "gpt3-175b"}, "Gopher": {7.1: "gopher-7.1b", 280: "gopher-280b"}}
    ids |= {"PaLM": {62: "palm-62b", 540: "palm-540b"}, "Chinchilla": {70: "chinchilla-70b"}}
    off = set()
    for row in rows("emergence_thresholds.csv"):
        name = ids.get(row["model"], {}).get(float(row["params"]) / 1e9)
        if name is not None:
            model = models()[name]
            product = 6 * float(model["params"]) * float(model["tokens"])
            # two digits in print, of sizes rounded to two digits
            if abs(float(row["flops"]) / product - 1) > 0.04:
                off.add(row["ability"])
    assert off == {"MMLU, 30 topics"}
