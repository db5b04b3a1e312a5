"""Parameters, tokens, bytes."""

import pytest

from scalecalc.quantity import Bytes, Params, Refused, Tokens


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e23", 1e23),
        ("1.4T", 1.4e12),
        ("70B", 7e10),
        ("7b", 7e9),
        ("70G", 7e10),
        ("350M", 3.5e8),
        ("350m", 3.5e8),
        ("12k", 12e3),
        ("2^20", 2**20),
        ("1_000_000", 1e6),
        ("1,000,000", 1e6),
        ("3P", 3e15),
        ("3Q", 3e15),
        ("3E", 3e18),
        ("3Z", 3e21),
        ("3Y", 3e24),
        ("70 B", 7e10),
        ("70\u202fB", 7e10),
        ("70 billion", 7e10),
        ("7\u00b710^9", 7e9),
        ("7\u00d710^9", 7e9),
        ("1,000B", 1e12),
        ("512", 512),
    ],
)
@pytest.mark.parametrize("kind", [Params, Tokens])
def test_counts(kind, text, value):
    assert kind.parse(text) == value
    assert kind.parse(f"{text} {kind.unit}") == value


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("0.5", "less than one", "at least 1"),
        ("0", "is zero", "is positive"),
        ("7e", "no digits after the e", "1E for exa"),
        ("5eflop", "unknown ending eflop", "exa is a capital E"),
        ("70GB", "unknown ending GB", "70B"),
        ("70 tokens", "not a number of parameters: unknown ending tokens", "70B"),
        ("1,5B", "group digits by three", "1.5"),
        ("2^10K", "suffix behind a power", "2^30"),
        ("0x10", "unknown ending x10", "70B"),
        ("1e400", "too large", "1e300"),
        ("1e301", "too large", "1e300"),
        ("70\u0411", "unknown ending \u0411", "70B"),
    ],
)
def test_what_is_no_number_of_parameters_is_refused(text, reason, hint):
    with pytest.raises(Refused, match=reason) as refusal:
        Params.parse(text)
    assert hint in refusal.value.hint


@pytest.mark.parametrize(
    ("value", "text"),
    [(29.43e9, "29.4B"), (566e9, "566B"), (999.96e9, "1T"), (7e15, "7P"), (512, "512"), (3e27, "3e27")],
)
def test_counts_print_three_digits_and_a_suffix(value, text):
    assert str(Params(value)) == str(Tokens(value)) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("80GB", 80e9),
        ("80gb", 80e9),
        ("80 GiB", 80 * 2**30),
        ("1KiB", 1024),
        ("1.5TiB", 1.5 * 2**40),
        ("1kB", 1e3),
        ("2PB", 2e15),
        ("1EB", 1e18),
        ("512", 512),
        ("512 B", 512),
        ("512 bytes", 512),
        ("1e9", 1e9),
        ("2^30", 2**30),
        ("0", 0),
    ],
)
def test_bytes(text, value):
    assert Bytes.parse(text) == value


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("80G", "may be decimal or binary", "write 80GB or 80GiB"),
        ("80 Gi", "may be decimal or binary", "write 80GB or 80GiB"),
        ("80Gb", "may be bits or bytes", "write 80GB or 80GiB"),
        ("80 bits", "unknown ending bits", "80GB"),
        ("80iB", "unknown ending iB", "80GB"),
        ("2^10GB", "suffix behind a power", "2^30"),
        ("-1GB", "is negative", "80GB"),
    ],
)
def test_what_is_no_number_of_bytes_is_refused(text, reason, hint):
    with pytest.raises(Refused, match=reason) as refusal:
        Bytes.parse(text)
    assert hint in refusal.value.hint


@pytest.mark.parametrize(
    ("value", "text"), [(80e9, "80 GB"), (1536, "1.54 kB"), (0, "0 B"), (2e27, "2e27 B")]
)
def test_bytes_print_decimal_units(value, text):
    assert str(Bytes(value)) == text
