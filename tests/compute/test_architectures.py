import json
from collections import Counter
from pathlib import Path

import pytest

from scalecalc.compute.architectures import READERS
from scalecalc.compute.config import read_config
from scalecalc.compute.parameters import parameters

PUBLISHED = json.loads((Path(__file__).parent / "published_configs.json").read_text(encoding="utf-8"))
"""Parameter counts of published models, each with its source, beside the keys of their config.json."""


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
