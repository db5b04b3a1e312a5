import json
from pathlib import Path

import pytest

from scalecalc.compute.architectures import READERS
from scalecalc.compute.config import read_config
from scalecalc.compute.default_keys import ABSENT
from scalecalc.compute.parameters import parameters

FOLDER = Path(__file__).parent
PUBLISHED = json.loads((FOLDER / "published_configs.json").read_text(encoding="utf-8"))


def without(name, *keys):
    return {key: value for key, value in PUBLISHED[name]["config"].items() if key not in keys}


def test_every_row_is_of_an_architecture_that_is_read():
    assert set(ABSENT) <= set(READERS)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Mistral-7B-v0.1", ("num_key_value_heads", "sliding_window")),
        ("Mixtral-8x7B-v0.1", ("num_key_value_heads",)),
        ("Qwen1.5-MoE-A2.7B", ("num_key_value_heads", "decoder_sparse_step")),
        ("Qwen3-30B-A3B", ("num_key_value_heads",)),
        ("gemma-7b", ("num_key_value_heads", "head_dim", "tie_word_embeddings")),
        ("gemma-2-2b", ("num_key_value_heads", "num_attention_heads", "head_dim", "sliding_window")),
        ("DeepSeek-V3", ("q_lora_rank", "n_shared_experts", "first_k_dense_replace")),
        ("DeepSeek-V2", ("q_lora_rank", "n_shared_experts", "tie_word_embeddings")),
    ],
)
def test_a_file_may_leave_out_what_the_library_has_by_default(name, keys):
    # each of these models has the default of transformers 5.23 under these keys
    whole, short = read_config(PUBLISHED[name]["config"]).shape, without(name, *keys)
    if name == "DeepSeek-V2":
        short["first_k_dense_replace"] = 1
    assert read_config(short).shape == whole
    assert parameters(read_config(short).shape).total == PUBLISHED[name]["params"]


def test_null_is_not_absent():
    # DeepSeek-V2-Lite publishes a null rank of queries: they have no latent
    lite = PUBLISHED["DeepSeek-V2-Lite"]["config"]
    assert lite["q_lora_rank"] is None
    assert read_config(lite).shape.latent.q_rank == 0
    assert read_config(without("DeepSeek-V2-Lite", "q_lora_rank")).shape.latent.q_rank == 1536
    assert read_config({**PUBLISHED["Mistral-7B-v0.3"]["config"], "sliding_window": None}).shape.window == 0


def test_a_default_that_does_not_fit_the_rest_is_refused_by_its_key():
    # 32 key heads by default, and 28 query heads
    with pytest.raises(
        ValueError, match="'num_key_value_heads' of qwen2 must divide the 28 query heads, not 32"
    ):
        read_config(without("Qwen2.5-7B", "num_key_value_heads"))
