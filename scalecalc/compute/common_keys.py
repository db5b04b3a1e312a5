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
        **heads(keys, d_model, "num_attention_heads"),
        "d_ff": keys.whole("intermediate_size"),
        "vocab": keys.whole("vocab_size"),
        "context": keys.count("max_position_embeddings"),
        "tied_embeddings": keys.flag("tie_word_embeddings", default=False),
    }


def heads(
    keys: Keys, d_model: int, *names: str, shared: tuple[str, ...] = ("num_key_value_heads",)
) -> dict[str, Any]:
    """Heads, under the first of these names that is there; without a width they divide the model's."""
    n_heads = keys.whole(*names)
    if not keys.has("head_dim") and d_model % n_heads:
        keys.refuse(keys.found(*names), f"divide the model's width, {d_model}")
    n_kv_heads = keys.whole(*shared, default=n_heads)
    if n_heads % n_kv_heads:
        keys.refuse(keys.found(*shared), f"divide the {n_heads} query heads")
    return {
        "d_model": d_model,
        "n_heads": n_heads,
        "n_kv_heads": n_kv_heads,
        "d_head": keys.whole("head_dim", default=d_model // n_heads),
    }


def attention_bias(keys: Keys) -> dict[str, Any]:
    """Biases of all four projections, where they are switched on."""
    biased = keys.flag("attention_bias", default=False)
    return {"qkv_bias": biased, "output_bias": biased}


def experts(keys: Keys, *names: str) -> dict[str, Any]:
    """Routed experts, under the first of these names that is there, and those that work on a token."""
    n_experts = keys.whole(*names)
    return {
        "n_experts": n_experts,
        "n_active_experts": keys.whole("num_experts_per_tok", most=n_experts),
    }


def sparse(keys: Keys) -> dict[str, Any]:
    """Experts of the Qwen families: layers named in `mlp_only_layers`, or off the step, have none."""
    n_layers = keys.whole("num_hidden_layers", most=MOST_LAYERS)
    step = keys.whole("decoder_sparse_step", default=1)
    plain = keys.listed("mlp_only_layers")
    if not all(isinstance(layer, int) and 0 <= layer < n_layers for layer in plain):
        keys.refuse("mlp_only_layers", f"list layers, from 0 to {n_layers - 1}")
    n_sparse = sum((layer + 1) % step == 0 and layer not in plain for layer in range(n_layers))
    return {
        "d_ff": keys.whole("moe_intermediate_size"),
        **experts(keys, "num_experts", "num_local_experts"),
        "n_dense_layers": n_layers - n_sparse,
        "d_ff_dense": keys.whole("intermediate_size"),
    }


def windows(keys: Keys, *, every: int = 0) -> dict[str, Any]:
    """A window over the layers that are listed; without a list over all, or all but each `every`-th."""
    n_layers = keys.whole("num_hidden_layers", most=MOST_LAYERS)
    n_windowed = listed_windows(keys, default=n_layers - (n_layers // every if every else 0))
    if not keys.has("sliding_window") or n_windowed == 0:
        return {}
    return {"window": keys.whole("sliding_window"), "n_windowed_layers": n_windowed}


def late_windows(keys: Keys) -> dict[str, Any]:
    """Qwen's window, over the layers after `max_window_layers`, only where it is switched on."""
    if not (keys.flag("use_sliding_window", default=False) and keys.has("sliding_window")):
        return {}
    n_layers = keys.whole("num_hidden_layers", most=MOST_LAYERS)
    late = max(0, n_layers - keys.count("max_window_layers"))
    n_windowed = listed_windows(keys, default=late)
    return {"window": keys.whole("sliding_window"), "n_windowed_layers": n_windowed}


def listed_windows(keys: Keys, default: int) -> int:
    """Layers with a window by `layer_types`, `default` where there is no such list."""
    listed = keys.listed("layer_types")
    if not listed:
        return default
    n_layers = keys.whole("num_hidden_layers", most=MOST_LAYERS)
    if len(listed) != n_layers:
        keys.refuse("layer_types", f"name {n_layers} layers, as num_hidden_layers does")
    if not all(kind in ("full_attention", "sliding_attention") for kind in listed):
        keys.refuse("layer_types", "name full_attention or sliding_attention")
    return listed.count("sliding_attention")
