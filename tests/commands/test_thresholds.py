"""`scalecalc thresholds`: a budget against laws, guidelines and known models."""

import csv
import json
import re

import pytest

from scalecalc import tables
from scalecalc.cli import main
from scalecalc.problem import ExitCode

ROWS = list(tables.records("thresholds.csv"))


def answer(capsys, *arguments):
    assert main(["thresholds", *arguments, "--json"]) == ExitCode.ANSWERED
    return json.loads(capsys.readouterr().out)["result"]


def crossed(found):
    return {row["id"] for row in found["thresholds"] if row["crossed"]}


# ---------------------------------------------------------------- the table


def test_article_51_of_the_ai_act_presumes_systemic_risk_above_1e25():
    """Regulation (EU) 2024/1689, article 51(2): 'greater than 10^25'."""
    (row,) = (row for row in ROWS if row["id"] == "eu-systemic-risk")
    assert float(row["flops"]) == 1e25
    assert row["comparison"] == "more than"
    assert "article 51(2)" in row["source"]
    assert "greater than 10^25" in row["meaning"]


def test_general_purpose_models_are_indicated_above_1e23_not_1e22():
    """Commission guidelines of 18 July 2025; pages that say 1e22 quote the draft of April."""
    (row,) = (row for row in ROWS if row["id"] == "eu-gpai")
    assert float(row["flops"]) == 1e23


@pytest.mark.parametrize(
    ("modifier", "of"), [("eu-modifier", "eu-gpai"), ("eu-modifier-systemic-risk", "eu-systemic-risk")]
)
def test_a_modification_counts_from_a_third_on(modifier, of):
    flops = {row["id"]: float(row["flops"]) for row in ROWS}
    assert 3 * flops[modifier] == pytest.approx(flops[of], rel=1e-14)


def test_every_status_is_dated_and_what_is_revoked_says_when():
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", row["as_of"])
        assert re.fullmatch(r"(20\d\d-\d\d-\d\d)?", row["since"])
        dates = re.findall(r"20\d\d-\d\d-\d\d", row["status"])
        assert all(date <= row["as_of"] for date in dates)
        assert row["status"] in ("in force", "guidance") or dates
        assert row["counts"] in ("model", "modification")
        assert row["comparison"] in ("more than", "at least")
        assert row["verification"] in ("retrieved", "secondary")
        assert 1e22 < float(row["flops"]) <= 1e26


# ---------------------------------------------------------------- a budget


def test_llama_3_405b_has_systemic_risk_in_europe_and_is_below_1e26(capsys):
    """3.8e25 FLOPs as Meta prints them (Grattafiori et al. 2024)."""
    found = answer(capsys, "--model", "llama3.1-405b")
    assert found["flops"] == 3.8e25
    assert crossed(found) == {"eu-gpai", "eu-systemic-risk", "us-eo14110-biology"}


def test_more_than_and_at_least_differ_at_the_threshold_itself(capsys):
    found = answer(capsys, "--flops", "1e26")
    assert "south-korea" in crossed(found)
    assert not {"california-sb53", "new-york-raise", "us-eo14110"} & crossed(found)
    assert "california-sb53" in crossed(answer(capsys, "--flops", "1.001e26"))


def test_parameters_and_tokens_are_6nd(capsys):
    assert answer(capsys, "--params", "8B", "--tokens", "15T")["flops"] == pytest.approx(7.2e23, rel=1e-12)


def test_the_headline_leaves_out_what_is_revoked_and_names_what_is_next(capsys):
    main(["thresholds", "--flops", "2e23"])
    head = capsys.readouterr().out.splitlines()[0]
    assert head == "2e23 FLOPs: above general-purpose (European Union); the next is 1e25"


