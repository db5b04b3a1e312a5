"""Shares and tokens per parameter."""

import pytest

from scalecalc.quantity import Refused, Share, TokensPerParam


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.4", 0.4),
        (".4", 0.4),
        ("40%", 0.4),
        ("40 %", 0.4),
        ("40 percent", 0.4),
        ("1.0", 1),
        ("100%", 1),
        ("1%", 0.01),
        ("0", 0),
        ("0%", 0),
        ("33.5%", 0.335),
        ("1e-3", 0.001),
    ],
)
def test_shares(text, value):
    assert Share.parse(text) == value


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("40", "40 is more than the whole", "did you mean 40%?"),
        ("1.5", "more than the whole", "did you mean 1.5%?"),
        ("1", "may be all or one percent", "write 100% or 1%"),
        ("1e0", "may be all or one percent", "write 100% or 1%"),
        ("101%", "more than the whole", "at most 1"),
        ("400", "more than the whole", "at most 1"),
        ("-0.1", "is negative", "0.4, 40%"),
        ("2/5", "unknown ending /5", "0.4, 40%"),
        ("0,4", "group digits by three", "0.4"),
    ],
)
def test_what_is_no_share_is_refused(text, reason, hint):
    with pytest.raises(Refused, match=reason) as refusal:
        Share.parse(text)
    assert hint in refusal.value.hint


@pytest.mark.parametrize("value", [1.0000001, 40])
def test_a_share_is_at_most_one_from_python_too(value):
    with pytest.raises(ValueError, match="more than the whole"):
        Share(value)


@pytest.mark.parametrize(
    ("value", "text"), [(0.4, "40%"), (0.335, "33.5%"), (1.0, "100%"), (1, "100%"), (0, "0%")]
)
def test_shares_print_as_percent(value, text):
    assert str(Share(value)) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20", 20),
        ("20tpp", 20),
        ("20 TPP", 20),
        ("20:1", 20),
        ("19.2 : 1", 19.2),
        ("2k", 2000),
        ("1.9k tpp", 1900),
        ("20 tokens per parameter", 20),
        ("20 tokens/param", 20),
        ("0.5", 0.5),
    ],
)
def test_tokens_per_parameter(text, value):
    assert TokensPerParam.parse(text) == value


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("1:20", "not a ratio to one", "tokens come first"),
        ("20:2", "not a ratio to one", "write 20:1"),
        ("20:1:1", "not a ratio to one", "write 20:1"),
        ("20x", "unknown ending x", "20tpp"),
        ("20 tokens", "unknown ending tokens", "20tpp"),
        ("0", "is zero", "is positive"),
    ],
)
def test_what_is_no_ratio_is_refused(text, reason, hint):
    with pytest.raises(Refused, match=reason) as refusal:
        TokensPerParam.parse(text)
    assert hint in refusal.value.hint


def test_ratios_print_plain():
    assert [str(TokensPerParam(x)) for x in (20, 19.23, 1875)] == ["20", "19.2", "1875"]
