import csv
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.compute.accelerator import Accelerator
from scalecalc.compute.inference import prefill_flops
from scalecalc.compute.serving import Demand, Service, serve, touched_share
from scalecalc.compute.transformer import Shape, styled
from scalecalc.problem import Problem

LLAMA = Shape(n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_ff=14336, vocab=128256)
MIXTRAL = styled(
    "moe", n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_ff=14336, vocab=32000,
    n_experts=8, n_active_experts=2,
)  # fmt: skip

CHAT = Demand(requests=1e6, read=1000, written=200)


@cache
def h100() -> Accelerator:
    table = Path(__file__).parents[2] / "data" / "accelerators.csv"
    with table.open(encoding="utf-8", newline="") as file:
        return next(Accelerator.from_row(row) for row in csv.DictReader(file) if row["id"] == "h100-sxm-80gb")


def test_one_sequence_is_written_at_the_pace_of_memory():
    # 16.06 GB of weights over 3.35 TB/s are 4.8 ms: no 8B model writes more than 209 tokens a second in bf16
    alone = serve(LLAMA, Demand(requests=1, read=1, written=1), h100(), Service(batch=1, bandwidth_share=1.0))
    assert alone.seconds_per_token == pytest.approx(2 * 8_030_261_248 / 3.35e12, rel=1e-4)


def test_a_prompt_is_read_at_a_share_of_peak():
    seconds = 1e6 * prefill_flops(LLAMA, 1000) / (0.4 * 989.4e12)
    assert serve(LLAMA, CHAT, h100(), Service()).read_hours == pytest.approx(seconds / 3600)


def test_a_batch_shares_the_reading_of_weights():
    one, many = (serve(LLAMA, CHAT, h100(), Service(batch=batch)) for batch in (1, 32))
    assert many.seconds_per_token < 1.5 * one.seconds_per_token
    assert many.write_hours < one.write_hours / 20


def test_large_batches_of_short_sequences_are_bound_by_arithmetic():
    short = Demand(requests=1, read=1, written=1)
    big = serve(LLAMA, short, h100(), Service(batch=4096))
    weights = 8_030_261_248 - 128256 * 4096 - 65 * 4096
    assert big.seconds_per_token == pytest.approx(4096 * 2 * weights / (0.4 * 989.4e12), rel=1e-3)


def test_experts_that_no_token_goes_to_are_not_read():
    # a quarter of Mixtral's experts for one token, nearly all for a batch of 32
    assert touched_share(MIXTRAL, 1) == 0.25
    assert touched_share(MIXTRAL, 32) > 0.999
    assert touched_share(LLAMA, 1) == 1


def test_a_model_that_does_not_fit_is_a_problem_with_both_sizes():
    # 93.4 GB of weights
    with pytest.raises(
        Problem, match=r"weights and cache take 93\.56 GB, 1 x h100-sxm-80gb have 76 GB"
    ) as raised:
        serve(MIXTRAL, CHAT, h100(), Service(batch=1))
    assert raised.value.code == "does-not-fit"
    assert serve(MIXTRAL, CHAT, h100(), Service(batch=1, devices=2)).gpu_hours > 0


@given(batch=st.integers(1, 64), devices=st.sampled_from([1, 2, 4]))
def test_hours_do_not_depend_on_how_many_devices_share_a_copy_while_each_moves_its_part(batch, devices):
    one = serve(LLAMA, CHAT, h100(), Service(batch=batch))
    more = serve(LLAMA, CHAT, h100(), Service(batch=batch, devices=devices))
    assert more.gpu_hours == pytest.approx(one.gpu_hours)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"batch": 0}, "batch must be positive"),
        ({"prefill_mfu": 1.5}, "prefill_mfu must be above 0 and at most 1"),
    ],
)
def test_a_service_that_cannot_be_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Service(**wrong)


def test_a_demand_has_requests():
    with pytest.raises(ValueError, match="requests must be positive"):
        Demand(requests=0, read=1, written=1)
