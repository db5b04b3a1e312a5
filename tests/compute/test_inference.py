import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.compute.config import read_config
from scalecalc.compute.flops import training_flops_per_token
from scalecalc.compute.inference import cache_bytes, cache_bytes_per_token, decode_flops, prefill_flops
from scalecalc.compute.parameters import parameters


def published(name):
    configs = json.loads((Path(__file__).parent / "published_configs.json").read_text(encoding="utf-8"))
    return read_config(configs[name]["config"]).shape


@pytest.mark.parametrize(
    ("name", "kilobytes"),
    [("DeepSeek-V3", 70.272), ("Qwen2.5-72B", 327.680), ("Llama-3.1-405B", 516.096)],
)
def test_the_cache_per_token_is_as_published(name, kilobytes):
    # DeepSeek-AI 2025 (arXiv 2505.09343), table 1, in bf16
    assert cache_bytes_per_token(published(name)) == kilobytes * 1000


def test_the_cache_of_deepseek_v2_is_as_published():
    # DeepSeek-AI 2024 (arXiv 2405.04434), appendix D, table 9: 34.6K elements, 15.6K in the small one
    assert cache_bytes_per_token(published("DeepSeek-V2"), 1) == pytest.approx(34.6e3, rel=2e-3)
    assert cache_bytes_per_token(published("DeepSeek-V2-Lite"), 1) == pytest.approx(15.6e3, rel=4e-3)


def test_windows_bound_the_cache():
    shape = published("gemma-3-27b-text")  # 52 of 62 layers keep 1024 tokens
    assert cache_bytes(shape, 1024) == 1024 * cache_bytes_per_token(shape)
    assert cache_bytes(shape, 131072, 1) == 2 * shape.d_keys * (10 * 131072 + 52 * 1024)


def test_writing_a_token_costs_two_flops_per_weight_and_four_per_position_layer_and_width():
    shape = published("Meta-Llama-3-8B")
    weights = 8_030_261_248 - 128256 * 4096 - (2 * 32 + 1) * 4096  # without the table of tokens and the gains
    assert decode_flops(shape, 8191) == 2 * weights + 4 * 32 * 4096 * 8192


def test_latent_attention_writes_over_the_latent_itself():
    # DeepSeek-V3: 128 heads meet 512 + 64 numbers per position and take 512 back
    shape = published("DeepSeek-V3")
    growth = decode_flops(shape, 2000) - decode_flops(shape, 1000)
    assert growth == pytest.approx(2 * 61 * 1000 * 128 * (512 + 64 + 512))


def test_reading_a_prompt_takes_the_head_once():
    shape = published("Meta-Llama-3-8B")
    head = 2 * shape.vocab * shape.d_model
    forward = training_flops_per_token(shape, 4096).forward * 4096
    assert prefill_flops(shape, 4096) == pytest.approx(forward - 4095 * head)


@given(tokens=st.integers(1, 100_000))
def test_reading_then_writing_costs_more_than_either(tokens):
    shape = published("gemma-2-9b")
    assert prefill_flops(shape, tokens + 1) > prefill_flops(shape, tokens)
    assert decode_flops(shape, tokens) > 2 * parameters(shape).weights


@pytest.mark.parametrize("count", [prefill_flops, decode_flops, cache_bytes])
def test_a_prompt_has_tokens(count):
    with pytest.raises(ValueError, match="must be positive"):
        count(published("Meta-Llama-3-8B"), 0)
