"""A model by its sizes counts what the published one of these sizes counts, and nonsense is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.commands import call
from scalecalc.compute.config import read_config
from scalecalc.problem import Problem

CONFIGS = json.loads((Path(__file__).parent.parent / "compute" / "published_configs.json").read_text())

SIZES = {"layers": 12, "d_model": 768, "vocab": 32000}

LLAMA3_8B = {"layers": 32, "d_model": 4096, "heads": 32, "kv_heads": 8, "d_ff": 14336, "vocab": 128256}

DEEPSEEK_V3 = {
    "style": "deepseek3", "layers": 61, "d_model": 7168, "heads": 128, "vocab": 129280, "d_ff": 2048,
    "experts": 256, "active_experts": 8, "shared_experts": 1, "dense_layers": 3, "dense_d_ff": 18432,
    "kv_rank": 512, "q_rank": 1536, "d_head": 128, "d_rope": 64, "d_value": 128,
}  # fmt: skip

GEMMA3_27B = {
    "style": "gemma3", "layers": 62, "d_model": 5376, "heads": 32, "kv_heads": 16, "d_head": 128,
    "d_ff": 21504, "vocab": 262208, "window": 1024, "global_every": 6,
}  # fmt: skip


def flops(**given_inputs):
    return call("flops", **given_inputs)


def problem(**given_inputs):
    with pytest.raises(Problem) as caught:
        flops(**given_inputs)
    return caught.value


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("Meta-Llama-3-8B", LLAMA3_8B),
        ("DeepSeek-V3", DEEPSEEK_V3),
        ("gemma-3-27b-text", GEMMA3_27B),
        ("Mistral-7B-v0.1", {**LLAMA3_8B, "vocab": 32000, "window": 4096}),
        ("Mixtral-8x7B-v0.1", {**LLAMA3_8B, "vocab": 32000, "experts": 8, "active_experts": 2}),
        ("gemma-2-9b", {
            "style": "gemma2", "layers": 42, "d_model": 3584, "heads": 16, "kv_heads": 8, "d_head": 256,
            "d_ff": 14336, "vocab": 256000, "window": 4096, "global_every": 2,
        }),
        ("DeepSeek-V2-Lite", {
            "layers": 27, "d_model": 2048, "heads": 16, "vocab": 102400, "d_ff": 1408, "experts": 64,
            "active_experts": 6, "shared_experts": 2, "dense_layers": 1, "dense_d_ff": 10944, "kv_rank": 512,
        }),
    ],
)  # fmt: skip
@pytest.mark.parametrize("context", [1024, 32768])
def test_sizes_by_flags_count_what_the_published_config_counts(tmp_path, name, sizes, context):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIGS[name]["config"]))
    described, published = flops(**sizes, context=context), flops(model=str(path), context=context)
    assert described.params == CONFIGS[name]["params"]
    assert described.parts == published.parts
    assert described.conventions == published.conventions
    assert described.inference == published.inference
    assert described.shape.model_copy(update={"context": None}) == published.shape.model_copy(
        update={"context": None}
    )


def test_latent_widths_that_are_not_given_are_those_of_deepseek():
    # arXiv 2405.04434 and 2412.19437: heads of 128, rotary parts of 64, values as wide as keys
    shape = flops(**SIZES, heads=16, kv_rank=512).shape
    assert (shape.d_head, shape.d_rope, shape.d_value, shape.q_rank) == (128, 64, 128, None)


def test_a_cache_of_latents_has_their_rank_and_one_rotary_part():
    # DeepSeek-AI 2025 (arXiv 2505.09343), table 1: 70.272 kB per token
    assert flops(**DEEPSEEK_V3).inference.kv_cache_bytes_per_token == 70_272


@given(window=st.integers(1, 4096), every=st.integers(2, 20))
def test_a_window_bounds_the_cache_of_all_layers_but_each_so_many_th(window, every):
    inference = flops(**SIZES, heads=12, window=window, global_every=every, context=4096).inference
    full = 12 // every
    assert inference.kv_cache_bytes == 2 * 2 * 768 * (full * 4096 + (12 - full) * window)


def test_a_window_over_every_layer_leaves_decoding_as_costly_past_it_as_at_its_end():
    at, past = (flops(**SIZES, heads=12, window=512, context=tokens).inference for tokens in (512, 100_000))
    assert at.decode_flops_per_token == past.decode_flops_per_token


def test_a_window_is_told_with_the_layers_that_have_it():
    assert any("with a window of 1024" in text for text in flops(**GEMMA3_27B).assumptions)
    assert any("52 with a window" in text for text in flops(**GEMMA3_27B).assumptions)
    assert any("all with a window of 512" in text for text in flops(**SIZES, window=512).assumptions)


def test_experts_of_a_style_with_biases_have_none_and_that_is_told():
    result = flops(**SIZES, style="gpt2", experts=4)
    assert "experts without biases" in result.assumptions


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        ({"q_rank": 64}, "conflict", "--q-rank without --kv-rank"),
        ({"d_rope": 64}, "conflict", "--d-rope without --kv-rank"),
        ({"d_value": 64}, "conflict", "--d-value without --kv-rank"),
        ({"kv_rank": 64, "kv_heads": 4}, "conflict", "--kv-heads beside --kv-rank"),
        ({"kv_rank": 64, "style": "qwen3"}, "conflict", "--kv-rank in the style of qwen3"),
        ({"kv_rank": 64, "style": "gpt2"}, "conflict", "--kv-rank in the style of gpt2"),
        ({"global_every": 6}, "conflict", "--global-every without --window"),
        ({"dense_layers": 1}, "conflict", "--dense-layers without --experts"),
        ({"dense_d_ff": 64}, "conflict", "--dense-d-ff without --dense-layers"),
        ({"experts": 4, "dense_layers": 1}, "too-little-given", "--dense-d-ff"),
        ({"experts": 4, "dense_layers": 13, "dense_d_ff": 9}, "value", "--dense-layers 13 exceeds"),
        ({"shared_experts": 1}, "conflict", "--shared-experts without --experts"),
        ({"heads": 7}, "value", "7 heads do not divide --d-model 768"),
        ({"vocab": "2T"}, "value", "--vocab"),
    ],
)
def test_sizes_that_contradict_each_other_are_refused(more, code, told):
    refused = problem(**{**SIZES, **more})
    assert refused.code == code
    assert told in refused.message


@pytest.mark.parametrize("option", ["window", "kv_rank", "dense_layers", "global_every"])
def test_any_size_alone_needs_the_others(option):
    assert problem(**{option: 2}).code == "too-little-given"


@pytest.mark.parametrize("option", ["window", "kv_rank", "experts", "dense_d_ff"])
def test_a_named_model_has_its_own_sizes(option):
    refused = problem(model="llama3-8b", **{option: 512})
    assert f"MODEL and --{option.replace('_', '-')} are two models" in refused.message


def test_every_style_is_one_that_the_shapes_know():
    config = read_config(CONFIGS["Meta-Llama-3-8B"]["config"])
    for style in ("palm", "falcon", "chinchilla", "deepseek3", "olmo2", "phi"):
        assert flops(**LLAMA3_8B, style=style).shape.n_layers == config.shape.n_layers
