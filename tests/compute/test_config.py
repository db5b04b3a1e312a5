import json
from collections import Counter
from pathlib import Path

import pytest

from scalecalc.compute.architectures import READERS
from scalecalc.compute.config import read_config
from scalecalc.compute.parameters import parameters

PUBLISHED = json.loads((Path(__file__).parent / "published_configs.json").read_text(encoding="utf-8"))
"""Parameter counts of published models, each with its source, beside the keys of their config.json."""

LLAMA = PUBLISHED["Meta-Llama-3-8B"]["config"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_count_of_a_published_model_is_exact(name):
    entry = PUBLISHED[name]
    assert parameters(read_config(entry["config"]).shape).total == entry["params"], entry["source"]


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


def test_a_nested_text_config_is_read_and_what_is_beside_it_is_told():
    # Gemma 3 4B leaves heads and vocabulary to the defaults of the library; 4,300,079,472 with vision
    config = {
        "model_type": "gemma3",
        "text_config": {
            "model_type": "gemma3_text", "hidden_size": 2560, "intermediate_size": 10240,
            "num_hidden_layers": 34, "sliding_window": 1024,
        },
        "vision_config": {"hidden_size": 1152},
    }  # fmt: skip
    read = read_config(config)
    assert read.model_type == "gemma3_text"
    assert parameters(read.shape).total == 3_880_263_168
    assert read.left_out == ("the vision encoder and its projection",)


def test_layers_that_predict_further_tokens_are_told_as_left_out():
    read = read_config(PUBLISHED["DeepSeek-V3"]["config"])
    assert read.left_out == ("the layers that predict further tokens",)
    assert read_config(LLAMA).left_out == ()


@pytest.mark.parametrize(
    ("name", "window", "layers"),
    [
        ("Mistral-7B-v0.1", 4096, 32),
        ("Mistral-7B-v0.3", 0, 0),
        ("gemma-2-9b", 4096, 21),  # every other layer
        ("gemma-3-27b-text", 1024, 52),  # five of six
        ("Qwen2.5-7B", 0, 0),
    ],
)
def test_sliding_windows_are_those_of_the_family(name, window, layers):
    shape = read_config(PUBLISHED[name]["config"]).shape
    assert (shape.window, shape.n_windowed_layers) == (window, layers)


def test_a_list_of_layer_types_goes_before_the_pattern():
    config = {
        **PUBLISHED["gemma-2-9b"]["config"],
        "layer_types": ["sliding_attention"] * 3 + ["full_attention"] * 39,
    }
    assert read_config(config).shape.n_windowed_layers == 3


def test_qwens_window_is_over_late_layers_and_only_where_it_is_used():
    config = {
        **PUBLISHED["Qwen2.5-7B"]["config"], "use_sliding_window": True, "sliding_window": 4096,
        "max_window_layers": 20,
    }  # fmt: skip
    assert read_config(config).shape.n_windowed_layers == 8
    assert read_config({**config, "use_sliding_window": False}).shape.window == 0


def test_layers_of_a_qwen_mixture_may_be_plain():
    config = {**PUBLISHED["Qwen3-30B-A3B"]["config"], "mlp_only_layers": [0, 1], "decoder_sparse_step": 2}
    shape = read_config(config).shape
    assert shape.n_dense_layers == 25  # 24 off the step, and layer 1
    assert shape.d_ff_dense == 6144


def test_an_unknown_architecture_is_told_with_those_that_are_known():
    with pytest.raises(
        ValueError, match=r"model_type 'mamba' is none of those that are read: deepseek_v2, .*"
    ):
        read_config({"model_type": "mamba"})


def test_a_file_without_an_architecture_is_no_model():
    with pytest.raises(ValueError, match="config has no 'model_type'"):
        read_config({"hidden_size": 4096})


@pytest.mark.parametrize("key", ["hidden_size", "num_hidden_layers", "intermediate_size", "vocab_size"])
def test_a_missing_key_is_named(key):
    config = {name: value for name, value in LLAMA.items() if name != key}
    with pytest.raises(ValueError, match=f"config has no '{key}', which llama needs"):
        read_config(config)


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
        ("Meta-Llama-3-8B", {"model_type": 3}, "'model_type' of config must be a text, not 3"),
        ("opt-125m", {"word_embed_proj_dim": 512}, "'word_embed_proj_dim' of opt must be hidden_size, 768"),
        ("opt-125m", {"do_layer_norm_before": False}, "'do_layer_norm_before' of opt must be true"),
        ("DeepSeek-V2", {"moe_layer_freq": 2}, "'moe_layer_freq' of deepseek_v2 must be 1, not 2"),
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
