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
