"""Keys that most architectures share: sizes, heads, biases, experts and windows."""

from typing import Any

from scalecalc.compute.keys import Keys

MOST_LAYERS = 10_000
"""Published models have up to a few hundred."""


def sizes(keys: Keys) -> dict[str, Any]:
    """Sizes under the names that most architectures share."""
    d_model = keys.whole("hidden_size")
    return {
        "n_layers": keys.whole("num_hidden_layers", most=MOST_LAYERS),
        **heads(keys, d_model, keys.whole("num_attention_heads")),
        "d_ff": keys.whole("intermediate_size"),
        "vocab": keys.whole("vocab_size"),
        "context": keys.count("max_position_embeddings"),
        "tied_embeddings": keys.flag("tie_word_embeddings", default=False),
    }


def heads(keys: Keys, d_model: int, n_heads: int) -> dict[str, Any]:
    """Heads of one width; where no width is given they divide the model's."""
    if not keys.has("head_dim") and d_model % n_heads:
        keys.refuse("num_attention_heads", f"divide hidden_size, {d_model}")
    return {
        "d_model": d_model,
        "n_heads": n_heads,
        "n_kv_heads": keys.whole("num_key_value_heads", default=n_heads),
        "d_head": keys.whole("head_dim", default=d_model // n_heads),
    }


def attention_bias(keys: Keys) -> dict[str, Any]:
    """Biases of all four projections, where they are switched on."""
    biased = keys.flag("attention_bias", default=False)
    return {"qkv_bias": biased, "output_bias": biased}


def sparse(keys: Keys) -> dict[str, Any]:
    """Experts of the Qwen families: layers named in `mlp_only_layers`, or off the step, have none."""
    n_layers, step = (
        keys.whole("num_hidden_layers", most=MOST_LAYERS),
        keys.whole("decoder_sparse_step", default=1),
    )
    plain = keys.listed("mlp_only_layers")
    n_sparse = sum((layer + 1) % step == 0 and layer not in plain for layer in range(n_layers))
    return {
        "d_ff": keys.whole("moe_intermediate_size"),
        "n_experts": keys.whole("num_experts"),
        "n_active_experts": keys.whole("num_experts_per_tok"),
        "n_dense_layers": n_layers - n_sparse,
        "d_ff_dense": keys.whole("intermediate_size"),
    }


def windows(keys: Keys) -> dict[str, Any]:
    """A window over all layers, or over those that are listed."""
    n_windowed = listed_windows(
        keys, "sliding_attention", default=keys.whole("num_hidden_layers", most=MOST_LAYERS)
    )
    if not keys.has("sliding_window") or n_windowed == 0:
        return {}
    return {"window": keys.whole("sliding_window"), "n_windowed_layers": n_windowed}


def late_windows(keys: Keys) -> dict[str, Any]:
    """Qwen's window, over the layers after `max_window_layers`, only where it is switched on."""
    if not (keys.flag("use_sliding_window", default=False) and keys.has("sliding_window")):
        return {}
    n_layers = keys.whole("num_hidden_layers", most=MOST_LAYERS)
    late = max(0, n_layers - keys.count("max_window_layers"))
    n_windowed = listed_windows(keys, "sliding_attention", default=late)
    return {"window": keys.whole("sliding_window"), "n_windowed_layers": n_windowed}


def listed_windows(keys: Keys, kind: str, default: int) -> int:
    """Layers of this kind in `layer_types`, `default` where there is no such list."""
    listed = keys.listed("layer_types")
    return listed.count(kind) if listed else default
