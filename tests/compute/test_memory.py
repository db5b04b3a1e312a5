from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.compute.layout import Batch, Layout, Precision
from scalecalc.compute.memory import (
    FRAMEWORK,
    Held,
    held_by,
    memory,
    micro_batches_kept,
    per_stage,
    stage_layers,
    stage_moe_layers,
    states,
)
from scalecalc.compute.parameters import parameters
from scalecalc.compute.transformer import Shape, styled

GIB = 2**30


def llama(layers, width, heads, kv_heads, d_ff, vocab):
    return Shape(
        n_layers=layers, d_model=width, n_heads=heads, n_kv_heads=kv_heads, d_head=width // heads, d_ff=d_ff,
        vocab=vocab,
    )  # fmt: skip


LLAMA1_7B = llama(32, 4096, 32, 32, 11008, 32000)
LLAMA1_65B = llama(80, 8192, 64, 64, 22016, 32000)
LLAMA3_8B = llama(32, 4096, 32, 8, 14336, 128256)
LLAMA3_70B = llama(80, 8192, 64, 8, 28672, 128256)
GPT3 = styled(
    "gpt2", n_layers=96, d_model=12288, n_heads=96, n_kv_heads=96, d_head=128, d_ff=49152, vocab=51200,
    context=2048,
)  # fmt: skip
MIXTRAL = styled(
    "moe", n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_ff=14336, vocab=32000,
    n_experts=8, n_active_experts=2,
)  # fmt: skip


ZERO_TABLE = {
    # Rajbhandari et al. 2020 (arXiv 1910.02054), table 1: GB of model states per device at stages 1, 2, 3
    (7.5e9, 1): (120, 120, 120),
    (7.5e9, 4): (52.5, 41.3, 30),
    (7.5e9, 16): (35.6, 21.6, 7.5),
    (7.5e9, 64): (31.4, 16.6, 1.88),
    (7.5e9, 256): (30.4, 15.4, 0.47),
    (7.5e9, 1024): (30.1, 15.1, 0.12),
    (128e9, 1): (2048, 2048, 2048),
    (128e9, 4): (896, 704, 512),
    (128e9, 16): (608, 368, 128),
    (128e9, 64): (536, 284, 32),
    (128e9, 256): (518, 263, 8),
    (128e9, 1024): (513, 257, 2),
    (1e12, 1): (16000, 16000, 16000),
    (1e12, 4): (7000, 5500, 4000),
    (1e12, 16): (4750, 2875, 1000),
    (1e12, 64): (4187, 2218, 250),
    (1e12, 256): (4046, 2054, 62.5),
    (1e12, 1024): (4011, 2013, 15.6),
}


@pytest.mark.parametrize(("params", "devices"), ZERO_TABLE)
def test_model_states_are_those_of_the_zero_paper(params, devices):
    held = Held(dense=params, experts=0, others=0)
    counted = [sum(states(held, Layout(data=devices, zero=zero), Precision())) / 1e9 for zero in (1, 2, 3)]
    # two to four digits are printed
    assert counted == pytest.approx(ZERO_TABLE[params, devices], rel=0.01, abs=0.005)


@pytest.mark.parametrize(
    ("shape", "devices", "zero", "gibibytes"),
    [
        # DeepSpeed's estimators, which count 18 bytes: fp32 gradients are kept beside the 16-bit ones
        (LLAMA1_7B, 2048, 2, 12.6),
        (LLAMA1_65B, 2048, 2, 122),
        (LLAMA3_8B, 1024, 2, 15.1),
        (LLAMA3_70B, 2048, 2, 132),
    ],
)
def test_model_states_are_those_that_deepspeed_estimates(shape, devices, zero, gibibytes):
    layout = Layout(data=devices, zero=zero)
    held = held_by(shape, layout)
    kept = sum(states(held, layout, Precision(gradients=4.0)))
    assert kept / GIB == pytest.approx(gibibytes, rel=0.15)


MEGATRON = Precision(gradients=4.0)
"""18 bytes per parameter: gradients in fp32."""


