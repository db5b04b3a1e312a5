"""Ranges, standard errors and check values."""

import pytest

from scalecalc.laws import Check, Range, Ranges, Uncertainty
from scalecalc.laws.row import Row


@pytest.mark.parametrize(
    ("value", "excess"), [(1e17, 10.0), (1e18, 1.0), (1e20, 1.0), (1e22, 1.0), (7.7e22, 7.7)]
)
def test_excess_is_the_factor_beyond_the_nearer_end(value, excess):
    assert Range(1e18, 1e22).excess(value) == pytest.approx(excess)


def test_an_open_range_has_no_excess():
    assert (Range().excess(1e30), Range(high=1e22).excess(1.0), Range(low=1e18).excess(1e30)) == (
        1.0,
        1.0,
        1.0,
    )


@pytest.mark.parametrize(
    ("kind", "row", "message"),
    [
        (Range, {"low": 2.0, "high": 1.0}, "low must be at most high, 1.0, not 2.0"),
        (Range, {"low": 0.0}, "low must be positive, not 0.0"),
        (Range, {"min": 1.0}, "'min' is no known key; known are low, high"),
        (Ranges, {"size": {}}, "'size' is no known key; known are params, tokens, flops, tokens_per_param"),
        (Uncertainty, {"parameters": ["E"], "errors": []}, "errors must be one standard error for each"),
        (Uncertainty, {"parameters": ["E"], "errors": [-1.0]}, "errors must be one standard error for each"),
        (Uncertainty, {"parameters": [], "errors": []}, "errors must be one standard error for each"),
        (
            Uncertainty,
            {"parameters": ["E", "A"], "errors": [1.0, 1.0], "covariance": [[1.0, 0.0], [0.0]]},
            "covariance must be square, one row for each of parameters",
        ),
        (Check, {"gives": {"loss": 2.0}, "rtol": 1e-3}, "must name what is given and what it gives"),
        (Check, {"flops": 1e21, "rtol": 1e-3}, "must name what is given and what it gives"),
        (Check, {"flops": 1e21, "gives": {"loss": 2.0}}, "rtol must be a finite number, not None"),
        (Check, {"flops": 1e21, "gives": {"size": 2.0}, "rtol": 1e-3}, "gives: 'size' is no known key"),
    ],
)
def test_malformed_rows_are_refused_with_key_and_value(kind, row, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
        kind.from_row(Row("law x", row))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "receipt",
    [
        Ranges(params=Range(1e6, 1e9), flops=Range(high=1e22)),
        Uncertainty(("E", "ln_A"), (0.1, 0.2), ((0.01, 0.0), (0.0, 0.04)), "bootstrap"),
        Uncertainty(("E",), (0.1,)),
        Check((("flops", 1e21),), (("params", 1e9), ("loss", 2.0)), 1e-3, "table 1"),
        Check((("params", 1e9), ("tokens", 2e10)), (("loss", 2.0),), 1e-3),
    ],
)
def test_receipts_survive_their_row(receipt):
    assert type(receipt).from_row(Row("law x", receipt.to_row())) == receipt
