import json
from pathlib import Path

import pytest

from scalecalc.compute.config import read_config
from scalecalc.compute.parameters import parameters

PUBLISHED = json.loads((Path(__file__).parent / "published_configs.json").read_text(encoding="utf-8"))
"""Parameter counts of published models, each with its source, beside the keys of their config.json."""

LLAMA = PUBLISHED["Meta-Llama-3-8B"]["config"]


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


def test_a_configuration_within_stands_before_what_is_beside_it():
    nested = {"model_type": "llava", "tie_word_embeddings": True, "text_config": LLAMA}
    assert read_config(nested).shape.tied_embeddings
    untied = {**LLAMA, "tie_word_embeddings": False}
    assert not read_config({**nested, "text_config": untied}).shape.tied_embeddings


def test_a_null_configuration_within_is_none():
    assert read_config({**LLAMA, "text_config": None}) == read_config(LLAMA)


def test_what_stands_in_the_place_of_the_output_matrix_is_told():
    (told,) = read_config({**LLAMA, "architectures": ["LlamaForSequenceClassification"]}).left_out
    assert "LlamaForSequenceClassification" in told
    assert read_config({**LLAMA, "architectures": ["LlamaForCausalLM"]}).left_out == ()


def test_scales_of_quantized_weights_are_told_as_left_out():
    quantized = read_config({**LLAMA, "quantization_config": {"quant_method": "awq", "bits": 4}})
    assert quantized.left_out == ("the scales of quantized weights",)
    assert quantized.shape == read_config(LLAMA).shape


def test_layers_that_predict_further_tokens_are_told_as_left_out():
    read = read_config(PUBLISHED["DeepSeek-V3"]["config"])
    assert read.left_out == ("the layers that predict further tokens",)
    assert read_config(LLAMA).left_out == ()


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
