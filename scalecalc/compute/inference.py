"""What a transformer computes and keeps to read a prompt and to write tokens after it."""

from scalecalc.compute.parameters import parameters
from scalecalc.compute.transformer import Shape
from scalecalc.laws.arithmetic import require_positive

_FLOPS_PER_PRODUCT = 2
"""A multiplication and an addition."""


def prefill_flops(shape: Shape, tokens: float, cached: float = 0.0) -> float:
    """FLOPs to read a prompt of `tokens`: all of it through the layers, the last token through the head.

    The keys and values of the first `cached` tokens are kept from an earlier prompt, which leaves the others
    to be read; those still look at the whole prompt.
    """
    require_positive("tokens", tokens)
    if not 0 <= cached < tokens:
        raise ValueError(f"cached must be at least 0 and below {tokens!r} tokens, not {cached!r}")
    head = shape.vocab * shape.d_model
    seen = tokens * shape.causal_reach(tokens) - (cached * shape.causal_reach(cached) if cached else 0.0)
    through_layers = (tokens - cached) * (parameters(shape).weights - head) + shape.score_width * seen
    return _FLOPS_PER_PRODUCT * (through_layers + head)


def decode_flops(shape: Shape, context: float) -> float:
    """FLOPs to write one token after `context` others: 2N, and 4 a for each position and layer seen.

    Latent attention is counted as it is served: queries meet the latent itself, the projections up being
    applied to them and to the result (DeepSeek-V2, arXiv 2405.04434, section 2.1.2).
    """
    require_positive("context", context)
    seen = _decode_width(shape) * shape.reach(context + 1)
    return _FLOPS_PER_PRODUCT * (parameters(shape).weights + seen)


def cache_bytes_per_token(shape: Shape, bytes_per_value: float = 2.0) -> float:
    """Bytes that one more token adds to the cache of keys and values while it is within every window.

    Llama 3.1 405B in bf16 keeps 516 kB per token (DeepSeek-AI 2025, arXiv 2505.09343, table 1):

    >>> cache_bytes_per_token(
    ...     Shape(
    ...         n_layers=126, d_model=16384, n_heads=128, n_kv_heads=8, d_head=128, d_ff=53248, vocab=128256
    ...     )
    ... )
    516096.0
    """
    require_positive("bytes_per_value", bytes_per_value)
    return bytes_per_value * shape.n_layers * _cached_width(shape)


def cache_bytes(shape: Shape, tokens: float, bytes_per_value: float = 2.0) -> float:
    """Bytes of keys and values of one sequence of `tokens`; layers with a window keep no more than that."""
    require_positive("tokens", tokens)
    require_positive("bytes_per_value", bytes_per_value)
    return bytes_per_value * _cached_width(shape) * shape.reach(tokens)


def _cached_width(shape: Shape) -> int:
    """Numbers kept per token and layer: keys and values of each key head, or the latent and its position."""
    if shape.latent is None:
        return 2 * shape.d_keys
    return shape.latent.kv_rank + shape.latent.d_rope


def _decode_width(shape: Shape) -> int:
    if shape.latent is None:
        return shape.score_width
    return shape.n_heads * (2 * shape.latent.kv_rank + shape.latent.d_rope)
