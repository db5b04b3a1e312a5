"""What an absent key of a config.json stands for, where that is not the same in every architecture.

The values are those of the configuration classes of the transformers library, 5.23, which a file relies on
where it leaves a key out: files that nest a configuration keep only what differs from them. A key that is
there and null is not absent. Widths, depth and vocabulary have no default here but where a published file
leaves them out: a file without them is rather damaged than short.
"""

from collections.abc import Mapping
from types import MappingProxyType

_GEMMA = {"num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256, "sliding_window": 4096}

_GEMMA3 = {**_GEMMA, "vocab_size": 262_208, "max_position_embeddings": 131_072}

ABSENT: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "mistral": {"num_key_value_heads": 8, "sliding_window": 4096},
        "mixtral": {"num_key_value_heads": 8},
        "qwen2": {"num_key_value_heads": 32},
        "qwen2_moe": {"num_key_value_heads": 16},
        "qwen3": {"num_key_value_heads": 32, "head_dim": 128},
        "qwen3_moe": {"num_key_value_heads": 4},
        "gemma": {"num_key_value_heads": 16, "head_dim": 256},
        "gemma2": _GEMMA,
        "gemma3": _GEMMA3,
        "gemma3_text": _GEMMA3,
        "olmo3": {"sliding_window": 4096},
        "deepseek_v2": {"q_lora_rank": 1536, "n_shared_experts": 2, "first_k_dense_replace": 0},
        "deepseek_v3": {"q_lora_rank": 1536, "n_shared_experts": 1, "first_k_dense_replace": 3},
    }
)
"""Defaults by `model_type`; an architecture without a row has none that decide a count."""
