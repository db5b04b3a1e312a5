import json
from collections import Counter
from pathlib import Path

import pytest

from scalecalc.compute.architectures import READERS
from scalecalc.compute.config import read_config
from scalecalc.compute.parameters import parameters

PUBLISHED = json.loads((Path(__file__).parent / "published_configs.json").read_text(encoding="utf-8"))
"""Parameter counts of published models, each with its source, beside the keys of their config.json."""

LIBRARY = json.loads((Path(__file__).parent / "library_counts.json").read_text(encoding="utf-8"))
"""Small configurations drawn at random, which leave keys out, with the parameters of the model classes of
transformers 5.23 and, where its layers are told apart, how many have a window."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_count_of_a_published_model_is_exact(name):
    entry = PUBLISHED[name]
    assert parameters(read_config(entry["config"]).shape).total == entry["params"], entry["source"]


@pytest.mark.parametrize("entry", LIBRARY, ids=lambda entry: entry["config"]["model_type"])
def test_the_count_of_a_small_drawn_model_is_that_of_the_model_class(entry):
    shape = read_config(entry["config"]).shape
    assert parameters(shape).total == entry["params"]
    assert entry["windowed"] in {None, shape.n_windowed_layers}


def test_every_architecture_has_drawn_models():
    assert {entry["config"]["model_type"] for entry in LIBRARY} == set(READERS) - {"gemma3"}


def test_more_than_fifty_models_of_all_families_are_counted():
    families = Counter(entry["config"]["model_type"] for entry in PUBLISHED.values())
    assert sum(families.values()) > 50
    # the rest are other names of these: Gemma's wrapper, and Olmo 3, which differs from 2 by its windows
    assert set(READERS) - set(families) == {"gemma", "gemma3", "olmo3"} - set(families)


def test_at_least_25_counts_are_those_of_the_safetensors_or_of_papers():
    printed = [entry for entry in PUBLISHED.values() if not entry["source"].startswith("model class")]
    assert len(printed) >= 25


def test_falcon_180b_stores_the_output_matrix_apart():
    # safetensors metadata of the Hub: 179,522,565,120
    config = {
        "model_type": "falcon", "hidden_size": 14848, "num_hidden_layers": 80, "num_attention_heads": 232,
        "num_kv_heads": 8, "vocab_size": 65024, "new_decoder_architecture": True,
        "tie_word_embeddings": False,
    }  # fmt: skip
    assert parameters(read_config(config).shape).total == 179_522_565_120


def test_falcon_7b_with_keys_for_every_head_or_in_sequence_counts_what_its_class_does():
    # transformers 5.23, FalconForCausalLM: 71 key heads of width 64 beside the 71 of queries; two norms
    falcon = PUBLISHED["falcon-7b"]["config"]
    one = parameters(read_config(falcon).shape).total
    every = parameters(read_config({**falcon, "multi_query": False}).shape).total
    assert every - one == 32 * 2 * 70 * 64 * 4544
    assert parameters(read_config({**falcon, "parallel_attn": False}).shape).total - one == 32 * 2 * 4544


def test_galactica_is_an_opt_whose_norms_and_matrices_have_neither_gains_nor_biases():
    opt = PUBLISHED["opt-125m"]["config"]
    galactica = {**opt, "layer_norm_elementwise_affine": False, "enable_bias": False}
    count = parameters(read_config(galactica).shape)
    assert count.norms == 0
    assert count.total == 50272 * 768 + 2050 * 768 + 12 * 12 * 768**2


def test_olmo_3_has_windows_in_three_of_four_layers_where_it_lists_none():
    olmo = {**PUBLISHED["OLMo-2-1124-7B"]["config"], "model_type": "olmo3"}
    shape = read_config(olmo).shape
    assert (shape.window, shape.n_windowed_layers) == (4096, 24)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_architecture_names_a_key_that_is_missing(name):
    model_type = PUBLISHED[name]["config"]["model_type"]
    with pytest.raises(ValueError, match=f"config has no '.*', which {model_type} needs"):
        read_config({"model_type": model_type})


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("Meta-Llama-3-8B", {"hidden_size": "4096"}, "'hidden_size' of llama must be a whole number from 1"),
        ("Meta-Llama-3-8B", {"hidden_size": True}, "'hidden_size' of llama must be a whole number from 1"),
        ("Meta-Llama-3-8B", {"attention_bias": 1}, "'attention_bias' of llama must be true or false, not 1"),
        ("Meta-Llama-3-8B", {"num_attention_heads": 31}, "'num_attention_heads' of llama must divide"),
        ("Meta-Llama-3-8B", {"model_type": 3}, "'model_type' of a config.json must be a text, not 3"),
        ("opt-125m", {"word_embed_proj_dim": 512}, "'word_embed_proj_dim' of opt must be hidden_size, 768"),
        ("opt-125m", {"do_layer_norm_before": False}, "'do_layer_norm_before' of opt must be true"),
        ("DeepSeek-V2", {"moe_layer_freq": 2}, "'moe_layer_freq' of deepseek_v2 must be 1, not 2"),
        ("DeepSeek-V2", {"attention_bias": True}, "'attention_bias' of deepseek_v2 must be false"),
        ("DeepSeek-V3", {"num_experts_per_tok": 999}, "must be a whole number from 1 to 256, not 999"),
        ("Mixtral-8x7B-v0.1", {"num_experts_per_tok": 9}, "must be a whole number from 1 to 8, not 9"),
        ("gpt2", {"add_cross_attention": True}, "'add_cross_attention' of gpt2 must be false"),
        ("gpt2", {"n_head": 13}, "'n_head' of gpt2 must divide the model's width, 768, not 13"),
        ("phi-2", {"qk_layernorm": True}, "'qk_layernorm' of phi must be false"),
        ("opt-125m", {"_remove_final_layer_norm": True}, "'_remove_final_layer_norm' of opt must be false"),
        ("falcon-40b", {"num_ln_in_parallel_attn": 3}, "must be a whole number from 1 to 2, not 3"),
        ("falcon-40b", {"num_kv_heads": 7}, "'num_kv_heads' of falcon must divide the 128 query heads"),
        ("gemma-2-9b", {"layer_types": "full"}, "'layer_types' of gemma2 must be a list, not 'full'"),
        (
            "Qwen1.5-MoE-A2.7B",
            {"shared_expert_intermediate_size": 5000},
            "must be a multiple of moe_intermediate_size, 1408, not 5000",
        ),
    ],
)
def test_a_value_that_has_no_count_is_refused(name, wrong, message):
    with pytest.raises(ValueError, match=message):
        read_config({**PUBLISHED[name]["config"], **wrong})
