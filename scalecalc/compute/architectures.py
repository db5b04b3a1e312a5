"""One reader per architecture: which keys of its config.json decide the parameters, and with which defaults.

Names and defaults are those of the configuration classes of the transformers library, which the published
files rely on where they leave a key out.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from scalecalc.compute.common_keys import (
    MOST_LAYERS,
    attention_bias,
    experts,
    heads,
    late_windows,
    sizes,
    sparse,
    windows,
)
from scalecalc.compute.keys import Keys
from scalecalc.compute.transformer import STYLES, Latent, Shape


def _llama(keys: Keys) -> Shape:
    return Shape(**sizes(keys), **attention_bias(keys), mlp_bias=keys.flag("mlp_bias", default=False))


def _mistral(keys: Keys) -> Shape:
    return Shape(**sizes(keys), **windows(keys))


def _mixtral(keys: Keys) -> Shape:
    return Shape(**sizes(keys), **windows(keys), **experts(keys, "num_local_experts", "num_experts"))


def _qwen2(keys: Keys) -> Shape:
    return Shape(**sizes(keys), **late_windows(keys), **STYLES["qwen2"])


def _qwen2_moe(keys: Keys) -> Shape:
    biased = keys.flag("qkv_bias", default=True)
    width, shared = keys.whole("moe_intermediate_size"), keys.whole("shared_expert_intermediate_size")
    if shared % width:
        keys.refuse("shared_expert_intermediate_size", f"be a multiple of moe_intermediate_size, {width}")
    return Shape(
        **{**sizes(keys), **sparse(keys)},
        **late_windows(keys),
        n_shared_experts=shared // width,
        gated_shared=True,
        qkv_bias=biased,
    )


def _qwen3(keys: Keys) -> Shape:
    return Shape(**sizes(keys), **late_windows(keys), **attention_bias(keys), **STYLES["qwen3"])


def _qwen3_moe(keys: Keys) -> Shape:
    common = {**sizes(keys), **sparse(keys)}
    return Shape(**common, **late_windows(keys), **attention_bias(keys), **STYLES["qwen3"])


def _gemma(keys: Keys) -> Shape:
    tied = keys.flag("tie_word_embeddings", default=True)
    return Shape(**{**sizes(keys), **attention_bias(keys), "tied_embeddings": tied})


def _gemma2(keys: Keys) -> Shape:
    return _sandwiched(keys, "gemma2", every=2)


def _gemma3(keys: Keys) -> Shape:
    every = keys.whole("sliding_window_pattern", "_sliding_window_pattern", default=6)
    return _sandwiched(keys, "gemma3", every)


def _gpt2(keys: Keys) -> Shape:
    keys.refuse_true("add_cross_attention")
    d_model = keys.whole("n_embd", "hidden_size")
    context = keys.whole("n_positions", "n_ctx", "max_position_embeddings")
    style = {**STYLES["gpt2"], "tied_embeddings": keys.flag("tie_word_embeddings", default=True)}
    return Shape(
        n_layers=keys.whole("n_layer", "num_hidden_layers", most=MOST_LAYERS),
        **heads(keys, d_model, "n_head", "num_attention_heads"),
        d_ff=keys.whole("n_inner", default=4 * d_model),
        vocab=keys.whole("vocab_size"),
        context=context,
        learned_positions=context,
        **style,
    )


def _neox(keys: Keys) -> Shape:
    biased = keys.flag("attention_bias", default=True)
    return Shape(**sizes(keys), **{**STYLES["neox"], "qkv_bias": biased, "output_bias": biased})


def _opt(keys: Keys) -> Shape:
    """OPT, and Galactica, whose norms have no parameters."""
    keys.refuse_true("_remove_final_layer_norm")
    d_model, context = keys.whole("hidden_size"), keys.whole("max_position_embeddings")
    if keys.whole("word_embed_proj_dim", default=d_model) != d_model:
        keys.refuse("word_embed_proj_dim", f"be hidden_size, {d_model}")
    if not keys.flag("do_layer_norm_before", default=True):
        keys.refuse("do_layer_norm_before", "be true")
    biased = keys.flag("enable_bias", default=True)
    style: dict[str, Any] = {
        **STYLES["opt"],
        "qkv_bias": biased,
        "output_bias": biased,
        "mlp_bias": biased,
        "norm": "layer" if keys.flag("layer_norm_elementwise_affine", default=True) else "none",
        "tied_embeddings": keys.flag("tie_word_embeddings", default=True),
    }
    return Shape(
        n_layers=keys.whole("num_hidden_layers", most=MOST_LAYERS),
        **heads(keys, d_model, "num_attention_heads"),
        d_ff=keys.whole("ffn_dim"),
        vocab=keys.whole("vocab_size"),
        context=context,
        learned_positions=context + 2,  # two rows before the first position are the library's
        **style,
    )


def _falcon(keys: Keys) -> Shape:
    """Falcon 7B shares one norm between parallel blocks, the larger ones have two."""
    d_model = keys.whole("hidden_size")
    new = keys.flag("new_decoder_architecture", default=False)
    several = heads(keys, d_model, "num_attention_heads", "n_head", shared=("num_kv_heads", "n_head_kv"))
    if not new:
        several["n_kv_heads"] = 1 if keys.flag("multi_query", default=True) else several["n_heads"]
    n_norms = keys.whole("num_ln_in_parallel_attn", default=2 if new else 1, most=2)
    biased = keys.flag("bias", default=False)
    return Shape(
        n_layers=keys.whole("num_hidden_layers", "n_layer", most=MOST_LAYERS),
        **several,
        d_ff=keys.whole("ffn_hidden_size", default=4 * d_model),
        vocab=keys.whole("vocab_size"),
        context=keys.whole("max_position_embeddings", default=2048),
        norms_per_layer=n_norms if keys.flag("parallel_attn", default=True) else 2,
        qkv_bias=biased,
        output_bias=biased,
        mlp_bias=biased,
        **{**STYLES["falcon"], "tied_embeddings": keys.flag("tie_word_embeddings", default=True)},
    )


def _olmo(keys: Keys) -> Shape:
    return Shape(**sizes(keys), **attention_bias(keys), **STYLES["olmo"])


def _olmo2(keys: Keys) -> Shape:
    return Shape(**sizes(keys), **attention_bias(keys), **STYLES["olmo2"])


def _olmo3(keys: Keys) -> Shape:
    return Shape(**sizes(keys), **windows(keys, every=4), **attention_bias(keys), **STYLES["olmo2"])


def _olmoe(keys: Keys) -> Shape:
    routed = experts(keys, "num_experts", "num_local_experts")
    return Shape(**sizes(keys), **routed, **attention_bias(keys), **STYLES["olmo2"])


def _deepseek(keys: Keys) -> Shape:
    keys.refuse_true("attention_bias", "mlp_bias")
    head = {"head_dim": keys.whole("qk_nope_head_dim"), "num_key_value_heads": None}
    common = sizes(Keys({**keys.entries, **head}, keys.model_type))
    if keys.whole("moe_layer_freq", default=1) != 1:
        keys.refuse("moe_layer_freq", "be 1")
    return Shape(
        **{**common, "d_ff": keys.whole("moe_intermediate_size")},
        **experts(keys, "n_routed_experts"),
        n_shared_experts=keys.count("n_shared_experts"),
        n_dense_layers=min(keys.count("first_k_dense_replace"), common["n_layers"]),
        d_ff_dense=common["d_ff"],
        biased_selection=keys.model_type == "deepseek_v3",
        latent=Latent(
            kv_rank=keys.whole("kv_lora_rank"),
            d_rope=keys.whole("qk_rope_head_dim"),
            d_value=keys.whole("v_head_dim"),
            q_rank=keys.count("q_lora_rank"),
        ),
    )


def _phi(keys: Keys) -> Shape:
    keys.refuse_true("qk_layernorm")
    return Shape(**sizes(keys), **STYLES["phi"])


READERS: Mapping[str, Callable[[Keys], Shape]] = MappingProxyType(
    {
        "llama": _llama,
        "mistral": _mistral,
        "mixtral": _mixtral,
        "qwen2": _qwen2,
        "qwen2_moe": _qwen2_moe,
        "qwen3": _qwen3,
        "qwen3_moe": _qwen3_moe,
        "gemma": _gemma,
        "gemma2": _gemma2,
        "gemma3": _gemma3,
        "gemma3_text": _gemma3,
        "gpt2": _gpt2,
        "gpt_neox": _neox,
        "opt": _opt,
        "falcon": _falcon,
        "olmo": _olmo,
        "olmo2": _olmo2,
        "olmo3": _olmo3,
        "olmoe": _olmoe,
        "deepseek_v2": _deepseek,
        "deepseek_v3": _deepseek,
        "phi": _phi,
        "phi3": _mistral,
    }
)
"""The readers by `model_type`."""


def _sandwiched(keys: Keys, style: str, every: int) -> Shape:
    """A Gemma with norms before and after each block, and windows in all layers but each `every`-th."""
    tied = keys.flag("tie_word_embeddings", default=True)
    common = {**sizes(keys), **attention_bias(keys), **STYLES[style], "tied_embeddings": tied}
    return Shape(**common, **windows(keys, every=every))
