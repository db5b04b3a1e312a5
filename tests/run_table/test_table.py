"""From cells to numbers: what is read, what is derived, what is refused."""

import numpy as np
import pytest

from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Refused
from scalecalc.run_table import read_runs
from scalecalc.run_table.table import plain_number


def column(table, header, *rows, name="params"):
    read, _ = read_runs(table(header, rows))
    return getattr(read, name)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("70B", 70e9),
        ("1.4T", 1.4e12),
        ('"1,000,000"', 1e6),
        ("2^30", 2**30),
        (" 1e9 ", 1e9),
        ("350M params", 350e6),
    ],
)
def test_counts_are_read_in_the_number_grammar(text, value, table):
    assert column(table, "params,tokens,loss", (text, "2e9", "3")).tolist() == [value]


@pytest.mark.parametrize(
    ("params", "tokens", "loss"),
    [
        ("nan", "2e9", "3"),
        ("inf", "2e9", "3"),
        ("-1e8", "2e9", "3"),
        ("0", "2e9", "3"),
        ("-0.0", "2e9", "3"),
        ("1e400", "2e9", "3"),
        ("many", "2e9", "3"),
        ("1e8", "20:1", "3"),
        ("1e8", "1.000.000", "3"),
        ("1e8", "", "3"),
        ("1e8", "2e9", ""),
        ("1e8", "2e9", "nan"),
        ("1e8", "2e9", "-2.5"),
        ("1e8", "2e9", "2.5K"),
        ("1e8", "2e9", "250%"),
        ("1e8", "2e9", '"2,5"'),
        ("1e8", "2e9", "2.5 nats"),
        ("1e8", "2e9", "#N/A"),
        ("1e8", "2e9", "=A1"),
    ],
)
def test_cell_that_is_no_positive_number_is_refused_with_line_and_remedy(
    params, tokens, loss, table, refused
):
    problem = refused(table(rows=[("1e8", "2e9", "3"), (params, tokens, loss)]))
    assert "runs.csv, line 3: " in problem.message
    assert problem.exit_code == ExitCode.BAD_DATA
    assert problem.hint


def test_hint_of_a_wrong_cell_leaves_it_out(table):
    source = table(rows=[("1e8", "2e9", "3"), ("1e8", "2e9", "nan")])
    read, _ = read_runs(source, where=["loss!=nan"])
    assert list(read.lines) == [2]


def test_decimal_comma_is_told(table, refused):
    source = table("params;tokens;loss", [("1e8", "2e9", "2,5")], separator=";")
    assert refused(source).hint == "a decimal comma is written as a point: 2.5"


@pytest.mark.parametrize(
    ("header", "row", "derived"),
    [
        ("params,tokens,loss", ("1e8", "2e9", "3"), "flops"),
        ("params,flops,loss", ("1e8", "1.2e18", "3"), "tokens"),
        ("tokens,flops,loss", ("2e9", "1.2e18", "3"), "params"),
    ],
)
def test_third_side_follows_from_the_other_two(header, row, derived, table):
    read, remarks = read_runs(table(header, [row]))
    assert [read.params[0], read.tokens[0], read.flops[0]] == pytest.approx([1e8, 2e9, 1.2e18])
    assert read.derived == (derived,)
    assert f"{derived} derived by C = 6ND" in remarks


def test_single_gaps_are_filled_too(table):
    rows = [("1e8", "", "1.2e18", "3"), ("", "2e9", "1.2e18", "3"), ("1e8", "2e9", "", "3")]
    read, _ = read_runs(table("params,tokens,flops,loss", rows))
    assert read.params.tolist() == pytest.approx([1e8] * 3)
    assert read.tokens.tolist() == pytest.approx([2e9] * 3)
    assert read.flops.tolist() == pytest.approx([1.2e18] * 3)


@pytest.mark.parametrize("sides", [("1e200", "1e200"), ("1e-200", "1e-200")])
def test_derived_side_outside_of_numbers_is_refused(sides, table, refused):
    assert "flops by C = 6ND is" in refused(table(rows=[(*sides, "3")])).message


