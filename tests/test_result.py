"""The envelope around every answer, and the classes that commands are made of."""

import json

import pytest
from pydantic import ValidationError

from scalecalc import __version__, commands
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Params
from scalecalc.render.machine import json_text
from scalecalc.result import SCHEMA_VERSION, Estimate, Note, Result, Row, Span, envelope, problem_envelope


class Listed(Row):
    name: str


class Answer(Result):
    size: Params

    def records(self) -> tuple[Listed, ...]:
        return (Listed(name="one"),)


def test_an_envelope_says_who_wrote_it_what_was_asked_and_what_was_found():
    asked = commands.command("optimal").inputs(flops=1e23)
    answer = Answer(
        size=Params(7e9), assumptions=("a",), notes=(Note(code="n", message="m"),), sources=("s",)
    )
    document = json.loads(json_text(envelope("optimal", asked, answer)))
    assert document["scalecalc"] == {"version": __version__, "schema": SCHEMA_VERSION}
    assert document["command"] == "optimal"
    assert document["inputs"]["flops"] == 1e23
    assert document["result"] == {"size": 7e9}
    assert document["assumptions"] == ["a"]
    assert document["notes"] == [{"code": "n", "message": "m", "level": "note"}]
    assert document["sources"] == ["s"]


def test_the_envelope_of_a_problem_has_its_code_message_and_hint():
    document = problem_envelope("optimal", Problem("odd", "it is odd", "make it even"))
    assert document["problem"] == {"code": "odd", "message": "it is odd", "hint": "make it even"}


def test_a_quantity_keeps_its_kind_within_a_span_and_an_estimate():
    assert type(Span(low=Params(1e9), high=Params(2e9)).low) is Params
    assert type(Estimate(value=Params(1e9)).value) is Params


@pytest.mark.parametrize("kind", [Row, Result])
def test_results_are_frozen_and_closed(kind):
    class Kept(kind):
        value: int

    with pytest.raises(ValidationError, match="frozen"):
        Kept(value=1).value = 2
    with pytest.raises(ValidationError, match="extra"):
        Kept(value=1, other=2)


def test_what_records_hold_is_read_from_their_annotation():
    assert Answer.record_kind() is Listed
    assert Result.record_kind() is Result


def test_a_result_is_its_own_record_unless_it_says_otherwise():
    class Single(Result):
        value: int

    single = Single(value=1)
    assert single.records() == (single,)
    assert Single.record_kind() is Single
    assert single.document() is None


def test_exit_codes_are_the_documented_ones():
    assert {code.name: int(code) for code in ExitCode} == {
        "ANSWERED": 0,
        "NO_ANSWER": 1,
        "WRONG_USAGE": 2,
        "BAD_DATA": 3,
        "FINDINGS": 4,
        "BUG": 70,
        "INTERRUPTED": 130,
    }


def test_a_problem_is_wrong_usage_unless_it_says_otherwise():
    assert Problem("odd", "odd").exit_code == ExitCode.WRONG_USAGE
