"""CSV as people have it, and CSV as nobody should."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.problem import ExitCode, Problem
from scalecalc.run_table import read_runs
from scalecalc.run_table.delimited import delimited_cells

LOSSES = [3.4, 3.2, 2.8]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """A file that is written anew for every example."""
    return tmp_path_factory.mktemp("scratch") / "runs.csv"


@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_separator_is_found_in_the_header(separator, table):
    read, _ = read_runs(table(separator.join(("params", "tokens", "loss")), separator=separator))
    assert read.loss.tolist() == LOSSES


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_every_line_end_is_read(end, table):
    read, _ = read_runs(table(end=end))
    assert read.loss.tolist() == LOSSES
    assert list(read.lines) == [2, 3, 4]


def test_byte_order_mark_is_no_part_of_the_first_name(table):
    read, _ = read_runs(table("\ufeffparams,tokens,loss"))
    assert read.params.tolist() == [1e8, 2e8, 4e8]


def test_blank_lines_are_passed_over_and_counted(table):
    read, _ = read_runs(table(rows=[("1e8", "2e9", "3.4"), ("",), ("", "", ""), ("2e8", "2e9", "3.2")]))
    assert list(read.lines) == [2, 5]


def test_columns_without_a_name_are_passed_over(table):
    rows = [("0", "1e8", "2e9", "3.4", "", ""), ("1", "2e8", "2e9", "3.2", "", "")]
    read, _ = read_runs(table(",params,tokens,loss,,", rows))
    assert read.params.tolist() == [1e8, 2e8]


def test_line_of_a_row_counts_line_breaks_within_quotes(table, refused):
    rows = [("1e8", "2e9", "3.4", '"two\nlines"'), ("2e8", "2e9", "none", "x")]
    assert "line 4: column loss: none" in refused(table("params,tokens,loss,note", rows)).message


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", None, "empty"),
        ("\n \r\n", None, "empty"),
        ("\ufeff", None, "empty"),
        ("params,tokens,loss\n", None, "no rows under the header"),
        ('params,tokens,loss,""\n', None, "no rows under the header"),
        ('"","",""\n1,2,3\n', 1, "the first line holds numbers"),
        ("params,params,loss\n1e8,2e9,3\n", 1, "two columns are called 'params'"),
        ("1e8,2e9,3\n2e8,2e9,2.9\n", 1, "the first line holds numbers"),
        ("params tokens loss\n1e8 2e9 3\n", 1, "is a single column"),
        ("params,tokens,loss\n1e8,2e9,3\n1e8,2e9\n", 3, "2 values under 3 columns"),
        ("params,tokens,loss\n1e8,2e9,3\n1e8,2e9,3,4\n", 3, "4 values under 3 columns"),
        ('params,tokens,loss\n1e8,2e9,3\n"1e8,2e9,3\n1,2,3\n', 3, "a quote is not closed"),
        ('params,tokens,loss\n1e8,2e9,3\n"1"e8,2e9,3\n', 3, "not readable as CSV"),
        (f"params,tokens,loss\n1e8,2e9,{'9' * 200_000}\n", 2, "field larger than field limit"),
    ],
)
def test_malformed_file_is_refused_with_line_and_remedy(content, line, message, tmp_path, refused):
    path = tmp_path / "runs.csv"
    path.write_bytes(content.encode())
    problem = refused(path)
    assert message in problem.message
    assert (f"runs.csv, line {line}:" in problem.message) == (line is not None)
    assert problem.exit_code == ExitCode.BAD_DATA
    assert problem.hint


def test_too_many_rows_are_refused_before_memory_is_full(table, refused, monkeypatch):
    monkeypatch.setattr("scalecalc.run_table.delimited.MOST_ROWS", 2)
    assert (
        "more than 2 rows" in refused(table("params,tokens,loss,x", [("1e8", "2e9", "3", "a")] * 3)).message
    )


def test_two_hundred_columns_are_read(table):
    extra = [f"c{i}" for i in range(197)]
    rows = [(*row, *["1"] * 197) for row in (("1e8", "2e9", "3.4"), ("2e8", "2e9", "3.2"))]
    read, _ = read_runs(table(",".join(("params", "tokens", "loss", *extra)), rows))
    assert read.loss.tolist() == [3.4, 3.2]


def test_unicode_and_markup_in_names_come_through(table):
    chosen = {"params": "параметры", "loss": "[red]損失[/red]"}
    read, _ = read_runs(table("параметры,tokens,[red]損失[/red]"), columns=chosen)
    assert read.loss.tolist() == LOSSES


@given(st.lists(st.tuples(*[st.floats(1e-300, 1e300)] * 3), min_size=1, max_size=20))
def test_numbers_read_as_a_whole_are_those_read_cell_by_cell(rows):
    plain = "a,b,c\n" + "".join(f"{a!r},{b!r},{c!r}\n" for a, b, c in rows)
    quoted = io.StringIO()
    csv.writer(quoted, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *rows])
    whole = delimited_cells(plain.encode(), "plain", "")
    single = delimited_cells(quoted.getvalue().encode(), "quoted", "")
    for name in "abc":
        assert isinstance(whole.columns[name], np.ndarray)
        assert isinstance(single.columns[name], list)
        assert whole.columns[name].tolist() == [float(text) for text in single.columns[name]]
    assert list(whole.lines) == list(single.lines)


def losses_or_none(path):
    try:
        return read_runs(str(path))[0].loss
    except Problem:
        return None


@given(content=st.one_of(st.binary(max_size=300), st.text('0123456789.,;eE+-"\n\r \t', max_size=200)))
def test_no_content_raises_anything_but_a_problem(scratch, content):
    text = content if isinstance(content, bytes) else content.encode()
    scratch.write_bytes(b"params,tokens,loss\n" + text)
    losses = losses_or_none(scratch)
    assert losses is None or (np.isfinite(losses) & (losses > 0)).all()