def test_rows_whose_sides_disagree_by_more_than_ten_per_cent_are_named(table):
    rows = [("1e8", "2e9", f"{1.2e18 * times}", "3") for times in (1.0, 1.09, 1.12, 0.92, 0.88)]
    read, remarks = read_runs(table("params,tokens,flops,loss", rows))
    assert read.disagreeing == (4, 6)
    assert any("2 rows (lines 4, 6); N and D are used" in remark for remark in remarks)


def test_counts_that_look_like_millions_are_remarked(table):
    _, remarks = read_runs(table(rows=[("0.07", "1.4", "3"), ("0.4", "9", "2.8")]))
    assert [remark.partition(" are")[0] for remark in remarks if "in millions" in remark] == [
        "params",
        "tokens",
    ]


def test_run_labels_of_any_kind_become_clusters(table):
    rows = [
        ("1e8", "2e9", "3", "a"),
        ("1e8", "3e9", "2.9", "a"),
        ("2e8", "2e9", "2.8", ""),
        ("3e8", "2e9", "2.7", ""),
    ]
    labels = column(table, "params,tokens,loss,run", *rows, name="runs").tolist()
    assert labels[0] == labels[1]
    assert len(set(labels)) == 3


def test_run_numbers_become_clusters(table):
    rows = [("1e8", "2e9", "3", "7"), ("1e8", "3e9", "2.9", "7"), ("2e8", "2e9", "2.8", "9")]
    assert column(table, "params,tokens,loss,run_id", *rows, name="runs").tolist() == [0, 0, 1]


def test_weights_are_relative(table):
    rows = [("1e8", "2e9", "3", "2"), ("2e8", "2e9", "2.8", "6")]
    assert column(table, "params,tokens,loss,weight", *rows, name="weights").tolist() == [0.5, 1.5]


def test_standard_deviation_of_the_loss_becomes_precision_of_its_logarithm(table):
    # var(log L) = (std / L)**2 to first order
    rows = [("1e8", "2e9", "4", "0.04"), ("2e8", "2e9", "2", "0.04")]
    weights = column(table, "params,tokens,loss,loss_std", *rows, name="weights")
    assert weights[0] / weights[1] == pytest.approx((4 / 2) ** 2)
    assert weights.mean() == pytest.approx(1)


@pytest.mark.parametrize(
    ("unit", "value"), [("weight", ""), ("weight", "0"), ("loss_std", ""), ("loss_std", "-1")]
)
def test_weight_that_is_none_is_refused(unit, value, table, refused):
    rows = [("1e8", "2e9", "3", "1"), ("1e8", "2e9", "3", value)]
    assert "line 3" in refused(table(f"params,tokens,loss,{unit}", rows)).message


def test_one_loss_unit_is_read_and_several_are_remarked(table):
    one = [("1e8", "2e9", "3", "nats/byte"), ("2e8", "2e9", "3", "nats/byte")]
    read, remarks = read_runs(table("params,tokens,loss,loss_unit", one))
    assert (read.loss_units, any("units" in text for text in remarks)) == (("nats/byte",), False)
    read, remarks = read_runs(table("params,tokens,loss,unit", [*one, ("2e8", "2e9", "3", "bits")]))
    assert any("losses are in 2 units (nats/byte, bits)" in text for text in remarks)


def test_column_that_is_missing_is_told_when_it_is_asked_for(table):
    read, _ = read_runs(table("params,tokens", [("1e8", "2e9")]))
    with pytest.raises(Problem, match="no column for loss"):
        read.column("loss")


def test_rows_taken_keep_everything_together(table):
    rows = [("1e8", "2e9", "3", "1", "a", "1.2e18"), ("2e8", "2e9", "2.8", "3", "b", "9e18")]
    read, _ = read_runs(table("params,tokens,loss,weight,run,flops", rows))
    second = read.take(np.array([False, True]))
    assert (second.params[0], second.weights[0], second.lines, second.disagreeing) == (2e8, 1.5, [3], (3,))


@pytest.mark.parametrize(("text", "value"), [("2.5", 2.5), ("1,234.5", 1234.5), ("1e-3", 1e-3)])
def test_plain_number(text, value):
    assert plain_number(text) == value


@pytest.mark.parametrize("text", ["2.5K", "2,5", "two", "3 nats"])
def test_text_that_is_no_plain_number(text):
    with pytest.raises(Refused):
        plain_number(text)