@pytest.mark.parametrize(
    ("shape", "layout", "tokens", "gibibytes"),
    [
        # Megatron-LM's report_theoretical_memory at micro-batch 1 with sequence parallelism, the optimizer
        # distributed over the data-parallel devices of each paper's cluster
        (LLAMA1_7B, Layout(data=2048, zero=1), 2048, 45),
        (LLAMA1_65B, Layout(data=32, tensor=8, pipeline=8, zero=1), 2048, 10.7),
        (LLAMA3_8B, Layout(data=1024, zero=1), 8192, 81),
        (LLAMA3_70B, Layout(data=64, tensor=8, pipeline=4, zero=1), 8192, 33),
        (GPT3, Layout(data=80, tensor=8, pipeline=16, zero=1), 2048, 19.7),
    ],
)
def test_memory_is_that_of_megatrons_theory(shape, layout, tokens, gibibytes):
    batch = Batch(tokens=tokens, bytes_per_logit=4, dropout=shape is GPT3)
    used = memory(shape, layout, batch, MEGATRON)
    # Megatron's theory has no framework, and nothing in work
    assert (used.total - FRAMEWORK - used.in_work) / GIB == pytest.approx(gibibytes, rel=0.10)
    assert (used.total - FRAMEWORK) / GIB == pytest.approx(gibibytes, rel=0.15)


@pytest.mark.parametrize(
    ("shape", "layout", "batch", "gibibytes"),
    [
        # pytorch/torchtitan, benchmarks/llama3_h100_202412: peak of what the allocator reserved, measured
        (LLAMA3_8B, Layout(data=8, zero=3), Batch(tokens=8192, micro_batch=2, recompute="alternate"), 82.4),
        (LLAMA3_8B, Layout(data=8, zero=3), Batch(tokens=8192, micro_batch=2, recompute="alternate"), 77.0),
        (LLAMA3_8B, Layout(data=128, zero=3), Batch(tokens=8192, micro_batch=2, recompute="alternate"), 67.0),
        (LLAMA3_8B, Layout(data=128, zero=3), Batch(tokens=8192, micro_batch=2, recompute="alternate"), 62.0),
        (LLAMA3_8B, Layout(data=8, zero=3), Batch(tokens=32768, recompute="full"), 83.9),
        (LLAMA3_8B, Layout(data=4, context=2, zero=3), Batch(tokens=65536, recompute="full"), 84.2),
        (LLAMA3_8B, Layout(context=8, zero=3), Batch(tokens=262144, recompute="full"), 84.5),
        (
            LLAMA3_70B,
            Layout(data=32, tensor=8, zero=3),
            Batch(tokens=8192, micro_batch=16, recompute="full"),
            71.9,
        ),
        (
            LLAMA3_70B,
            Layout(data=32, tensor=8, zero=3),
            Batch(tokens=8192, micro_batch=16, recompute="full"),
            67.6,
        ),
    ],
)
def test_memory_is_what_was_measured(shape, layout, batch, gibibytes):
    assert memory(shape, layout, batch).total / GIB == pytest.approx(gibibytes, rel=0.15)


def test_without_recomputation_the_estimate_lies_above_what_was_measured_with_it():
    used = memory(LLAMA3_8B, Layout(data=8, zero=3), Batch(tokens=8192, micro_batch=2))
    assert 82.4 < used.total / GIB < 1.5 * 82.4


def test_a_pipelines_first_stage_keeps_a_micro_batch_for_every_stage():
    # so that the activations of a device do not depend on the number of stages: L / p layers, p times
    batch = Batch(tokens=2048)
    whole = memory(GPT3, Layout(tensor=8), batch).activations
    staged = memory(GPT3, Layout(tensor=8, pipeline=8), batch).activations
    assert staged == pytest.approx(whole)


def test_interleaved_stages_keep_more():
    # Korthikanti et al. 2022 (arXiv 2205.05198), section 4.2.3: 1 + (p - 1) / (p m)
    batch = Batch(tokens=2048)
    plain = memory(GPT3, Layout(tensor=8, pipeline=8), batch).activations
    interleaved = memory(GPT3, Layout(tensor=8, pipeline=8, stages_per_device=3), batch).activations
    assert interleaved / plain == pytest.approx(1 + 7 / 24)


def test_all_stages_together_have_the_layers_and_the_parameters():
    layout = Layout(pipeline=5)
    assert sum(stage_layers(LLAMA3_8B, layout, stage) for stage in range(5)) == 32
    held = sum(held_by(LLAMA3_8B, layout, stage).total for stage in range(5))
    assert held == pytest.approx(parameters(LLAMA3_8B).total)


