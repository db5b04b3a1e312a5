"""What is told on standard error."""

import json

import pytest

from scalecalc.problem import ExitCode, Problem
from scalecalc.render import Format
from scalecalc.render.messages import bug_problem, report_notes, report_problem
from scalecalc.result import Note

TOLD = Problem("odd", "[red]x[/red]\nis odd\x1b[31m", "make it even", ExitCode.NO_ANSWER)


def test_a_problem_is_an_error_and_a_hint_in_a_line_each(capsys):
    assert report_problem("test", TOLD, Format.TABLE) == ExitCode.NO_ANSWER
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "error: [red]x[/red] is odd\\x1b[31m\n\nhint: make it even\n"


def test_without_a_hint_there_is_no_empty_line(capsys):
    report_problem(None, Problem("odd", "odd"), Format.CSV)
    assert capsys.readouterr().err == "error: odd\n"


@pytest.mark.parametrize("form", [Format.JSON, Format.JSONL])
def test_a_problem_is_json_too_where_json_was_asked_for(capsys, form):
    report_problem("test", TOLD, form)
    out, err = capsys.readouterr()
    assert json.loads(out)["problem"] == {"code": "odd", "message": TOLD.message, "hint": "make it even"}
    assert len(out.splitlines()) == 1
    assert err.startswith("error: ")


def test_a_message_is_not_endless(capsys):
    report_problem("test", Problem("long", "x" * 10_000), Format.JSON)
    out, err = capsys.readouterr()
    assert max(len(out), len(err)) < 1200


def test_notes_are_told_with_their_level(capsys):
    report_notes([Note(code="a", message="one"), Note(code="b", message="two", level="warning")])
    assert capsys.readouterr().err == "note: one\nwarning: two\n"


def test_a_bug_is_told_with_where_to_report_it():
    problem = bug_problem(RuntimeError("odd"), debug=False)
    assert problem.exit_code == ExitCode.BUG
    assert problem.message == "a bug in scalecalc: RuntimeError: odd"
    assert "--debug" in problem.hint
