"""Many questions at once: ranges, and one question a line on standard input."""

import csv
import io
import json
import subprocess
import sys

import pytest

from scalecalc.problem import ExitCode

FROM_INPUT = ("optimal", "--flops", "-")
RANGE = ("optimal", "--flops", "1e21..1e23:3")


def documents(text):
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_gives_a_row(scalecalc):
    outcome = scalecalc(*FROM_INPUT, "--format", "jsonl", stdin="1e21\n1e22\n1157PF-days\n")
    assert [row["flops"] for row in documents(outcome.out)] == [1e21, 1e22, pytest.approx(1157 * 8.64e19)]


def test_blank_lines_and_remarks_are_passed_over(scalecalc):
    outcome = scalecalc(*FROM_INPUT, "--format", "jsonl", stdin="# budgets\n\n 1e21 \r\n   \n#1e22\n")
    assert [row["flops"] for row in documents(outcome.out)] == [1e21]


def test_json_has_a_whole_document_for_each_line(scalecalc):
    outcome = scalecalc(*FROM_INPUT, "--json", stdin="1e21\n1e22\n")
    found = documents(outcome.out)
    assert [each["result"]["flops"] for each in found] == [1e21, 1e22]
    assert [each["inputs"]["flops"] for each in found] == [1e21, 1e22]
    assert {each["command"] for each in found} == {"optimal"}


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_a_bad_line_is_named_after_the_good_rows_were_written(scalecalc, form):
    outcome = scalecalc(*FROM_INPUT, "--format", form, stdin="1e21\n\nmany\n1e22\n")
    assert outcome.code == ExitCode.BAD_DATA
    assert "standard input, line 3: many does not start with a number" in outcome.err
    good = scalecalc(*FROM_INPUT, "--format", form, stdin="1e21\n").out
    assert outcome.out.startswith(good)
    told = documents(outcome.out)[-1]["problem"]["code"] if form != "csv" else "row"
    assert told == "row"


def test_bytes_that_are_no_text_are_a_bad_line(process):
    outcome = process(*FROM_INPUT, "--format", "jsonl", stdin=b"1e21\n\xff\xfe\n")
    assert outcome.code == ExitCode.BAD_DATA
    assert "standard input, line 2: \\xff\\xfe does not start with a number" in outcome.err


@pytest.mark.parametrize(
    ("form", "lines"), [("json", 0), ("jsonl", 0), ("csv", 1)], ids=["json", "jsonl", "csv"]
)
def test_no_line_gives_no_row(scalecalc, form, lines):
    outcome = scalecalc(*FROM_INPUT, "--format", form, stdin="# nothing\n")
    assert (outcome.code, len(outcome.out.splitlines())) == (0, lines)


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_a_row_is_written_before_the_next_line_is_read(clean_environment, form):
    command = [sys.executable, "-m", "scalecalc", *FROM_INPUT, "--format", form]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=clean_environment()) as running:
        for budget in (b"1e21", b"1e22"):
            running.stdin.write(budget + b"\n")
            running.stdin.flush()
            seen = running.stdout.readline()
            while b"1e+2" not in seen:  # the header of the CSV comes first
                seen = running.stdout.readline()
            assert budget.replace(b"1e", b"1e+") in seen
        running.stdin.close()
        assert running.wait(timeout=30) == 0


def test_a_range_gives_a_row_each_in_every_format(scalecalc):
    budgets = [1e21, 1e22, 1e23]
    assert [each["result"]["flops"] for each in documents(scalecalc(*RANGE, "--json").out)] == budgets
    assert [row["flops"] for row in documents(scalecalc(*RANGE, "--format", "jsonl").out)] == budgets
    table = csv.DictReader(io.StringIO(scalecalc(*RANGE, "--format", "csv").out))
    assert [float(row["flops"]) for row in table] == budgets
    rows = [line.split()[0] for line in scalecalc(*RANGE).out.splitlines() if "besiroglu2024  " in line]
    assert rows == ["1e21", "1e22", "1e23"]
    lines = scalecalc(*RANGE, "--format", "markdown").out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("| 1e2")] == ["1e21", "1e22", "1e23"]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_one_budget_has_the_columns_of_many(scalecalc, form):
    one = scalecalc("optimal", "--flops", "1e21", "--format", form).out.splitlines()
    many = scalecalc(*RANGE, "--format", form).out.splitlines()
    assert one == many[: len(one)]


def test_columns_of_csv_are_the_same_in_every_row(scalecalc):
    text = scalecalc(*RANGE, "--law", "all", "--format", "csv").out
    rows = list(csv.reader(io.StringIO(text)))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) > 20


def test_a_range_of_one_law_on_the_fixed_side_says_what_is_wasted(scalecalc):
    outcome = scalecalc(*RANGE, "--params", "3B", "--format", "jsonl")
    assert [row["verdict"] for row in documents(outcome.out)] == [
        "compute-optimal",
        "data-heavy",
        "data-heavy",
    ]