def test_a_later_stage_keeps_fewer_micro_batches_and_the_last_one():
    # one forward, one backward: Narayanan et al. 2021 (arXiv 2104.04473), section 2.2.1
    assert [micro_batches_kept(Layout(pipeline=4), stage) for stage in range(4)] == [4, 3, 2, 1]
    interleaved = [micro_batches_kept(Layout(pipeline=4, stages_per_device=2), stage) for stage in range(4)]
    assert interleaved == [5.5, 4.5, 3.5, 2.5]


@given(
    pipeline=st.sampled_from([1, 2, 3, 4, 8, 16, 32]),
    zero=st.integers(0, 3),
    recompute=st.sampled_from(["none", "selective", "alternate", "full"]),
    shape=st.sampled_from([LLAMA3_8B, LLAMA3_70B, GPT3, MIXTRAL]),
)
def test_no_stage_holds_more_than_the_fullest(pipeline, zero, recompute, shape):
    layout = Layout(pipeline=pipeline, data=4, zero=zero)
    batch = Batch(tokens=2048, recompute=recompute)
    used = [stage.total for stage in per_stage(shape, layout, batch)]
    assert len(used) == pipeline
    assert memory(shape, layout, batch).total == max(used)


def test_layers_with_experts_are_spread_evenly_and_rounded_up():
    # Llama 4 Maverick has experts in every second layer, DeepSeek-V3 in all but the first three of 61
    alternating = replace(MIXTRAL, n_dense_layers=16, d_ff_dense=14336)
    assert [stage_moe_layers(alternating, Layout(pipeline=p)) for p in (1, 4)] == [16, 4]
    deep = replace(MIXTRAL, n_layers=61, n_dense_layers=3, d_ff_dense=14336)
    assert [stage_moe_layers(deep, Layout(pipeline=p)) for p in (1, 2, 16)] == [58, 30, 4]


def test_the_last_stage_makes_the_logits_and_counts_where_it_is_the_fuller():
    batch = Batch(tokens=8192, recompute="full")
    used = memory(LLAMA3_8B, Layout(pipeline=8, data=8, zero=1), batch)
    assert used.logits == 8192 * 14 * 128256


def test_experts_are_spread_over_the_devices_that_share_the_batch():
    alone = held_by(MIXTRAL, Layout(data=8))
    spread = held_by(MIXTRAL, Layout(data=8, expert=8))
    assert spread.experts == alone.experts / 8
    assert spread.dense == alone.dense
    layout = Layout(data=16, expert=8, zero=1)
    weights, _, optimizer = states(held_by(MIXTRAL, layout), layout, Precision())
    assert optimizer == pytest.approx(12 * (alone.dense / 16 + alone.others / 16 + alone.experts / 8 / 2))
    assert weights == pytest.approx(2 * (spread.total))


degrees = st.sampled_from([1, 2, 4, 8])


@given(tensor=degrees, pipeline=degrees, data=degrees, zero=st.integers(0, 3))
def test_all_devices_together_hold_the_model(tensor, pipeline, data, zero):
    layout = Layout(tensor=tensor, pipeline=pipeline, data=data, zero=zero)
    held = held_by(LLAMA3_8B, layout)
    total = parameters(LLAMA3_8B).total
    assert held.total * tensor * pipeline >= total - LLAMA3_8B.vocab * LLAMA3_8B.d_model
    weights, gradients, optimizer = states(held, layout, Precision())
    assert data * (weights + gradients + optimizer) >= 16 * held.total * (1 - 1e-12)


@given(zero=st.integers(0, 2), data=st.sampled_from([2, 8, 64]))
def test_each_stage_of_zero_takes_less(zero, data):
    batch = Batch(tokens=2048)
    one = memory(LLAMA3_8B, Layout(data=data, zero=zero), batch).states
    assert memory(LLAMA3_8B, Layout(data=data, zero=zero + 1), batch).states < one


@given(count=st.integers(1, 64))
def test_activations_and_logits_grow_with_the_micro_batch_and_nothing_else_does(count):
    one = memory(LLAMA3_8B, Layout(), Batch(tokens=2048))
    many = memory(LLAMA3_8B, Layout(), Batch(tokens=2048, micro_batch=count))
    assert many.states == one.states
    assert many.activations + many.logits == pytest.approx(count * (one.activations + one.logits))
