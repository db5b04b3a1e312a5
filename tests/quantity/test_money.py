"""US dollars and prices per GPU-hour."""

import pytest

from scalecalc.quantity import Dollars, Price, Refused


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$2M", 2e6),
        ("2M$", 2e6),
        ("2M", 2e6),
        ("2M USD", 2e6),
        ("USD 2M", 2e6),
        ("US$2M", 2e6),
        ("$ 2m", 2e6),
        ("1,000,000", 1e6),
        ("$1,000,000", 1e6),
        ("2 million dollars", 2e6),
        ("$0", 0),
        ("$74.8K", 74800),
        ("$.5", 0.5),
    ],
)
def test_dollars(text, value):
    assert Dollars.parse(text) == value


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("\u20ac5M", "not in US dollars", "convert it"),
        ("5 EUR", "unknown ending EUR", "\\$2M"),
        ("-$2", "is negative", "$2M"),
        ("$-2", "is negative", "$2M"),
        ("$", "does not start with a number", "$2M"),
        ("$$5", "does not start with a number", "$2M"),
        ("$2.5/h", "a price per time, not an amount", "$2M"),
        ("2.5 per hour", "a price per time, not an amount", "$2M"),
        ("2MM", "unknown ending MM", "$2M"),
        ("2^10K", "suffix behind a power", "2^30"),
    ],
)
def test_what_is_no_amount_is_refused(text, reason, hint):
    with pytest.raises(Refused, match=reason) as refusal:
        Dollars.parse(text)
    assert hint.replace("\\", "") in refusal.value.hint


def test_dollars_print_with_their_sign_in_front():
    values = (2e6, 74_813, 512, 12.5, 0.25, 0)
    assert [str(Dollars(x)) for x in values] == ["$2M", "$74.8K", "$512", "$12.5", "$0.25", "$0"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$2.5/h", 2.5),
        ("2.5/h", 2.5),
        ("2.5/hr", 2.5),
        ("2.5/GPU-h", 2.5),
        ("2.5 / GPU h", 2.5),
        ("2.5/gpuh", 2.5),
        ("$60/d", 2.5),
        ("$60/day", 2.5),
        ("2.5 USD/h", 2.5),
        ("2.5$/h", 2.5),
        ("$2.5 per GPU-hour", 2.5),
        ("$1826.25/mo", 2.5),
        ("$21.915k/y", 2.5),
    ],
)
def test_prices(text, value):
    # A month and a year are no whole number of hours in binary: a few roundings.
    assert Price.parse(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("2.5", "no unit of time", "write 2.5/h (per GPU-hour)"),
        ("$2.5", "no unit of time", "write 2.5/h (per GPU-hour)"),
        ("$60/m", "per month or per minute", "write /mo or /min"),
        ("$20/node-h", "not a price per GPU-hour", "$2.5/h"),
        ("$20/parsec", "per no unit of time", "$2.5/h"),
        ("$2.5/", "not a price per GPU-hour", "$2.5/h"),
        ("/h", "does not start with a number", "$2.5/h"),
        ("0/h", "is zero", "is positive"),
        ("\u20ac2/h", "not in US dollars", "convert it"),
        ("2,5/h", "group digits by three", "2.5"),
    ],
)
def test_what_is_no_price_is_refused(text, reason, hint):
    with pytest.raises(Refused, match=reason) as refusal:
        Price.parse(text)
    assert hint in refusal.value.hint


def test_prices_print_per_hour():
    assert [str(Price(x)) for x in (2.5, 0.123456, 98.32)] == ["$2.5/h", "$0.123/h", "$98.3/h"]
