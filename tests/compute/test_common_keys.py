import json
from pathlib import Path

import pytest

from scalecalc.compute.config import read_config

PUBLISHED = json.loads((Path(__file__).parent / "published_configs.json").read_text(encoding="utf-8"))
"""Parameter counts of published models, each with its source, beside the keys of their config.json."""


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


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"layer_types": ["full_attention"] * 41}, "'layer_types' of gemma2 must name 42 layers"),
        ({"layer_types": ["mamba"] * 42}, "must name full_attention or sliding_attention"),
        ({"layer_types": [["full_attention"]] * 42}, "must name full_attention or sliding_attention"),
        ({"num_key_value_heads": 3}, "'num_key_value_heads' of gemma2 must divide the 16 query heads, not 3"),
    ],
)
def test_layers_and_heads_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        read_config({**PUBLISHED["gemma-2-9b"]["config"], **wrong})


@pytest.mark.parametrize("wrong", [["0"], [48], [-1], [0.5], [None]])
def test_plain_layers_of_a_mixture_are_layers(wrong):
    config = {**PUBLISHED["Qwen3-30B-A3B"]["config"], "mlp_only_layers": wrong}
    with pytest.raises(ValueError, match="'mlp_only_layers' of qwen3_moe must list layers, from 0 to 47"):
        read_config(config)


def test_experts_are_read_under_either_of_their_names():
    config = dict(PUBLISHED["Qwen3-30B-A3B"]["config"])
    config["num_local_experts"] = config.pop("num_experts")
    assert read_config(config).shape.n_experts == 128


def test_windows_skip_each_so_many_th_layer_by_the_pattern_of_the_file():
    config = dict(PUBLISHED["gemma-3-27b-text"]["config"])
    config.pop("sliding_window_pattern", None)
    assert read_config({**config, "_sliding_window_pattern": 2}).shape.n_windowed_layers == 31
