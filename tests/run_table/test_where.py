"""Conditions on rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.problem import ExitCode, Problem
from scalecalc.run_table import read_runs
from scalecalc.run_table.where import Condition

ROWS = [("1e8", "2e9", "3.4", "train"), ("200M", "2e9", "3.2", "test"), ("4e8", "9e9", "", "")]


@pytest.fixture
def runs(table):
    return table("n_total,tokens,loss,split", ROWS)


@pytest.mark.parametrize(
    ("condition", "lines"),
    [
        ("n_total<3e8", [2, 3]),
        ("n_total<=200M", [2, 3]),
        ("n_total = 0.2B", [3]),
        ("N_Total==2e8", [3]),
        ("params>=200M", [3]),
        ("split=train", [2]),
        ("split!=test", [2]),
        ("split!=", [2, 3]),
        ("flops<2e18", [2]),
        ("tokens_per_param>=20", [2]),
        ("tokens_per_param=10", [3]),
    ],
)
def test_rows_are_kept(condition, lines, runs):
    read, _ = read_runs(runs, where=["loss!=", condition])
    assert list(read.lines) == lines


def test_several_conditions_narrow(runs):
    read, _ = read_runs(runs, where=["loss!=", "params>1e8", "flops>1e18"])
    assert list(read.lines) == [3]


@pytest.mark.parametrize("condition", ["flops", "flops>>3", "<3", "params>many", "params<", "loss!==3"])
def test_text_that_is_no_condition_is_misuse(condition, runs):
    with pytest.raises(Problem) as caught:
        read_runs(runs, where=[condition])
    assert caught.value.exit_code == ExitCode.WRONG_USAGE


def test_column_that_is_nowhere_is_misuse_told_with_what_there_is(runs):
    with pytest.raises(Problem, match="no column 'speed'") as caught:
        read_runs(runs, where=["loss!=", "speed>3"])
    assert caught.value.hint == "it has n_total, tokens, loss, split, params, flops, tokens_per_param"


@pytest.mark.parametrize("condition", ["split=dev", "flops>1e30"])
def test_condition_that_no_row_meets_is_told(condition, runs, refused):
    problem = refused(runs, where=["loss!=", condition])
    assert problem.message.endswith(f"no row meets {condition}")


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1),
    st.sampled_from(["<", "<=", ">", ">=", "=", "!="]),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_numbers_and_their_texts_are_kept_alike(values, sign, limit):
    condition = Condition("x", sign, repr(limit))
    assert condition.mask(np.array(values)).tolist() == condition.mask([repr(v) for v in values]).tolist()


def test_column_of_numbers_never_equals_a_text():
    assert not Condition.parse("x=train").mask(np.array([1.0])).any()
    assert Condition.parse("x!=train").mask(np.array([1.0])).all()