def test_without_a_budget_nothing_is_crossed_and_every_source_is_told(capsys):
    main(["thresholds", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert {row["crossed"] for row in told["result"]["thresholds"]} == {None}
    assert told["result"]["landmarks"] == []
    assert len(told["sources"]) == len(ROWS)
    above = {row["id"]: row["models_above"] for row in told["result"]["thresholds"]}
    assert above["eu-gpai"] > above["eu-systemic-risk"] >= above["california-sb53"]


def test_the_program_says_that_the_law_decides_and_dates_each_status(capsys):
    main(["thresholds", "--flops", "3.8e25"])
    shown = capsys.readouterr().out
    assert "the texts of the laws decide" in shown
    assert "status of 2026-" in shown


def test_a_budget_next_to_a_threshold_is_noted(capsys):
    main(["thresholds", "--flops", "1.1e25", "--json"])
    codes = {note["code"]: note["message"] for note in json.loads(capsys.readouterr().out)["notes"]}
    assert codes["near-threshold"].startswith("eu-systemic-risk")
    main(["thresholds", "--flops", "5e24", "--json"])
    assert "near-threshold" not in {note["code"] for note in json.loads(capsys.readouterr().out)["notes"]}


# ---------------------------------------------------------------- modifications


def test_a_modification_is_held_against_a_third_of_its_original(capsys):
    """Llama 3.1 70B: 6 * 70.55e9 * 15e12 is 6.35e24, a third 2.12e24."""
    found = answer(capsys, "--flops", "2.2e24", "--modifies", "llama3.1-70b")
    (third,) = (row for row in found["thresholds"] if row["counts"] == "modification")
    assert third["id"] == "eu-modifier"
    assert third["flops"] == pytest.approx(found["original_flops"] / 3, rel=1e-14)
    assert third["crossed"] is True
    assert "eu-modifier" not in crossed(answer(capsys, "--flops", "2e24", "--modifies", "llama3.1-70b"))


def test_the_modified_model_has_the_compute_of_both(capsys):
    found = answer(capsys, "--flops", "5e24", "--modifies", "llama3.1-70b")
    assert found["total_flops"] == pytest.approx(found["original_flops"] + 5e24, rel=1e-14)
    assert "eu-systemic-risk" in crossed(found)


def test_a_modification_of_a_model_with_systemic_risk_has_a_row_of_its_own(capsys):
    found = answer(capsys, "--flops", "1e25", "--modifies", "llama3.1-405b")
    (third,) = (row for row in found["thresholds"] if row["counts"] == "modification")
    assert third["id"] == "eu-modifier-systemic-risk"
    assert third["flops"] == pytest.approx(3.8e25 / 3, rel=1e-14)
    assert third["crossed"] is False


def test_a_model_is_not_held_against_the_thresholds_of_modifications(capsys):
    main(["thresholds", "--flops", "1e24", "--json"])
    told = json.loads(capsys.readouterr().out)
    held = {row["id"]: row["crossed"] for row in told["result"]["thresholds"]}
    assert held["eu-modifier"] is None
    assert "modification" in {note["code"] for note in told["notes"]}


# ---------------------------------------------------------------- known models


def test_known_models_stand_on_either_side(capsys):
    found = [row["flops"] for row in answer(capsys, "--flops", "1e24")["landmarks"]]
    assert found == sorted(found, reverse=True)
    assert [flops > 1e24 for flops in found] == [True] * 3 + [False] * 3


def test_the_nearest_are_taken(capsys):
    known = sorted(model.flops_published or model.flops for model in tables.models().values() if model.tokens)
    below = [flops for flops in known if flops <= 1e24][-3:]
    above = [flops for flops in known if flops > 1e24][:3]
    found = [row["flops"] for row in answer(capsys, "--flops", "1e24")["landmarks"]]
    assert found == sorted([*above, *below], reverse=True)


@pytest.mark.parametrize(("flops", "count"), [("1e12", 3), ("1e30", 3)])
def test_beyond_all_known_models_there_are_three_on_one_side(capsys, flops, count):
    assert len(answer(capsys, "--flops", flops)["landmarks"]) == count


def test_a_model_is_no_landmark_of_itself(capsys):
    found = answer(capsys, "--model", "gpt3")["landmarks"]
    assert "gpt3-175b" not in {row["model"] for row in found}


# ---------------------------------------------------------------- formats and mistakes


def test_csv_has_a_line_for_each_threshold(capsys):
    main(["thresholds", "--flops", "1e24", "--format", "csv"])
    lines = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [line["id"] for line in lines] == [row["id"] for row in ROWS]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--flops 1e24 --model gpt3", "--flops and --model are 2 budgets"),
        ("--params 8B", "half of a model is no budget"),
        ("--tokens 8T", "half of a model is no budget"),
        ("--modifies gpt3", "--modifies without the compute of it"),
        ("--model mistral-7b", "the training tokens of mistral-7b are not published"),
        ("--flops 1e24 --modifies mistral-7b", "the training tokens of mistral-7b are not published"),
        ("--model gpt33", "'gpt33' names no model"),
        ("--params 1e300 --tokens 1e300", "6ND: inf is not finite"),
        ("--flops 1e25FLOP/s", "is a rate"),
    ],
)
def test_a_budget_that_is_none_is_refused(capsys, line, told):
    assert main(["thresholds", *line.split()]) == ExitCode.WRONG_USAGE
    assert told in capsys.readouterr().err
