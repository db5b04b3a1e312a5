"""scalecalc schema: what a command reads and writes, for programs that read and write it."""

import json

import pytest

from scalecalc import commands
from scalecalc.commands.schema import DIALECT

every_command = pytest.mark.parametrize("name", commands.names())


@every_command
def test_it_prints_one_plain_document(scalecalc, name):
    outcome = scalecalc("schema", *name.split())
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.json["command"] == name
    assert (
        {"input", "output", "problem"}
        <= set(outcome.json)
        <= {"command", "input", "output", "problem", "row"}
    )
    parts = [outcome.json[part] for part in outcome.json if part != "command"]
    assert {part["$schema"] for part in parts} == {DIALECT}


def test_the_output_has_the_keys_of_an_answer_and_none_may_be_absent(scalecalc):
    output = scalecalc("schema", "optimal").json["output"]
    answered = scalecalc("optimal", "--flops", "1e23", "--json").json
    assert list(output["properties"]) == output["required"] == list(answered)


def test_an_input_may_be_a_number_in_base_units_or_a_text(scalecalc):
    asked = scalecalc("schema", "optimal").json["input"]["properties"]
    assert {"type": ["number", "string"], "x-unit": "seconds"} in asked["time"]["anyOf"]


def test_a_number_of_the_output_says_its_unit(scalecalc):
    output = scalecalc("schema", "optimal").json["output"]
    assert output["$defs"]["OptimalResult"]["properties"]["params"]["x-unit"] == "parameters"


def test_a_command_whose_rows_differ_has_a_schema_for_them(scalecalc):
    assert scalecalc("schema", "optimal").json["row"]["title"] == "Split"
    assert "row" not in scalecalc("schema", "gpu-hours").json


def test_json_wraps_the_document_as_any_answer(scalecalc):
    wrapped = scalecalc("schema", "optimal", "--json").json
    assert wrapped["inputs"] == {"command": ["optimal"]}
    plain = scalecalc("schema", "optimal").json
    assert {part: wrapped["result"][part] for part in plain} == plain


def test_markdown_fences_the_document(scalecalc):
    first, *inner, last = scalecalc("schema", "optimal", "--format", "markdown").out.splitlines()
    assert (first, last) == ("```json", "```")
    assert json.loads("\n".join(inner))["command"] == "optimal"


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "jsonl"])
def test_without_a_command_all_are_listed(scalecalc, form):
    text = scalecalc("schema", "--format", form).out
    assert all(name in text for name in commands.names())


def test_an_unknown_command_is_told_with_the_nearest(scalecalc):
    outcome = scalecalc("schema", "optiml")
    assert outcome.code == 2
    assert outcome.err.splitlines() == [
        "error: 'optiml' names no command",
        "",
        "hint: nearest: optimal, optimizer; `scalecalc schema` lists them all",
    ]
