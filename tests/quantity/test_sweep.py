"""Ranges and lists."""

import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from scalecalc.quantity import (
    Compute,
    Duration,
    Flops,
    GpuHours,
    OneOrMany,
    Params,
    Refused,
    Share,
    Tokens,
    TokensPerParam,
    parse_sweep,
    swept_kind,
)


class Asked(BaseModel):
    flops: OneOrMany[Flops]
    compute: OneOrMany[Compute] = (Flops(1),)


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("1e18..1e22", Flops, [1e18, 1e19, 1e20, 1e21, 1e22]),
        ("1e18..1e24", Flops, [1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24]),
        ("1e18 .. 1e22:3", Flops, [1e18, 1e20, 1e22]),
        ("1B..4B:3", Params, [1e9, 2e9, 4e9]),
        ("1,000..4,000:3", Params, [1000, 2000, 4000]),
        ("10:1..40:1:3", TokensPerParam, [10, 20, 40]),
        ("10..40:3", TokensPerParam, [10, 20, 40]),
        ("10%..40%:3", Share, [0.1, 0.2, 0.4]),
        ("1d..4d:3", Duration, [86400, 172800, 345600]),
        ("1B,3B,7B", Params, [1e9, 3e9, 7e9]),
        ("1B, 3B, 7B", Params, [1e9, 3e9, 7e9]),
        ("7B,1B,1B", Params, [7e9, 1e9, 1e9]),
        ("128, 256, 512", Params, [128, 256, 512]),
        ("1,000, 2,000", Params, [1000, 2000]),
        ("1,000,000", Params, [1e6]),
        ("10,024", Params, [10024]),
        ("5,10,20", TokensPerParam, [5, 10, 20]),
        ("0.1,0.4", Share, [0.1, 0.4]),
        ("70B", Params, [7e10]),
    ],
)
def test_sweeps(text, kind, values):
    assert list(parse_sweep(text, kind)) == values
    assert all(type(value) is kind for value in parse_sweep(text, kind))


@pytest.mark.parametrize(
    ("text", "kind", "reason", "hint"),
    [
        ("128,256,512", Params, "more than one reading", "write '128_256_512' or '128, 256, 512'"),
        ("128, 256,512", Params, "more than one reading", "write '128, 256_512' or '128, 256, 512'"),
        ("1,234", Tokens, "more than one reading", "write '1_234' or '1, 234'"),
        ("128,256B", Params, "more than one reading", "write '128_256B' or '128, 256B'"),
        ("0,4", Share, "group digits by three", "a decimal comma is written as a point: 0.4"),
        ("1e22..1e18", Flops, "runs downwards", "write 1e18..1e22"),
        ("1e18..1e18", Flops, "equal ends", "write the one value"),
        ("1e18...1e22", Flops, "not a range", "write one '..'"),
        ("1e18\u20261e22", Flops, "not a range", "write one '..'"),
        ("1..2..3", Flops, "not a range", "write one '..'"),
        ("1e18..", Flops, "lacks an end", "write both ends"),
        ("..1e18", Flops, "lacks an end", "write both ends"),
        ("1e18..1e22:1", Flops, "cannot have 1 values", "2 to 1000000"),
        ("1e18..1e22:0", Flops, "cannot have 0 values", "2 to 1000000"),
        ("1e18..1e22:1000001", Flops, "cannot have 1000001 values", "2 to 1000000"),
        ("1e18..1e22:x", Flops, "x is not a number of values", "1e18..1e22:9"),
        ("1e18..1e22:", Flops, "'' is not a number of values", "1e18..1e22:9"),
        ("1e18..1e22:2.5", Flops, "2.5 is not a number of values", "1e18..1e22:9"),
        ("1B..7B,70B", Params, "mixes a range and a list", "not both"),
        ("0..0.5", Share, "starts at zero", "start above zero"),
        ("1..1.0000000000001:9", TokensPerParam, "too close for 9 values", "fewer values"),
        ("1e18-1e22", Flops, "unknown ending -1e22", "a range is written 1e18..1e22"),
        ("1e18 to 1e22", Flops, "unknown ending 'to 1e22'", "a range is written 1e18..1e22"),
        ("1e18:1e22", Flops, "unknown ending :1e22", "a range is written 1e18..1e22"),
        ("1B,", Params, "an empty item", "1B,3B,7B"),
        (",", Params, "an empty item", "1B,3B,7B"),
        ("1B,3X", Params, "3X is not a number of parameters", "70B"),
        ("1B,-3B", Params, "-3B is negative", "70B"),
        ("5GPU-h@h100..9GPU-h@h100", swept_kind(OneOrMany[Compute]), "no ends on one scale", "or a list"),
        ("1B," * 20_000, Params, "60000 characters", "at most 10000"),
    ],
)
def test_what_is_no_sweep_is_refused(text, kind, reason, hint):
    with pytest.raises(Refused, match=reason) as refusal:
        parse_sweep(text, kind)
    assert hint in refusal.value.hint


