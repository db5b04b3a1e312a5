"""Digits, exponents and prefixes in; significant digits out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.quantity.number import (
    abbreviated,
    precise,
    prefix_exponent,
    read_number,
    scientific,
    significant,
)
from scalecalc.quantity.refusal import Refused


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e23", 1e23),
        ("1E23", 1e23),
        ("+5", 5),
        (".4", 0.4),
        ("1.", None),
        ("1_000_000", 1e6),
        ("1,000,000", 1e6),
        ("12,345.5", 12345.5),
        ("2^20", 1048576),
        ("2**20", 1048576),
        ("2 ^ 20", 1048576),
        ("10^23", 1e23),
        ("10^-3", 1e-3),
        ("7x10^9", 7e9),
        ("7*10**9", 7e9),
        ("1.5 x 10^-3", 1.5e-3),
        ("1^99999999", 1),
        ("0^0", 1),
        ("0^5", 0),
    ],
)
def test_numbers_are_read_exactly(text, value):
    number = read_number(text, "70B")
    assert (None if number.rest else number.scaled()) == value


def test_a_prefix_moves_the_decimal_point_without_rounding():
    # 1.1 * 1e12 rounds twice and gives 1100000000000.0002 for some multipliers; the decimal does not.
    assert read_number("4.35", "70B").scaled(2) == 435.0
    assert 4.35 * 100 != 435.0


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("B", "does not start with a number", "for example"),
        ("nan", "is not finite", "for example"),
        ("-Infinity", "is not finite", "for example"),
        ("-5", "is negative", "for example"),
        ("1,5", "group digits by three", "a decimal comma is written as a point: 1.5"),
        ("1,00,000", "group digits by three", "write 100000"),
        ("1_", "group digits by three", "write 1,"),
        ("1__0", "group digits by three", "write 10,"),
        ("1,000_000", "group digits by three", "write 1000000"),
        ("1 000 000", "space inside the number", "write 1_000_000"),
        ("1.000.000", "more than one decimal point", "write 1_000_000"),
        ("1e", "no digits after the e", "1E for exa"),
        ("1e+", "no digits after the e", "1e18 for an exponent"),
        ("1.5^2", "power of no whole number", "2^20"),
        ("2^-3", "negative power", "0.125"),
        ("2^99999999999999999999", "too large", "1e300"),
    ],
)
def test_what_is_no_number_is_refused_with_reason_and_hint(text, reason, hint):
    with pytest.raises(Refused, match=reason) as refusal:
        read_number(text, "70B")
    assert hint in refusal.value.hint


@pytest.mark.parametrize(
    ("text", "reason"), [("1e400", "too large"), ("10^999999", "too large"), ("1e-400", "too small")]
)
def test_overflow_and_underflow_are_refused(text, reason):
    with pytest.raises(Refused, match=reason):
        read_number(text, "70B").scaled()


@pytest.mark.parametrize(
    ("prefix", "exponent"),
    [
        ("", 0),
        ("k", 3),
        ("M", 6),
        ("B", 9),
        ("G", 9),
        ("T", 12),
        ("P", 15),
        ("Q", 15),
        ("E", 18),
        ("e", None),
        ("Z", 21),
        ("y", 24),
        ("peta", 15),
        ("Exa", 18),
        ("billion", 9),
        ("X", None),
        ("MM", None),
    ],
)
def test_prefixes(prefix, exponent):
    assert prefix_exponent(prefix) == exponent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (2.0321, "2.03"),
        (9.996, "10"),
        (999.6, "1000"),
        (1234.5678, "1235"),
        (0.0001, "0.0001"),
        (0.00009999, "0.0001"),
        (0.00001234, "1.23e-5"),
        (1e14, "100000000000000"),
        (1e15, "1e15"),
        (-19.23, "-19.2"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_significant_digits(value, text):
    assert significant(value) == text


@given(st.floats(-1e300, 1e300), st.integers(1, 17))
def test_significant_rounds_no_further_than_asked(value, digits):
    # Half a unit of the last digit asked for, and the rounding of the comparison itself.
    assert float(significant(value, digits)) == pytest.approx(
        value, rel=0.5 * 10 ** (1 - digits) + 1e-15, abs=1e-322
    )


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_precise_gives_the_same_float_back(value):
    assert float(precise(value)) == value


def test_scientific_has_neither_plus_nor_trailing_zeros():
    assert [scientific(x) for x in (1e23, 5.76e23, 9.999e22, 1e-7)] == ["1e23", "5.76e23", "1e23", "1e-7"]


def test_abbreviations_carry_into_the_next_suffix_and_end_in_an_exponent():
    values = (0.5, 512, 999.6, 999.96e9, 1e18, 1.5e24, 2e27)
    assert [abbreviated(x) for x in values] == ["0.5", "512", "1K", "1T", "1E", "1.5Y", "2e27"]
