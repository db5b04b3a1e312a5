"""The contract of the JSON: each command's schema is a golden file, and what it prints keeps to it.

    python -m pytest -n0 tests/test_schemas.py --regenerate-schemas     writes the golden files anew

A change of a golden file is a change that scripts see: a key that goes, or changes its meaning or its unit,
raises SCHEMA_VERSION; a new key does not.
"""

import json
import shlex
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from scalecalc import commands
from scalecalc.render import Format

GOLDEN = Path(__file__).parent / "schemas"

MOST_ROWS = 100
"""A schedule has a row for each of its steps."""

every_command = pytest.mark.parametrize("name", commands.names())


@cache
def schema_of(name):
    return commands.call("schema", command=[name]).document()


@cache
def validator(name, part):
    schema = schema_of(name)[part]
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def rows_validator(name):
    return validator(name, "row") if "row" in schema_of(name) else Draft202012Validator(result_schema(name))


def result_schema(name):
    output = schema_of(name)["output"]
    return {"$defs": output["$defs"], **output["properties"]["result"]}


def examples(name):
    """The command's examples without what is piped to or from them, their own format or `--plot`."""
    words = [shlex.split(line.partition(" | ")[0]) for line in commands.command(name).inputs.examples]
    return [without_format(line) for line in words]


def without_format(words):
    formats = {"--json", "--format", "--plot", *Format}
    return [word for word in words if word not in formats]


def documents(printed):
    """The one document of an answer, or one a line of a stream."""
    return (
        [json.loads(printed)]
        if printed.startswith("{\n")
        else [json.loads(line) for line in printed.splitlines()]
    )


def python_inputs(name, given):
    """What Python reads from the inputs as the JSON has them, written as JSON again."""
    return json.loads(commands.command(name).inputs.model_validate(given).model_dump_json())


def golden_file(name):
    return f"{name.replace(' ', '-')}.json"


def closed(schema):
    """The schema without saying where an object is open, which not every version of pydantic does."""
    hook = {"object_pairs_hook": lambda pairs: dict(p for p in pairs if p != ("additionalProperties", True))}
    return json.loads(json.dumps(schema), **hook)


@every_command
def test_the_schema_is_the_golden_one(name, request):
    place = GOLDEN / golden_file(name)
    text = json.dumps(closed(schema_of(name)), indent=1) + "\n"
    if request.config.getoption("--regenerate-schemas"):
        place.write_text(text)
    golden = json.loads(place.read_text()) if place.is_file() else None
    assert golden == json.loads(text), (
        "if it is meant: python -m pytest tests/test_schemas.py --regenerate-schemas"
    )


def test_every_golden_file_is_of_a_command():
    assert {path.name for path in GOLDEN.glob("*.json")} == set(map(golden_file, commands.names()))


@every_command
@pytest.mark.parametrize("part", ["input", "output", "problem"])
def test_the_schemas_are_themselves_valid(name, part):
    assert validator(name, part)


@every_command
def test_the_schemas_close_their_objects(name):
    for part in ("input", "output", "problem"):
        assert schema_of(name)[part]["additionalProperties"] is False


@every_command
@pytest.mark.usefixtures("example_files")
def test_the_answers_to_the_examples_keep_to_the_schema(name, scalecalc):
    for words in examples(name):
        for document in documents(scalecalc(*words, "--json").out):
            validator(name, "output").validate(document)
            given = {key: value for key, value in document["inputs"].items() if value is not None}
            validator(name, "input").validate(given)
            assert python_inputs(name, given) == document["inputs"]


@every_command
@pytest.mark.usefixtures("example_files")
def test_rows_of_json_lines_keep_to_the_schema(name, scalecalc):
    words, *_ = examples(name)
    for line in scalecalc(*words, "--format", "jsonl").out.splitlines()[:MOST_ROWS]:
        rows_validator(name).validate(json.loads(line))


@every_command
def test_a_problem_keeps_to_the_schema(name, scalecalc):
    for words in ([*name.split(), "--nonsense"], [*name.split(), "--format"]):
        document = scalecalc(*words, "--json").json
        validator(name, "problem").validate(document)
        assert not validator(name, "output").is_valid(document)
