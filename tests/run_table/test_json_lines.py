"""JSON Lines: one run a line."""

import json

import pytest

from scalecalc.problem import ExitCode
from scalecalc.run_table import read_runs

RUNS = [
    {"params": 1e8, "tokens": "2B", "loss": 3.4},
    {"loss": 3.2, "tokens": 2_000_000_000, "params": "200M", "note": None},
]


@pytest.fixture
def lines(tmp_path):
    def written(*texts, name="runs.jsonl"):
        path = tmp_path / name
        path.write_text("\n".join(texts) + "\n", encoding="utf-8")
        return str(path)

    return written


def test_numbers_and_texts_are_read_whatever_the_order_of_keys(lines):
    read, _ = read_runs(lines(*map(json.dumps, RUNS)))
    assert read.params.tolist() == [1e8, 2e8]
    assert read.tokens.tolist() == [2e9, 2e9]
    assert read.loss.tolist() == [3.4, 3.2]


def test_format_is_known_by_its_first_sign_too(lines):
    read, _ = read_runs(lines("", *map(json.dumps, RUNS), name="runs.txt"))
    assert list(read.lines) == [2, 3]


def test_key_that_a_run_lacks_is_an_empty_cell(lines, refused):
    source = lines('{"params": 1e8, "tokens": 2e9, "loss": 3}', '{"params": 1e8, "tokens": 2e9}')
    assert "line 2: loss is empty" in refused(source).message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"params": 1e8,', "not a JSON object"),
        ("[1, 2]", "not a JSON object"),
        ("3", "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        ('{"loss": 1, "loss": 2}', "two values for 'loss'"),
        ('{"params": NaN, "tokens": 1e9, "loss": 3}', "'NaN' is not a positive, finite number"),
        ('{"params": -Infinity, "tokens": 1e9, "loss": 3}', "is not a positive, finite number"),
        ('{"params": true, "tokens": 1e9, "loss": 3}', "true does not start with a number"),
        ('{"params": [1e8], "tokens": 1e9, "loss": 3}', "[1e8]"),
        ('{"params": {"a": 1}, "tokens": 1e9, "loss": 3}', "a"),
        ('{"params": "", "tokens": 1e9, "loss": 3}', "params is empty"),
    ],
)
def test_broken_line_is_refused_by_its_number(line, message, lines, refused):
    problem = refused(lines('{"params": 1e8, "tokens": 2e9, "loss": 3}', line))
    assert "runs.jsonl, line 2:" in problem.message
    assert problem.exit_code == ExitCode.BAD_DATA


@pytest.mark.parametrize("content", ["", "\n\n", "{}"])
def test_file_without_runs_is_refused(content, lines, refused):
    assert refused(lines(content)).exit_code == ExitCode.BAD_DATA
