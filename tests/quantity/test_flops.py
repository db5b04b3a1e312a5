"""Totals of floating-point operations, and GPU-hours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from scalecalc.quantity import Compute, Flops, GpuHours, Refused, parse_compute


class Asked(BaseModel):
    compute: Compute
    hours: GpuHours | None = None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e23", 1e23),
        ("1E23", 1e23),
        ("3.8e25FLOP", 3.8e25),
        ("3.8e25 FLOPs", 3.8e25),
        ("3.8e25 flops", 3.8e25),
        ("5EFLOP", 5e18),
        ("5 exaFLOPs", 5e18),
        ("5E", 5e18),
        ("1PF-day", 8.64e19),
        ("1 PF-days", 8.64e19),
        ("1pf-days", 8.64e19),
        ("1PFLOP/s-days", 8.64e19),
        ("1PFLOPS-days", 8.64e19),
        ("1PFLOP-days", 8.64e19),
        ("1 petaflop/s-day", 8.64e19),
        ("1 petaFLOP/s day", 8.64e19),
        ("1PF-h", 3.6e18),
        ("24 PFLOP/s-hours", 8.64e19),
        ("1157PF-days", 1157 * 8.64e19),
        ("2^80", 2.0**80),
        ("10^23 FLOP", 1e23),
    ],
)
def test_flops(text, value):
    assert Flops.parse(text) == value


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("989TFLOP/s", "989TFLOP/s is a rate: FLOP/s, not FLOPs", "give a total"),
        ("989 TFLOPs/sec", "is a rate", "rate times time"),
        ("989TFLOPS", "a total or a rate", "write FLOPs for a total"),
        ("5PF", "a total or a rate", "PF-days"),
        ("5eflop", "unknown ending eflop", "exa is a capital E"),
        ("1e", "no digits after the e", "1E for exa"),
        ("30d", "unknown ending d", "1157PF-days"),
        ("300000 GPU-h@h100", "a time on devices, not FLOPs", "1157PF-days"),
        ("2^20P", "suffix behind a power", "2^30"),
        ("1e23 tokens", "unknown ending tokens", "1e23"),
        ("0", "is zero", "is positive"),
        ("1e400", "1e400 is too large", "1e300"),
    ],
)
def test_what_is_no_total_is_refused(text, reason, hint):
    with pytest.raises(Refused, match=reason) as refusal:
        Flops.parse(text)
    assert hint in refusal.value.hint


@pytest.mark.parametrize(
    ("value", "text"), [(1e23, "1e23"), (5.764e23, "5.76e23"), (1e6, "1e6"), (1234, "1234"), (0.5, "0.5")]
)
def test_flops_print_without_plus_sign(value, text):
    assert str(Flops(value)) == text


@pytest.mark.parametrize(
    ("text", "hours", "accelerator"),
    [
        ("300000 GPU-h@h100", 300_000, "h100"),
        ("300000GPU-h@H100", 300_000, "h100"),
        ("2.8M GPU-hours @ h800", 2.8e6, "h800"),
        ("300k gpu hours@h100-sxm-80gb", 300_000, "h100-sxm-80gb"),
        ("1 million GPU-hours@h100", 1e6, "h100"),
        ("100 GPU-days@a100", 2400, "a100"),
        ("5e6 device-h@tpu-v4", 5e6, "tpu-v4"),
    ],
)
def test_gpu_hours(text, hours, accelerator):
    assert parse_compute(text) == GpuHours.parse(text) == GpuHours(hours, accelerator)


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("300k GPU-h", "names no accelerator", "300k GPU-h@h100"),
        ("300k GPU-h@", "names no accelerator", "300k GPU-h@h100"),
        ("300k@h100", "unknown ending k@h100", "GPU-h@h100"),
        ("0 GPU-h@h100", "not a positive number of GPU-hours", "GPU-h@h100"),
        ("1e300 GPU-days@h100", "not a positive number of GPU-hours", "GPU-h@h100"),
        ("5 GPU-h@h\u0664", "digits other than 0 to 9", "h4"),
        ("5 GPU-h@{x}", "names no accelerator", "h100-sxm-80gb"),
        ("GPU-h@h100", "does not start with a number", "GPU-h@h100"),
    ],
)
def test_what_is_no_number_of_gpu_hours_is_refused(text, reason, hint):
    with pytest.raises(Refused, match=reason) as refusal:
        parse_compute(text)
    assert hint in refusal.value.hint


@given(st.floats(1e-300, 1e299))
def test_printed_gpu_hours_parse_back(hours):
    printed = str(GpuHours(hours, "h100"))
    assert str(parse_compute(printed)) == printed
    # Half a unit of the third digit.
    assert parse_compute(printed).hours == pytest.approx(hours, rel=0.005 + 1e-12)


@given(st.text() | st.text("0123456789.eEkPF-daysGUh@ /", max_size=14))
def test_any_text_is_read_or_refused(text):
    try:
        compute = parse_compute(text)
    except Refused:
        return
    assert type(parse_compute(str(compute))) is type(compute)


def test_pydantic_takes_either_form_and_writes_what_it_reads():
    assert Asked(compute="1e23").model_dump_json(exclude_none=True) == '{"compute":1e+23}'
    asked = Asked(compute="1.23456M GPU-h@H100", hours="5 GPU-h@h100")
    assert asked.compute == GpuHours(1234560, "h100")
    assert Asked.model_validate_json(asked.model_dump_json()) == asked
    assert Asked(compute=Flops(5)).compute == Asked(compute=5).compute == Flops(5)
    assert Asked(compute=asked.compute).compute is asked.compute


def test_the_schema_names_both_forms():
    schema = Asked.model_json_schema()["properties"]
    assert schema["compute"]["anyOf"] == [{"type": "number", "x-unit": "FLOPs"}, {"type": "string"}]
    assert {"type": "string", "examples": ["300000GPU-h@h100"]} in schema["hours"]["anyOf"]


@pytest.mark.parametrize("value", [True, None, [1], float("nan")])
def test_pydantic_refuses_other_values(value):
    with pytest.raises(ValidationError, match="is not"):
        Asked(compute=value)


def test_hours_are_no_plain_number():
    with pytest.raises(ValidationError, match="is not a number of GPU-hours"):
        Asked(compute=1, hours=5)