@given(st.floats(1e-300, 1e300), st.floats(1e-300, 1e300), st.integers(2, 40))
def test_a_range_keeps_its_ends_exactly_and_steps_evenly_in_the_logarithm(low, high, count):
    assume(high > low * 1.01)
    values = parse_sweep(f"{low!r}..{high!r}:{count}", Flops)
    assert (len(values), values[0], values[-1]) == (count, low, high)
    step = (math.log(high) - math.log(low)) / (count - 1)
    # Inner points are rounded to 12 digits: each logarithm is off by at most 5e-12.
    assert [math.log(b) - math.log(a) for a, b in itertools.pairwise(values)] == pytest.approx(
        [step] * (count - 1), abs=2e-11
    )


@given(st.lists(st.floats(1, 1e28).map(Params), min_size=2, max_size=9))
def test_printed_values_joined_by_comma_and_space_are_a_list(values):
    text = ", ".join(str(value) for value in values)
    assert [str(value) for value in parse_sweep(text, Params)] == text.split(", ")


@given(st.text() | st.text("0123456789.,: eBKM-", max_size=14))
def test_any_text_is_read_or_refused(text):
    try:
        values = parse_sweep(text, Params)
    except Refused:
        return
    assert values


@pytest.mark.parametrize(
    ("value", "flops"),
    [
        ("1e18..1e22:3", [1e18, 1e20, 1e22]),
        ("1e18,1e19", [1e18, 1e19]),
        (5, [5]),
        (Flops(5), [5]),
        ([1, "2k"], [1, 2000]),
    ],
)
def test_pydantic_reads_one_or_many_and_writes_a_list(value, flops):
    asked = Asked(flops=value)
    assert isinstance(asked.flops, tuple)
    assert asked.model_dump(mode="json")["flops"] == flops
    assert Asked.model_validate_json(asked.model_dump_json()) == asked


def test_lists_of_compute_may_hold_gpu_hours():
    assert Asked(flops=1, compute="5GPU-h@h100, 1e22").compute == (GpuHours(5, "h100"), Flops(1e22))


def test_the_schema_is_a_list_of_numbers_with_their_unit():
    items = Asked.model_json_schema(mode="serialization")["properties"]["flops"]["items"]
    assert items == {"type": "number", "x-unit": "FLOPs"}


@pytest.mark.parametrize(
    ("value", "where", "message"),
    [
        ("{hint},{message}", ("flops",), "{hint} does not start with a number"),
        ([1, "x"], ("flops", 1), "x does not start with a number"),
        (float("nan"), ("flops",), "nan is not finite"),
        ([], ("flops",), "a list of 0 values"),
        (True, ("flops",), "true is not a number of FLOPs"),
    ],
)
def test_pydantic_errors_are_clean_and_name_the_item(value, where, message):
    with pytest.raises(ValidationError) as error:
        Asked(flops=value)
    (detail,) = error.value.errors()
    assert (detail["loc"], detail["msg"]) == (where, message)
    assert detail["ctx"]["hint"]


def test_the_kind_is_found_in_the_alias_and_in_its_tuple():
    assert swept_kind(OneOrMany[Flops]) is swept_kind(tuple[Flops, ...]) is Flops
